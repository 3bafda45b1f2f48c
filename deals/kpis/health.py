"""Registration health: how many are approved, how fast, how many in time, and which rules found something."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from deals.kpis.decisions import times_to_decision
from deals.kpis.outcomes import of_scope, rows_of
from deals.kpis.states import WAS_APPROVED
from deals.models import RegistrationFinding, RegistrationStatus
from deals.policy.settings import RULE_CODES
from deals.policy.wording import HEADINGS
from prm.calendar_days import instants_between
from prm.metrics import Direction, Metric, Rows, Unit, register
from prm.metrics.statistics import median
from prm.metrics.values import count, exact, not_defined, plain, ratio
from prm.models import Program
from prm.months import months_before

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from deals.models import Registration
    from prm.metrics import Part, Scope, Value

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


def approval_rate(scope: Scope) -> Value:
    """Return approved ÷ decided in the 12 months up to the day, with what the rules found beside it; two queries."""
    counted = _decided(scope).aggregate(of=Count("pk"), approved=Count("pk", filter=WAS_APPROVED))
    parts = (count("decided", gettext_lazy("Decided"), counted["of"]), *_conflicts(scope))
    return ratio(counted["approved"], counted["of"], undefined=NOTHING_DECIDED, with_interval=True, parts=parts)


def _conflicts(scope: Scope) -> tuple[Part, ...]:
    """Return on how many registrations each rule found something at submission in these months."""
    since, until = _window(scope)
    found = RegistrationFinding.objects.filter(
        moment="submission", evaluated_at__gte=since, evaluated_at__lt=until, registration__in=of_scope(scope)
    )
    rows = dict(found.order_by().values_list("code").annotate(count=Count("registration", distinct=True)))
    return tuple(count(f"rule_{code}", _(HEADINGS[code]), rows[code]) for code in RULE_CODES if code in rows)


def decision_hours(scope: Scope) -> Value:
    """Return the median business hours in review, of decisions of people in the 12 months up to the day."""
    middle, number, _allowed = _pace(scope)
    return not_defined(NOBODY_DECIDED) if middle is None else plain(exact(middle), n=number)


def decision_sla(scope: Scope) -> Value:
    """Return decisions of people within the time that the rules give ÷ decisions of people."""
    _middle, number, kept = _pace(scope)
    return ratio(kept, number, undefined=NOBODY_DECIDED, with_interval=True)


def _pace(scope: Scope) -> tuple[Fraction | None, int, int]:
    """Return the median hours, the number of decisions, and of those the ones in time."""
    since, until = _window(scope)
    took = times_to_decision(of_scope(scope), since=since, until=until, program=Program.current())
    middle = median(Fraction(int(one.spent.total_seconds()), SECONDS) for one in took)
    return middle, len(took), sum(1 for one in took if one.in_time)


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
            provider=approval_rate, rows=_rows,
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
            provider=decision_hours, rows=_rows,
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
            provider=decision_sla, rows=_rows,
        ),
    )  # fmt: skip
