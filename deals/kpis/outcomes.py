"""What became of registrations: win rate, sales cycle, deals won, and the speed of the pipeline."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.kpis.states import WAS_APPROVED, WAS_DECIDED
from deals.models import Registration, RegistrationStatus
from partners.queries.selection import partners_of
from prm import formats
from prm.calendar_days import instants_between, program_zone, zone_kept
from prm.exchange import rates_of_days
from prm.metrics import Direction, Metric, Part, Rows, Unit, Value, over_days, register
from prm.metrics.at_once import counted, rows_of_each
from prm.metrics.statistics import median
from prm.metrics.values import count, exact, not_defined, plain, ratio
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from prm.exchange import Rates
    from prm.metrics import Scope

MONTHS = 12
NOTHING_DECIDED = gettext_lazy("No registration was won, lost, expired or withdrawn after approval in these 12 months.")
NOTHING_WON = gettext_lazy("No registration was won in these 12 months.")
NO_EXPECTATION = gettext_lazy("No open registration names its expected monthly revenue.")
NO_RATE = gettext_lazy("A currency of the open registrations has no exchange rate.")
WON, LOST = RegistrationStatus.WON, RegistrationStatus.LOST
OUTCOMES = (WON, LOST, RegistrationStatus.EXPIRED, RegistrationStatus.WITHDRAWN)


def of_scope(scope: Scope) -> QuerySet[Registration, Any]:
    """Return the registrations held by the partners of a scope."""
    everything = Registration.objects.order_by()
    return everything if scope.is_everyone else everything.filter(holder__in=partners_of(scope))


def decided(scope: Scope) -> QuerySet[Registration, Any]:
    """Return those closed in the 12 months up to the day: won, lost, expired, or withdrawn after approval."""
    since = months_before(scope.as_of, MONTHS)
    return of_scope(scope).filter(WAS_DECIDED, closed_on__gt=since, closed_on__lte=scope.as_of)


def open_on(scope: Scope) -> QuerySet[Registration, Any]:
    """Return those that were approved by the day and not closed by it."""
    until = instants_between(scope.as_of, scope.as_of)[1]
    still = Q(status=RegistrationStatus.APPROVED) | Q(closed_on__gt=scope.as_of)
    return of_scope(scope).filter(WAS_APPROVED, still, decided_at__lt=until)


def win_rate(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return won ÷ decided in the 12 months up to each day, by closing date. One query."""
    by_status = [decided(one).values_list("status").annotate(count=Count("pk")) for one in scope.on_each(days)]
    return [_rate(dict(rows)) for rows in rows_of_each(by_status)]


def win_rates(scope: Scope, partner_ids: Sequence[int]) -> Mapping[int, Value]:
    """Return the same of each of many partners. One query."""
    found: dict[int, dict[str, int]] = {pk: {} for pk in partner_ids}
    rows = decided(scope).filter(holder__in=partner_ids).values_list("holder_id", "status")
    for holder, status, number in rows.annotate(count=Count("pk")):
        found[holder][status] = number
    return {pk: _rate(counts) for pk, counts in found.items()}


def _rate(counts: Mapping[str, int]) -> Value:
    won, lost = counts.get(WON, 0), counts.get(LOST, 0)
    alone = ratio(won, won + lost, undefined=gettext_lazy("None was won or lost in these 12 months."))
    parts = (
        Part("won_of_won_and_lost", gettext_lazy("Won of won and lost"), alone),
        *(count(status.value, status.label, counts.get(status, 0)) for status in OUTCOMES),
    )
    return ratio(won, sum(counts.values()), undefined=NOTHING_DECIDED, with_interval=True, parts=parts)


def sales_cycle(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return the median days from submission to the win, of those won in the 12 months up to each day. Two queries."""
    submitted = TruncDate("submitted_at", tzinfo=program_zone())
    won = [decided(one).filter(status=WON, submitted_at__isnull=False) for one in scope.on_each(days)]
    ends = rows_of_each([those.annotate(began=submitted).values_list("began", "closed_on") for those in won])
    return [_cycle([(closed - began).days for began, closed in those if closed]) for those in ends]


def _cycle(days: Sequence[int]) -> Value:
    middle = median(days)
    return not_defined(NOTHING_WON) if middle is None else plain(exact(middle), n=len(days))


def won_12m(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return how many registrations were won in the 12 months up to each day. One query."""
    won = [counted(decided(one).filter(status=WON), {"n": Count("pk")}) for one in scope.on_each(days)]
    return [plain(number, n=number) for ((number,),) in rows_of_each(won)]


def won_by_partner(scope: Scope, partner_ids: Sequence[int]) -> Mapping[int, Value]:
    """Return the same of each of many partners. One query."""
    won = decided(scope).filter(status=WON, holder__in=partner_ids).values_list("holder_id")
    found = dict(won.annotate(count=Count("pk")))
    return {pk: plain(found.get(pk, 0), n=found.get(pk, 0)) for pk in partner_ids}


def pipeline_velocity(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return open registrations × win rate × mean expected MRR ÷ cycle: what the pipeline brings a day."""
    rates = rates_of_days(days)
    with zone_kept():
        still = [open_on(one).values_list("expected_mrr", "currency") for one in scope.on_each(days)]
        answers = zip(days, rows_of_each(still), win_rate(scope, days), sales_cycle(scope, days), strict=True)
        return [_velocity(rates[day], expected, rate, cycle) for day, expected, rate, cycle in answers]


def _velocity(rates: Rates, expected: Sequence[Sequence[Any]], rate: Value, cycle: Value) -> Value:
    amounts = [rates.convert(amount, currency) for amount, currency in expected if amount is not None]
    known = [amount for amount in amounts if amount is not None]
    mean = not_defined(NO_EXPECTATION if not amounts else NO_RATE)
    if known and len(known) == len(amounts):
        mean = plain(sum(known, Decimal(0)) / len(known), n=len(known), currency=rates.base)
    parts = (
        count("open", gettext_lazy("Open registrations"), len(expected)),
        Part("win_rate", gettext_lazy("Win rate"), rate, Unit.RATIO),
        Part("mean_expected_mrr", gettext_lazy("Mean expected MRR"), mean, Unit.MONEY),
        Part("cycle", gettext_lazy("Sales cycle"), cycle, Unit.DAYS),
    )
    used = rates.used({currency for amount, currency in expected if amount is not None})
    notes = tuple(
        _("1 EUR = %(rate)s %(currency)s, closing rate of %(month)s")
        % {"rate": formats.number(one.per_eur), "currency": one.currency, "month": formats.month(one.month)}
        for one in used
        if one.month
    )
    if not expected:
        return plain(0, n=0, currency=rates.base, parts=parts, notes=notes)
    missing = [part.value.undefined for part in parts if part.value.value is None]
    if missing or rate.value is None or mean.value is None or not cycle.value:
        why = missing[0] if missing else gettext_lazy("Deals were won on the day of their submission.")
        return not_defined(why, n=len(expected), parts=parts, notes=notes)
    top = len(expected) * rate.value * mean.value
    return Value(top, cycle.value, len(expected), top / cycle.value, currency=rates.base, parts=parts, notes=notes)


def rows_of(registrations: QuerySet[Registration, Any]) -> Rows:
    """Return registrations as the rows behind a figure, the last closed first."""
    found = registrations.select_related("holder", "account").order_by(F("closed_on").desc(nulls_first=True), "number")
    cells, urls = [], []
    for one in found:
        facts = (one.submitted_at, one.decided_at, one.closed_on, one.expected_mrr, one.currency)
        cells.append((one.reference, one.customer_name, one.holder.name, one.get_status_display(), *facts))
        urls.append(reverse("deals_manage:registration", args=[one.public_id]))
    columns = (
        _("Registration"), _("Customer"), _("Partner"), _("State"), _("Submitted"), _("Decided"), _("Closed on"),
        _("Expected MRR"), _("Currency"),
    )  # fmt: skip
    return Rows(columns, tuple(cells), tuple(urls))


def _decided_rows(scope: Scope) -> Rows:
    return rows_of(decided(scope))


def _won_rows(scope: Scope) -> Rows:
    return rows_of(decided(scope).filter(status=WON))


def _open_rows(scope: Scope) -> Rows:
    return rows_of(open_on(scope))


def register_metrics() -> None:
    """Add the figures to the register; called when the app is ready."""
    register(
        Metric(
            code="win_rate",
            name=gettext_lazy("Win rate"),
            definition=gettext_lazy(
                "The share of registrations that were won, of all that came to an end after approval in the 12 months "
                "up to the day, by closing date: won, lost, expired and withdrawn ones."
            ),
            formula=gettext_lazy("won ÷ (won + lost + expired + withdrawn after approval)"),
            unit=Unit.RATIO, direction=Direction.UP, group="deals", position=10,
            rows=_decided_rows, by_partner=win_rates, **over_days(win_rate),
        ),
        Metric(
            code="sales_cycle",
            name=gettext_lazy("Sales cycle"),
            definition=gettext_lazy(
                "The median number of days from the submission of a registration to its win, of those won in the 12 "
                "months up to the day."
            ),
            formula=gettext_lazy("median(closed on − day of submission)"),
            unit=Unit.DAYS, direction=Direction.DOWN, group="deals", position=20,
            rows=_won_rows, **over_days(sales_cycle),
        ),
        Metric(
            code="won_12m",
            name=gettext_lazy("Deals won in 12 months"),
            definition=gettext_lazy("Registrations won in the 12 months up to the day, by closing date."),
            formula=gettext_lazy("count of won registrations with closed on in (day − 12 months, day]"),
            unit=Unit.COUNT, direction=Direction.UP, group="deals", position=30,
            rows=_won_rows, by_partner=won_by_partner, **over_days(won_12m),
        ),
        Metric(
            code="pipeline_velocity",
            name=gettext_lazy("Pipeline velocity"),
            definition=gettext_lazy(
                "The monthly revenue that the open registrations bring a day at the present win rate and cycle. Open "
                "means approved by the day and not closed by it; those that name no expected revenue are left out of "
                "the mean. It is 0 when none is open."
            ),
            formula=gettext_lazy("open registrations × win rate × mean expected MRR ÷ sales cycle in days"),
            unit=Unit.MONEY_PER_DAY, direction=Direction.UP, group="deals", position=40,
            rows=_open_rows, **over_days(pipeline_velocity),
        ),
    )  # fmt: skip
