"""Writes the registrations of the past that are over: won, lost, expired, rejected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection
from psycopg.types.range import TimestamptzRange

from commissions.demo.partners import MANAGER, MEMBERS
from commissions.demo.people import Cast
from commissions.demo.sales import FAMILIES, Book, Sale
from commissions.demo.timeline import SATURDAY, Timeline, at
from deals.models import Account, Family, Registration, RegistrationEvent, RegistrationStatus
from partners.models import Activity, Tier
from prm.models import User

STAGES = ("qualified", "proposal", "negotiation")
RECENT = 13
"""Sales from this month on are registered, approved and won through the services, one by one."""

_REASONS = {
    RegistrationStatus.LOST: ("The customer stays with its supplier.", "The budget went elsewhere.", "Price."),
    RegistrationStatus.EXPIRED: ("",),
    RegistrationStatus.REJECTED: (
        "This customer buys from Halden directly and asked us to keep it so.",
        "Please register the company that signs; this one is its holding.",
    ),
    RegistrationStatus.WITHDRAWN: ("The project was postponed.",),
}
_ENDS = (
    *[RegistrationStatus.LOST] * 5,
    *[RegistrationStatus.EXPIRED] * 3,
    RegistrationStatus.REJECTED,
    RegistrationStatus.WITHDRAWN,
)
ENDED_WITHOUT_SALE = 96
_Step = tuple[str, datetime, str, str, User | None]
"""What happened, when, from which state to which, by whom (nobody: by rule)."""


@dataclass(frozen=True, slots=True)
class _Past:
    """A registration that is over, and its moments. ``sale`` is what it became."""

    registration: Registration
    submitted: datetime
    decided: datetime
    closed: datetime
    sale: Sale | None = None


class History:
    """Writes registrations that are over, with their events and the partners' log."""

    def __init__(self, timeline: Timeline, random: Random, cast: Cast, accounts: Mapping[str, Account]) -> None:
        self._timeline, self._random, self._cast, self._accounts = timeline, random, cast, accounts
        self._families = {family.code: family for family in Family.objects.all()}
        self._tiers = {tier.code: tier for tier in Tier.objects.all()}
        self._manager = cast.colleagues[MANAGER]

    def write(self, book: Book) -> dict[int, Registration]:
        """Write them all in the order of submission; return the won ones by the identity of their sale."""
        past = [self._won(sale) for sale in self.to_win(book)]
        past += self._ended(book)
        past.sort(key=lambda one: (one.submitted, one.registration.holder_id, one.registration.website))
        for place, one in zip(_places(len(past)), past, strict=True):
            one.registration.place = place
        Registration.objects.bulk_create([one.registration for one in past])
        self._write_events(past)
        return {id(one.sale): one.registration for one in past if one.sale is not None}

    def to_win(self, book: Book) -> Iterable[Sale]:
        """Return the sales that a registration of the past became."""
        first_recent = self._timeline.month(RECENT)
        return [sale for sale in book.sales if sale.seller and sale.started_on < first_recent]

    def _won(self, sale: Sale) -> _Past:
        closed = at(sale.started_on, 9, self._random.randrange(60))
        return self._past(
            sale.seller,
            self._accounts[sale.customer.website],
            self._families[sale.family],
            RegistrationStatus.WON,
            closed,
            sale=sale,
        )

    def _ended(self, book: Book) -> list[_Past]:
        """Return registrations that came to nothing: of customers that a partner has, for another family."""
        bought = {(sale.customer.website, sale.family) for sale in book.sales}
        chances = [sale for sale in book.sales if sale.seller and sale.started_on < self._timeline.month(9)]
        ended = []
        for sale in self._random.sample(chances, min(ENDED_WITHOUT_SALE, len(chances))):
            family = self._random.choice(FAMILIES)
            day = max(sale.started_on, self._timeline.month(0)) + timedelta(days=self._random.randint(60, 330))
            if (sale.customer.website, family) in bought or day >= self._timeline.today - timedelta(days=40):
                continue
            bought.add((sale.customer.website, family))
            ended.append(
                self._past(
                    sale.seller,
                    self._accounts[sale.customer.website],
                    self._families[family],
                    self._random.choice(_ENDS),
                    at(day, 15, self._random.randrange(60)),
                )
            )
        return ended

    def _past(
        self,
        code: str,
        account: Account,
        family: Family,
        status: RegistrationStatus,
        closed: datetime,
        *,
        sale: Sale | None = None,
    ) -> _Past:
        random = self._random
        tier = self._tier_of(code, closed.date())
        open_for = tier.protection_days if status == RegistrationStatus.EXPIRED else random.randint(12, 55)
        decided = working(closed - timedelta(days=open_for), random)
        if status == RegistrationStatus.REJECTED:
            closed = decided
        submitted = working(decided - timedelta(days=random.randint(1, 3)), random)
        registration = Registration(
            holder=self._cast.partners[code],
            account=account,
            family=family,
            company=account.name,
            country=account.country,
            website=account.website,
            status=status,
            stage=random.choice(STAGES) if status != RegistrationStatus.WON else STAGES[-1],
            expected_mrr=sale.mrr if sale else random.choice((180, 240, 320, 480, 640)),
            currency=sale.currency if sale else _currency(code),
            submitted_at=submitted,
            submitted_by=self._cast.staff[code, "seller"],
            decided_at=decided,
            decision_reason=random.choice(_REASONS.get(status, ("",))),
            closed_on=closed.date(),
        )
        if status != RegistrationStatus.REJECTED:
            registration.protected = TimestamptzRange(decided, max(closed, decided))
            registration.protected_tier = tier
        return _Past(registration, submitted, decided, closed, sale)

    def _tier_of(self, code: str, day: date) -> Tier:
        held = next(member.tiers for member in MEMBERS if member.code == code)
        reached = [tier for number, tier in held if self._timeline.month(number) <= day]
        return self._tiers[reached[-1] if reached else held[0][1]]

    def _write_events(self, past: Iterable[_Past]) -> None:
        events, log = [], []
        for one in past:
            for kind, moment, before, after, user in self._steps(one):
                row = one.registration
                mine = user != self._manager
                events.append(
                    RegistrationEvent(
                        registration=row,
                        at=moment,
                        kind=kind,
                        from_status=before,
                        to_status=after,
                        user=user,
                        actor=user.name if user else "rule",
                        by_partner=bool(user) and mine,
                        channel="portal" if user and mine else "console" if user else "rule",
                        reason=row.decision_reason if kind == row.status else "",
                    )
                )
                if activity := _LOGGED.get(kind):
                    log.append(
                        Activity(partner=row.holder, kind=activity, occurred_at=moment, object=row.company, user=user)
                    )
        RegistrationEvent.objects.bulk_create(events)
        Activity.objects.bulk_create(log, ignore_conflicts=True)

    def _steps(self, one: _Past) -> list[_Step]:
        """Return what happened to a registration: what, when, from which state to which, by whom."""
        row, seller = one.registration, one.registration.submitted_by
        submitted, approved, ended = RegistrationStatus.SUBMITTED, RegistrationStatus.APPROVED, row.status
        steps: list[tuple[str, datetime, str, str, User | None]] = [
            ("submitted", one.submitted, "draft", submitted, seller)
        ]
        if ended == RegistrationStatus.REJECTED:
            return [*steps, ("rejected", one.decided, submitted, ended, self._manager)]
        steps.append(("approved", one.decided, submitted, approved, self._manager))
        if row.stage != STAGES[0]:
            middle = one.decided + (one.closed - one.decided) / 2
            steps.append(("stage_moved_forward", middle, approved, approved, seller))
        by = {RegistrationStatus.WON: self._manager, RegistrationStatus.EXPIRED: None}
        return [*steps, (str(ended), one.closed, approved, ended, by.get(RegistrationStatus(ended), seller))]


_LOGGED = {
    "submitted": "registration_submitted",
    "approved": "registration_approved",
    "stage_moved_forward": "stage_moved_forward",
    "won": "deal_won",
}


def working(moment: datetime, random: Random) -> datetime:
    """Return a moment of office hours on the working day on or before ``moment``."""
    while moment.weekday() >= SATURDAY:
        moment -= timedelta(days=1)
    return at(moment.date(), random.randint(8, 16), random.randrange(60))


def _currency(code: str) -> str:
    return next(member.currency for member in MEMBERS if member.code == code)


def _places(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('deals_registration_place_seq') FROM generate_series(1, %s)", [count])
        return sorted(row[0] for row in cursor.fetchall())
