"""Registration health: how many are approved, how fast, how many in time, and which rules found something."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from deals.kpis.decisions import Decisions, times_to_decision
from deals.kpis.outcomes import of_scope, rows_of
from deals.kpis.states import WAS_APPROVED
from deals.models import RegistrationFinding, RegistrationStatus
from deals.policy.settings import RULE_CODES
from deals.policy.wording import HEADINGS
from prm.calendar_days import instants_between, zone_kept
from prm.metrics import Direction, Metric, Rows, Unit, over_days, register
from prm.metrics.at_once import counted, rows_of_each
from prm.metrics.statistics import median
from prm.metrics.values import count, exact, not_defined, plain, ratio
from prm.models import Program
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from deals.kpis.decisions import InReview
    from deals.models import Registration
    from prm.metrics import Scope, Value

MONTHS = 12
SECONDS = 3600
NOTHING_DECIDED = gettext_lazy("No registration was approved or rejected in these 12 months.")
NOBODY_DECIDED = gettext_lazy("No person decided a registration in these 12 months.")


def _window(scope: Scope) -> tuple[datetime, datetime]:
    return instants_between(months_before(scope.as_of, MONTHS), scope.as_of)


def _decided(scope: Scope) -> QuerySet[Registration, Any]:
    since, until = _window(scope)
    was_decided = WAS_APPROVED | Q(status=RegistrationStatus.REJECTED)
    return of_scope(scope).filter(was_decided, decided_at__gte=since, decided_at__lt=until)


def approval_rate(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return approved ÷ decided in the 12 months up to each day, with what the rules found beside it. Three queries."""
    counts = {"of": Count("pk"), "approved": Count("pk", filter=WAS_APPROVED)}
    with zone_kept():
        found = rows_of_each([counted(_decided(one), counts) for one in scope.on_each(days)])
        conflicts = rows_of_each([_conflicts(one) for one in scope.on_each(days)])
    return [_rate(of, approved, dict(those)) for ((of, approved),), those in zip(found, conflicts, strict=True)]


def _rate(of: int, approved: int, conflicts: Mapping[str, int]) -> Value:
    found = (count(f"rule_{code}", _(HEADINGS[code]), conflicts[code]) for code in RULE_CODES if code in conflicts)
    parts = (count("decided", gettext_lazy("Decided"), of), *found)
    return ratio(approved, of, undefined=NOTHING_DECIDED, with_interval=True, parts=parts)


def _conflicts(scope: Scope) -> QuerySet[Any, Any]:
    """Return on how many registrations each rule found something at submission in these months."""
    since, until = _window(scope)
    found = RegistrationFinding.objects.filter(
        moment="submission", evaluated_at__gte=since, evaluated_at__lt=until, registration__in=of_scope(scope)
    )
    return found.order_by().values_list("code").annotate(count=Count("registration", distinct=True))


def decision_hours(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return the median business hours in review, of decisions of people in the 12 months up to each day."""
    return [_middle(took) for took in _paces(scope, days)]


def _middle(took: Sequence[InReview]) -> Value:
    middle = median(Fraction(int(one.spent.total_seconds()), SECONDS) for one in took)
    return not_defined(NOBODY_DECIDED) if middle is None else plain(exact(middle), n=len(took))


def decision_sla(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return decisions of people within the time that the rules give ÷ decisions of people."""
    return [
        ratio(sum(1 for one in took if one.in_time), len(took), undefined=NOBODY_DECIDED, with_interval=True)
        for took in _paces(scope, days)
    ]


def _paces(scope: Scope, days: Sequence[date]) -> list[list[InReview]]:
    """Return the time that each decision took, of those in the 12 months up to each day."""
    with zone_kept():
        asked = [Decisions(of_scope(one), *_window(one)) for one in scope.on_each(days)]
    return times_to_decision(asked, program=Program.current())


def _rows(scope: Scope) -> Rows:
    return rows_of(_decided(scope))


def register_metrics() -> None:
    """Add the figures to the register; called when the app is ready."""
    register(
        Metric(
            code="approval_rate",
            name=gettext_lazy("Approval rate"),
            definition=gettext_lazy(
                "The share of registrations that were approved, of all approved or rejected in the 12 months up to "
                "the day. Beside it, on how many registrations each rule of engagement found something at submission."
            ),
            formula=gettext_lazy("approved ÷ (approved + rejected)"),
            unit=Unit.RATIO, direction=Direction.NEUTRAL, group="deals", position=50,
            rows=_rows, **over_days(approval_rate),
        ),
        Metric(
            code="decision_hours",
            name=gettext_lazy("Time to decision"),
            definition=gettext_lazy(
                "The median business hours that a registration was in review before a person decided it, in the 12 "
                "months up to the day. The clock stands while the partner answers or the registration waits in line."
            ),
            formula=gettext_lazy("median(business hours in review), Monday to Friday, 09:00 to 17:00"),
            unit=Unit.HOURS, direction=Direction.DOWN, group="deals", position=55,
            rows=_rows, **over_days(decision_hours),
        ),
        Metric(
            code="decision_sla",
            name=gettext_lazy("Decisions in time"),
            definition=gettext_lazy(
                "The share of decisions of people that took no longer in review than the rules gave on the day of the "
                "submission, in the 12 months up to the day."
            ),
            formula=gettext_lazy("decisions within the business days given ÷ decisions"),
            unit=Unit.RATIO, direction=Direction.UP, group="deals", position=60,
            rows=_rows, **over_days(decision_sla),
        ),
    )  # fmt: skip
