"""Why is this not paid: what one customer's month has earned, what was posted of it, and what keeps the rest away.

The engine's own statements compute it, over the facts as they are now, as the next run would; nothing is written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import DataError, transaction
from django.db.models import Max

from commissions.batch import whynot as statements
from commissions.batch.compute import worked_range
from commissions.batch.terms import terms_of
from commissions.kinds import KIND_ORDER, Kind
from commissions.models import Adjustment, Entry, ParkedPartner, Run, RunStatus, UnpaidReason
from commissions.queries.explained import explained
from commissions.queries.reasons import WhyNot, reason_sentence
from deals.models import Credit, MrrChange
from partners.models import Partner, Tier
from prm import formats
from prm.months import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from commissions.batch.terms import Terms
    from commissions.batch.window import Window
    from commissions.explanations import Explanation
    from deals.models import Subscription
    from prm.actors import Actor

WINDOWED = frozenset({Kind.RECURRING, Kind.EXPANSION, Kind.OVERRIDE})
"""Kinds that stand as posted before the correction window."""

STARTED = frozenset({Kind.UPFRONT, Kind.SPIFF})

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Posting:
    """What a run posted for the month, or an adjustment that settled it; ``on`` is the day of the approval."""

    run: int
    period: date
    on: date
    amount: Decimal
    currency: str
    is_adjustment: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A partner's month in one kind: ``reason`` is empty where all that is earned is posted."""

    partner: Partner | None
    kind: str
    currency: str
    earned: Decimal = Decimal(0)
    posted: Decimal = Decimal(0)
    explanation: Explanation | None = None
    postings: tuple[Posting, ...] = ()
    reason: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Return the reason in words."""
        return reason_sentence(self.reason, self.values)

    @property
    def kind_word(self) -> str:
        """Return the name of the kind."""
        return str(Kind(self.kind).label)

    @property
    def is_paid(self) -> bool:
        """Whether something was posted and nothing is left to explain."""
        return not self.reason and bool(self.postings)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one customer's month; ``mrr`` is its prorated MRR, whoever is credited."""

    subscription: Subscription
    month: date
    mrr: Decimal
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Computed:
    """What the work tables say about the month."""

    mrr: Decimal = Decimal(0)
    earned: dict[Key, dict[str, Any]] = field(default_factory=dict)
    unpriced: dict[Key, tuple[str, dict[str, object]]] = field(default_factory=dict)
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What was posted and what is under way, of the month of one subscription."""

    month: date
    window: Window
    computed: _Computed
    postings: dict[Key, tuple[Posting, ...]]
    waiting: dict[Key, Run]
    parked: frozenset[int]
    tiers: dict[int, str]


def why_not_paid(*, subscription: Subscription, month: date, actor: Actor, partner: Partner | None = None) -> Answer:
    """Answer for every partner of the subscription, or for ``partner``; a partner's actor reads its own lines alone."""
    only = actor.partner_scope or (partner.pk if partner else None)
    last = Run.objects.filter(status=RunStatus.APPROVED).aggregate(last=Max("period"))["last"]
    window, computed = _compute(subscription, month, last)
    known = _known(subscription, month, window, computed)
    credited = _credited(subscription, month)
    keys = {*computed.earned, *computed.unpriced, *known.postings}
    keys |= {(pk, Kind.RECURRING) for pk in credited if (pk, Kind.RECURRING) not in keys}
    keys = {key for key in keys if only is None or key[0] == only}
    if only is not None and not keys:
        keys = {(only, Kind.RECURRING)}
    partners = Partner.objects.in_bulk({pk for pk, _kind in keys})
    ordered = sorted(keys, key=lambda key: (partners[key[0]].name.casefold(), key[0], KIND_ORDER[Kind(key[1])]))
    absent = (UnpaidReason.ON_HOLD, {}) if computed.is_refused else _absent(subscription, month, window, computed.mrr)
    lines = [
        _line(key, partners[key[0]], subscription.currency, known)
        or _silent(partners[key[0]], subscription, absent, known.postings.get(key, ()), kind=key[1], credited=credited)
        for key in ordered
    ]
    if not lines:
        lines = [_silent(None, subscription, absent, (), kind=Kind.RECURRING, credited=credited)]
    return Answer(subscription, month, computed.mrr, tuple(lines))


def _compute(subscription: Subscription, month: date, last: date | None) -> tuple[Window, _Computed]:
    """Let the engine compute the subscription as the next run would, read what it says of the month, undo it all."""
    period = month if last is None else max(month, add_months(last, 1))
    terms = terms_of(period=period, full=True)
    try:
        return terms.window, _read(terms, subscription, month)
    except DataError:
        # What parks its partners in a run cannot be computed here either.
        return terms.window, _Computed(is_refused=True)


def _read(terms: Terms, subscription: Subscription, month: date) -> _Computed:
    computed = _Computed()
    with transaction.atomic():
        with worked_range(terms, run_id=0, low=subscription.pk, high=subscription.pk + 1) as (cursor, parameters):
            told = {**parameters, "month": month, "month_end": add_months(month, 1)}
            cursor.execute(statements.PAYING, told)
            computed.mrr = cursor.fetchone()[0]
            cursor.execute(statements.EARNED, told)
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                found = dict(zip(names, row, strict=True))
                computed.earned[found["partner_id"], found["kind"]] = found
            cursor.execute(statements.UNPRICED, told)
            for partner_id, kind, minimum, mrr, age, reason in cursor.fetchall():
                values = {"age": age, "minimum": minimum, "mrr": mrr}
                computed.unpriced[partner_id, kind] = (reason, values)
        transaction.set_rollback(True)
    return computed


def _known(subscription: Subscription, month: date, window: Window, computed: _Computed) -> _Known:
    postings: dict[Key, tuple[Posting, ...]] = {}
    waiting: dict[Key, Run] = {}
    for key, run, posting in _posted(subscription, month):
        if run.status == RunStatus.APPROVED:
            postings[key] = (*postings.get(key, ()), posting)
        else:
            waiting[key] = run
    latest = Run.objects.filter(status__in=[RunStatus.CALCULATED, RunStatus.APPROVED]).order_by("-number")[:1]
    held = ParkedPartner.objects.filter(run__in=latest.values("pk"), run__period__gte=month)
    tiers = {row["tier_id"] for row in computed.earned.values() if row["tier_id"]}
    names = dict(Tier.objects.filter(pk__in=tiers).values_list("pk", "name")) if tiers else {}
    return _Known(
        month, window, computed, postings, waiting, frozenset(held.values_list("partner_id", flat=True)), names
    )


def _posted(subscription: Subscription, month: date) -> Iterator[tuple[Key, Run, Posting]]:
    """Yield what runs and settling adjustments say of the month, in the order of the runs; waiting ones too."""
    states = [RunStatus.APPROVED, RunStatus.CALCULATED]
    of_month = {"subscription": subscription, "earned_period": month, "run__status__in": states}
    entries = Entry.objects.filter(**of_month).select_related("run").order_by("run__number", "id")
    settled = Adjustment.objects.filter(settles=True, **of_month).select_related("run").order_by("run__number", "pk")
    rows: list[tuple[Entry | Adjustment, bool]] = [(entry, False) for entry in entries]
    rows += [(one, True) for one in settled]
    for row, is_adjustment in rows:
        run = row.run
        if run is None or (is_adjustment and run.status != RunStatus.APPROVED):
            continue
        on = (run.decided_at or run.created_at).date()
        yield (
            (row.partner_id, row.kind),
            run,
            Posting(run.number, run.period, on, row.amount, row.currency, is_adjustment),
        )


def _credited(subscription: Subscription, month: date) -> set[int]:
    """Return the partners that are credited on some day of the month."""
    found = Credit.objects.filter(
        subscription=subscription, share__gt=0, valid__overlap=(month, add_months(month, 1)), valid__isempty=False
    )
    return set(found.values_list("partner_id", flat=True))


def _absent(
    subscription: Subscription, month: date, window: Window, mrr: Decimal
) -> tuple[str, dict[str, object]] | None:
    """Return why a month has no revenue to pay for, whoever is credited; None where it has some."""
    if month < window.first:
        return WhyNot.BEFORE_FIRST_PERIOD, {"first": formats.month(window.first)}
    if mrr:
        return None
    if subscription.started_on >= add_months(month, 1):
        return WhyNot.NOT_STARTED, {"day": formats.day(subscription.started_on)}
    changes = MrrChange.objects.filter(subscription=subscription, effective_on__lt=add_months(month, 1))
    levels = list(changes.order_by("effective_on").values_list("effective_on", "mrr"))
    paid = [index for index, (_day, level) in enumerate(levels) if level]
    if not paid or paid[-1] + 1 >= len(levels):
        return WhyNot.NO_REVENUE, {}
    return WhyNot.ENDED, {"day": formats.day(levels[paid[-1] + 1][0])}


def _silent(
    partner: Partner | None,
    subscription: Subscription,
    absent: tuple[str, dict[str, object]] | None,
    postings: Iterable[Posting],
    *,
    kind: str,
    credited: set[int],
) -> Line:
    """Return the line of a partner of whom the month's facts say nothing: no revenue, or no credit."""
    posted = sum((one.amount for one in postings), Decimal(0))
    is_credited = partner is not None and partner.pk in credited
    fallback: tuple[str, dict[str, object]] = (WhyNot.NO_REVENUE if is_credited else UnpaidReason.NO_CREDIT, {})
    reason, values = absent or fallback
    return Line(
        partner, kind, subscription.currency, posted=posted, postings=tuple(postings), reason=reason, values=values
    )


def _line(key: Key, partner: Partner, currency: str, known: _Known) -> Line | None:
    """Return the line of a key that the month's facts speak of."""
    postings = known.postings.get(key, ())
    posted = sum((one.amount for one in postings), Decimal(0))
    row = known.computed.earned.get(key)
    if row is None:
        if key not in known.computed.unpriced:
            return None
        reason, values = known.computed.unpriced[key]
        if key[1] in STARTED and reason == WhyNot.BELOW_MINIMUM:
            values = {name: formats.money(Decimal(str(values[name])), currency) for name in ("minimum", "mrr")}
        return Line(partner, key[1], currency, posted=posted, postings=postings, reason=reason, values=values)
    reason, values = _zero(row) if not row["amount"] else ("", {})
    if not reason and row["amount"] != posted:
        reason, values = _under_way(key, known)
    return Line(
        partner=partner,
        kind=key[1],
        currency=currency,
        earned=row["amount"],
        posted=posted,
        explanation=_explanation(row, known.month, known.tiers),
        postings=postings,
        reason=reason,
        values=values,
    )


def _zero(row: dict[str, Any]) -> tuple[str, dict[str, object]]:
    """Return why an entitlement is nothing, with its figures."""
    details = json.loads(row["details"] or "{}")
    currency = row["currency"]
    if row["reason"] == UnpaidReason.CAP_REACHED:
        limit = formats.money(Decimal(details["cap"]["limit"]), currency)
        return row["reason"], {"limit": limit, "used": formats.money(row["used"], currency)}
    if row["reason"] == UnpaidReason.NOT_COLLECTED:
        collected = details["collected"]
        return row["reason"], {name: formats.money(Decimal(collected[name]), currency) for name in ("paid", "billed")}
    if row["reason"] == WhyNot.TAKEN_BACK:
        return row["reason"], {"alive": details["clawback"]["days_alive"], "days": details["clawback"]["days"]}
    return row["reason"], {}


def _under_way(key: Key, known: _Known) -> tuple[str, dict[str, object]]:
    """Return where the difference between what is earned and what is posted waits."""
    if key[0] in known.parked:
        return UnpaidReason.ON_HOLD, {}
    if (run := known.waiting.get(key)) is not None:
        return WhyNot.WAITS_FOR_APPROVAL, {"run": formats.month(run.period)}
    if key[1] in WINDOWED and known.month < known.window.opens:
        return WhyNot.OUTSIDE_WINDOW, {"opens": formats.month(known.window.opens)}
    if known.window.last_approved is None or known.month > known.window.last_approved:
        return WhyNot.NOT_CALCULATED, {}
    return WhyNot.NEXT_RUN, {}


def _explanation(row: dict[str, Any], month: date, tiers: Mapping[int, str]) -> Explanation:
    """Explain an entitlement as its entry would be, without what was posted."""
    columns = "kind currency role rule_id rate mrr share days divisor from_on below_id age tier_id plan_id"
    entry = Entry(
        earned_period=month,
        amount=row["amount"],
        entitlement=row["amount"],
        posted_before=Decimal(0),
        details=json.loads(row["details"]) if row["details"] else None,
        **{name: row[name] for name in columns.split()},
    )
    entry.tier_name = tiers.get(row["tier_id"], "")  # type: ignore[attr-defined]
    return explained(entry)
