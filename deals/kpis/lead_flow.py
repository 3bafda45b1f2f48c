"""Leads of the last twelve months: by state, taken, answered in time, registered, and what one cost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.kpis.leads import Window, figures_of_each
from deals.models import Lead, LeadOffer, LeadStatus
from deals.queries.rules import business_hours, rules_at
from partners.queries.selection import ids_of_each, partners_of
from prm.calendar_days import instants_between, zone_kept
from prm.metrics import Direction, Metric, Part, Rows, Unit, over_days, register
from prm.metrics.at_once import rows_of_each
from prm.metrics.values import count, not_defined, plain, ratio
from prm.models import Program
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from deals.kpis.leads import LeadFigures
    from prm.metrics import Scope, Value

    Told = tuple[str, datetime | None, datetime]
    """State, answer, and the end of the time given."""

MONTHS = 12
TAKEN = (LeadStatus.ACCEPTED, LeadStatus.CONVERTED)
NONE_DUE = gettext_lazy("No offer of a lead was answered or ran out in these 12 months.")
NONE_TAKEN = gettext_lazy("No lead was accepted in these 12 months.")
NO_FUNDS = gettext_lazy("No market development funds (MDF) are recorded.")


def _window(scope: Scope) -> tuple[datetime, datetime]:
    return instants_between(months_before(scope.as_of, MONTHS), scope.as_of)


def of_scope(scope: Scope) -> QuerySet[Lead, Any]:
    """Return the leads made in the 12 months up to the day that partners of the scope hold, or all of them."""
    since, until = _window(scope)
    made = Lead.objects.order_by().filter(created_at__gte=since, created_at__lt=until)
    return made if scope.is_everyone else made.filter(partner__in=partners_of(scope))


def lead_flow(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return the number of leads with what became of them beside it; six queries, and one for a filter."""
    with zone_kept():
        each = scope.on_each(days)
        by_state = rows_of_each([of_scope(one).values_list("status").annotate(count=Count("pk")) for one in each])
        told, ids = rows_of_each([_told(one) for one in each]), ids_of_each(each)
        windows = [Window(*_window(one), partners) for one, partners in zip(each, ids, strict=True)]
    program = Program.current()
    rules, hours, found = rules_at(program), business_hours(program), []
    for states, rows, window, offers in zip(by_state, told, windows, figures_of_each(windows), strict=True):
        given = timedelta(hours=rules(window.until).lead_answer_business_hours)
        ripe = _ripe([(status, answered, hours.add(at, given)) for status, at, answered in rows], window.until)
        found.append(_flow(dict(states), offers, ripe))
    return found


def _flow(by_state: Mapping[str, int], offers: LeadFigures, told: Sequence[Told]) -> Value:
    number = sum(by_state.values())
    states = [*LeadStatus.values, *sorted(set(by_state) - set(LeadStatus.values))]
    words = dict(LeadStatus.choices)
    parts = (
        *(count(f"state_{state}", words.get(state, state), by_state.get(state, 0)) for state in states),
        count("qualified", gettext_lazy("Qualified: accepted by a partner"), sum(by_state.get(s, 0) for s in TAKEN)),
        *_answers(offers, told),
        Part("cost_per_lead", gettext_lazy("MDF spent per lead"), not_defined(NO_FUNDS, n=number), Unit.MONEY),
    )
    return plain(number, n=number, parts=parts)


def _answers(offers: LeadFigures, told: Sequence[Told]) -> tuple[Part, ...]:
    """Return shares of offers accepted in time and registered; of leads from a file, by what the file tells."""
    in_time = [status in TAKEN and answered is not None and answered <= due for status, answered, due in told]
    taken = [status for status, _answered, _due in told if status in TAKEN]
    accepted = ratio(
        offers.accepted + sum(in_time),
        offers.answered + offers.lapsed + len(told),
        undefined=NONE_DUE,
        with_interval=True,
    )
    converted = ratio(
        offers.converted + sum(1 for status in taken if status == LeadStatus.CONVERTED),
        offers.accepted + len(taken),
        undefined=NONE_TAKEN,
        with_interval=True,
    )
    return (
        Part("accepted_in_time", gettext_lazy("Accepted in the time given"), accepted, Unit.RATIO),
        Part("converted", gettext_lazy("Registered, of those accepted"), converted, Unit.RATIO),
    )


def _told(scope: Scope) -> QuerySet[Lead, Any]:
    """Return state, offer and answer of the leads of these months that a file told of."""
    since, until = _window(scope)
    offered = Lead.objects.order_by().filter(offered_at__gte=since, offered_at__lt=until, partner__isnull=False)
    if not scope.is_everyone:
        offered = offered.filter(partner__in=partners_of(scope))
    offered = offered.exclude(pk__in=LeadOffer.objects.values("lead_id"))
    return offered.values_list("status", "offered_at", "answered_at")


def _ripe(told: Iterable[tuple[str, datetime | None, datetime]], until: datetime) -> list[Told]:
    """Return those that were answered by the end, or whose time was over."""
    seen = [(status, answered if answered and answered < until else None, due) for status, answered, due in told]
    return [one for one in seen if one[1] is not None or one[2] <= until]


def lead_rows(scope: Scope) -> Rows:
    """Return the leads, the latest first."""
    found = of_scope(scope).select_related("account", "partner").order_by("-created_at", "-pk")
    leads = list(found)
    return Rows(
        (_("Customer"), _("Partner"), _("State"), _("Came in"), _("Offered"), _("Answered")),
        tuple(
            (
                one.account.name,
                one.partner.name if one.partner else "",
                one.status_word,
                one.created_at,
                one.offered_at,
                one.answered_at,
            )
            for one in leads
        ),
        tuple(reverse("deals_manage:lead", args=[one.public_id]) for one in leads),
    )


def register_metrics() -> None:
    """Add the figure to the register; called when the app is ready."""
    register(
        Metric(
            code="leads",
            name=gettext_lazy("Leads"),
            definition=gettext_lazy(
                "Leads that came in during the 12 months up to the day: by state, how many a partner accepted within "
                "the time given, how many of the accepted ones were registered, and the market development funds "
                "(MDF) spent for each. The states are those of today."
            ),
            formula=gettext_lazy(
                "count of leads made in (day − 12 months, day]; accepted in time ÷ offers answered or run out; "
                "registered ÷ accepted; MDF spent ÷ leads"
            ),
            unit=Unit.COUNT,
            direction=Direction.UP,
            group="deals",
            position=70,
            rows=lead_rows,
            **over_days(lead_flow),
        )
    )
