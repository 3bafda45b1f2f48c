"""Who has a claim to which customers: one statement per kind of claim, whatever the number of customers.

All of them are asked every time, of everybody, so that the live verdict takes the same time for every cause.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from deals.models import LIVE_STATUSES, UNDECIDED_STATUSES
from deals.policy import Claims, DirectOpportunity, Incumbent, Named, NamedPolicy, OwnRecord, Rival
from deals.policy.settings import LONGEST_LOOK_BACK
from deals.queries.together import Read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from deals.queries.together import Rows

REGISTRATIONS = """
-- Everything live, what the asker's own has lately been refused or has expired, and wins that no subscription with
-- revenue stands for yet; first in line first. ``ended`` is when a closed one ended.
SELECT r.account_id, 'R-' || r.number AS reference, p.name AS partner, r.status, r.origin, r.exclusive, r.place,
    r.submitted_at, upper(r.protected) AS until, r.closed_on,
    r.holder_id = %(partner)s OR coalesce(r.distributor_id = %(partner)s, false) AS is_own,
    CASE r.status WHEN 'rejected' THEN r.decided_at ELSE coalesce(upper(r.protected), r.decided_at) END AS ended
FROM deals_registration r JOIN partners_partner p ON p.id = r.holder_id
WHERE r.account_id = ANY(%(accounts)s) AND r.family_id = %(family)s AND r.id <> %(but)s AND (
    r.status = ANY(%(live)s)
    OR (r.status IN ('rejected', 'expired') AND r.holder_id = %(partner)s)
    OR (r.status = 'won' AND r.closed_on > %(horizon)s AND NOT EXISTS (
        SELECT FROM deals_subscription s JOIN deals_mrrchange m ON m.subscription_id = s.id
        WHERE s.registration_id = r.id AND m.mrr > 0 AND m.effective_on <= %(today)s))
) ORDER BY r.place NULLS LAST, r.id
"""

PAYING = """
-- The subscriptions of the family for which a customer pays today, with who has a sourced share of each.
SELECT s.account_id, s.external_id, s.started_on,
    array_remove(array_agg(p.name::text ORDER BY p.id), NULL) AS partners,
    coalesce(bool_or(c.partner_id = %(partner)s), false) AS is_own
FROM deals_subscription s
JOIN deals_product o ON o.id = s.product_id AND o.family_id = %(family)s
JOIN LATERAL (SELECT m.mrr FROM deals_mrrchange m WHERE m.subscription_id = s.id AND m.effective_on <= %(today)s
    ORDER BY m.effective_on DESC LIMIT 1) level ON level.mrr > 0
LEFT JOIN deals_credit c ON c.subscription_id = s.id AND c.role = 'sourced' AND c.share > 0 AND c.valid @> %(today)s
LEFT JOIN partners_partner p ON p.id = c.partner_id
WHERE s.account_id = ANY(%(accounts)s)
GROUP BY s.id ORDER BY s.started_on, s.id
"""

NAMED = """
SELECT n.account_id, coalesce(l.policy, n.policy) AS policy, a.name AS account,
    coalesce(nullif(n.owner_email, ''), l.owner_email, '') AS owner, coalesce(l.name, '') AS named_list, n.valid_from
FROM deals_namedaccount n
JOIN deals_account a ON a.id = n.account_id LEFT JOIN deals_namedaccountlist l ON l.id = n.named_list_id
WHERE n.account_id = ANY(%(accounts)s) AND n.valid @> %(today)s ORDER BY n.id
"""

OPPORTUNITIES = """
SELECT o.account_id, o.external_id, o.opened_at, o.stage, o.owner_email, o.seller_name
FROM deals_opportunity o
WHERE o.account_id = ANY(%(accounts)s) AND (o.family_id IS NULL OR o.family_id = %(family)s)
    AND o.opened_at <= %(now)s AND (o.closed_at IS NULL OR o.closed_at > %(now)s) ORDER BY o.opened_at, o.id
"""


RESERVED = """
-- A lead that another partner has to answer or register: until then nobody else is approved (as ``reserved_for`` says).
SELECT o.account_id, p.name, o.offered_at, coalesce(o.register_by, o.due_at)
FROM deals_leadoffer o JOIN partners_partner p ON p.id = o.partner_id
WHERE o.account_id = ANY(%(accounts)s) AND o.family_id = %(family)s AND o.partner_id <> %(partner)s
    AND o.released_at IS NULL AND o.offered_at <= %(now)s ORDER BY o.offered_at, o.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """By whom, about which family, when; ``place`` and ``registration_id`` leave a registration itself out."""

    partner_id: int
    family_id: int
    now: datetime
    today: date
    timezone: str
    registration_id: int = 0
    place: int | None = None


class _Record(NamedTuple):
    account_id: int
    reference: str
    partner: str
    status: str
    origin: str
    exclusive: bool
    place: int | None
    submitted_at: datetime | None
    until: datetime | None
    closed_on: date | None
    is_own: bool
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimReads:
    """What is read about claims, to be asked together; ``claims`` puts it together when it was."""

    asked: Asked
    records: Read[Sequence[_Record]]
    paying: Read[Sequence[tuple[int, Incumbent]]]
    named: Read[Sequence[tuple[int, Named]]]
    pursued: Read[Sequence[tuple[int, DirectOpportunity]]]
    reserved: Read[Sequence[tuple[int, Rival]]]

    @property
    def reads(self) -> tuple[Read[Any], ...]:
        """Return the statements, one for each kind of claim."""
        return (self.records, self.paying, self.named, self.pursued, self.reserved)

    def claims(self) -> Mapping[int, Claims]:
        """Return who has a claim to each customer on which there is one; no claim to any other."""
        asked = self.asked
        records = _by_account((record.account_id, record) for record in self.records.found)
        paying, named = _by_account(self.paying.found), _by_account(self.named.found)
        pursued, reserved = _by_account(self.pursued.found), _by_account(self.reserved.found)
        claimed = (*records, *paying, *named, *pursued, *reserved)
        return defaultdict(
            Claims,
            {
                account: Claims(
                    own_live=_own_live(records[account]),
                    own_closed=_own_closed(records[account], asked.timezone),
                    protected=_protected(records[account], asked.now),
                    rivals_pending=(*reserved[account], *_rivals_pending(records[account], asked.place)),
                    incumbents=(*_unbilled(records[account]), *paying[account]),
                    named=tuple(named[account]),
                    opportunities=tuple(pursued[account]),
                )
                for account in dict.fromkeys(claimed)
            },
        )


def claims_on(accounts: Collection[int], asked: Asked) -> ClaimReads:
    """Read who has a claim to each of ``accounts``; five statements, whatever is found."""
    values = {
        "accounts": list(accounts),
        "partner": asked.partner_id,
        "family": asked.family_id,
        "but": asked.registration_id,
        "now": asked.now,
        "today": asked.today,
        "horizon": asked.today - timedelta(days=LONGEST_LOOK_BACK),
        "live": list(LIVE_STATUSES),
    }
    return ClaimReads(
        asked,
        Read(REGISTRATIONS, values, lambda rows: [_Record(*row) for row in rows]),
        Read(PAYING, values, _incumbents),
        Read(NAMED, values, _entries),
        Read(OPPORTUNITIES, values, lambda rows: [(row[0], DirectOpportunity(*row[1:])) for row in rows]),
        Read(RESERVED, values, lambda rows: [(row[0], Rival("lead", row[1], row[2], until=row[3])) for row in rows]),
    )


def _incumbents(rows: Rows) -> list[tuple[int, Incumbent]]:
    return [
        (account, Incumbent(reference, since, tuple(partners), is_own))
        for account, reference, since, partners, is_own in rows
    ]


def _entries(rows: Rows) -> list[tuple[int, Named]]:
    return [
        (account_id, Named(NamedPolicy(policy), account, owner, in_list, since=since))
        for account_id, policy, account, owner, in_list, since in rows
    ]


def _by_account(found: Iterable[tuple[int, Any]]) -> defaultdict[int, list[Any]]:
    kept: defaultdict[int, list[Any]] = defaultdict(list)
    for account, entry in found:
        kept[account].append(entry)
    return kept


def _own_live(records: Iterable[_Record]) -> OwnRecord | None:
    own = (r for r in records if r.is_own and r.status in LIVE_STATUSES)
    return next((OwnRecord(r.reference, r.status, r.submitted_at) for r in own), None)


def _own_closed(records: Iterable[_Record], timezone: str) -> OwnRecord | None:
    """Return the asker's last refused or expired one; a day without a time is its first moment."""
    closed = [
        OwnRecord(r.reference, r.status, r.ended or _begin(r.closed_on, timezone))
        for r in records
        if r.is_own and r.status in {"rejected", "expired"}
    ]
    dated = [(record.since, record) for record in closed if record.since is not None]
    return max(dated, key=lambda pair: pair[0])[1] if dated else None


def _begin(day: date | None, timezone: str) -> datetime | None:
    return datetime.combine(day, time(0), ZoneInfo(timezone)) if day else None


def _protected(records: Iterable[_Record], now: datetime) -> Rival | None:
    holding = (
        r
        for r in records
        if r.status == "approved" and r.exclusive and not r.is_own and (r.until is None or r.until > now)
    )
    return next((_rival(record) for record in holding), None)


def _rivals_pending(records: Iterable[_Record], place: int | None) -> tuple[Rival, ...]:
    """Return the undecided ones of others that stand before ``place`` (all, if there is none)."""
    return tuple(
        _rival(record)
        for record in records
        if record.status in UNDECIDED_STATUSES and not record.is_own and (place is None or (record.place or 0) < place)
    )


def _rival(record: _Record) -> Rival:
    return Rival(record.reference, record.partner, record.submitted_at, record.place, record.until)


def _unbilled(records: Iterable[_Record]) -> tuple[Incumbent, ...]:
    return tuple(
        Incumbent(record.reference, record.closed_on, (record.partner,), record.is_own, record.origin)
        for record in records
        if record.status == "won"
    )
