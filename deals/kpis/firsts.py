"""Time from activation to the first deal, and to the first approved registration (partner rules, section 4).

Partners without the event are not left out, which would make the program look fast: they are followed until the as-of
date or their termination and count as censored then (Kaplan and Meier).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import DateField, Min, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.kpis.states import WAS_APPROVED
from deals.models import Registration, RegistrationStatus
from partners.models import Partner, PartnerStatus, StatusPeriod
from partners.queries.selection import partners_by_their_beginning
from prm.calendar_days import program_zone
from prm.metrics import Curve, CurvePoint, Direction, Metric, Part, Rows, Unit, Value, over_days, register
from prm.metrics.statistics import Followed, band_of, median, survival_of
from prm.metrics.values import count, exact, not_defined, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from prm.metrics import Scope
    from prm.metrics.statistics import Survival
    from prm.ui.states import Words

MILESTONES = (90, 180, 365)
NOBODY = gettext_lazy("No partner of this selection can be followed: none was activated up to that day.")
NOT_REACHED = gettext_lazy("Not reached: more than half of the partners had none by the end of their time.")

FirstDays = Callable[[date], "QuerySet[Registration, Any]"]
"""A query of the first day of the event of ``OuterRef("pk")``, up to a date."""


@dataclass(frozen=True, slots=True)
class Start:
    """A partner since its activation: the day of its first event up to the as-of date, and when it left."""

    partner_id: int
    name: str
    code: str
    activated_on: date
    event_on: date | None
    ended_on: date | None

    def seen_on(self, day: date) -> Start:
        """Return the same as it was known on an earlier day."""
        return replace(self, event_on=None) if self.event_on is not None and self.event_on > day else self

    @property
    def is_left_out(self) -> bool:
        """Whether the event came before the activation, so that there is nothing to wait for."""
        return self.event_on is not None and self.event_on < self.activated_on

    def followed(self, as_of: date) -> Followed:
        """Return how long it was followed: until the event, the termination or the as-of date, whichever is first."""
        end = min(as_of, self.ended_on or as_of)
        if self.event_on is not None and self.event_on <= end:
            return Followed((self.event_on - self.activated_on).days, event=True)
        return Followed((end - self.activated_on).days, event=False)


def first_wins(up_to: date) -> QuerySet[Registration, Any]:
    """Return the first day on which a registration was won, by the partner that holds it."""
    won = Registration.objects.filter(
        holder=OuterRef("pk"), status=RegistrationStatus.WON, closed_on__isnull=False, closed_on__lte=up_to
    )
    return won.order_by().values("holder").annotate(first=Min("closed_on")).values("first")


def first_approvals(up_to: date) -> QuerySet[Registration, Any]:
    """Return the first day on which a registration was approved."""
    approved = Registration.objects.filter(WAS_APPROVED, holder=OuterRef("pk")).annotate(
        day=TruncDate("decided_at", tzinfo=program_zone())
    )
    return approved.filter(day__lte=up_to).order_by().values("holder").annotate(first=Min("day")).values("first")


def time_to_first(scope: Scope, days: Sequence[date], *, first_days: FirstDays, of_those: Words) -> list[Value]:
    """Return the Kaplan–Meier median in days with its interval and what stands beside it; two queries at most.

    Who began and what came first stay as they are, so that an earlier day leaves out what came after it.
    """
    latest = _starts(replace(scope, as_of=max(days)), first_days)
    return [_value([one.seen_on(day) for one in latest if one.activated_on <= day], day, of_those) for day in days]


def times_by_partner(
    scope: Scope, partner_ids: Sequence[int], *, first_days: FirstDays, of_those: Words
) -> Mapping[int, Value]:
    """Return the same of each of many partners."""
    by_id = {start.partner_id: start for start in _starts(scope, first_days, partner_ids)}
    return {pk: _value([by_id[pk]] if pk in by_id else [], scope.as_of, of_those) for pk in partner_ids}


def first_deal_of(scope: Scope) -> Start | None:
    """Return when a scope's one partner began and won first; nothing while it has not been activated. One query."""
    return next(iter(_starts(scope, first_wins)), None)


def starts_behind(scope: Scope, *, first_days: FirstDays) -> Rows:
    """Return every partner that was followed or left out, by days."""
    told = [_row(start, scope.as_of) for start in _starts(scope, first_days)]
    told.sort(key=lambda row: (row[0][3] is None, row[0][3] or 0, row[0][0]))
    columns = (_("Partner"), _("Activated on"), _("First on"), _("Days"), _("Counts as"))
    return Rows(columns, tuple(cells for cells, _url in told), tuple(url for _cells, url in told))


def curve(scope: Scope, *, first_days: FirstDays) -> Curve:
    """Return the share of partners still without the event by days."""
    kept = [start.followed(scope.as_of) for start in _starts(scope, first_days) if not start.is_left_out]
    survival = survival_of(kept)
    points = []
    for step in survival.steps:
        low, high = band_of(step) or (None, None)
        points.append(CurvePoint(step.day, exact(step.survival), step.at_risk, low, high))
    return Curve(tuple(points), survival.longest)


def _row(start: Start, as_of: date) -> tuple[tuple[Any, ...], str]:
    followed = start.followed(as_of)
    if start.is_left_out:
        counts, days = _("left out: earlier than the activation"), None
    else:
        counts, days = (_("event") if followed.event else _("followed until then, without")), followed.days
    seen = start.event_on if followed.event or start.is_left_out else None
    return (start.name, start.activated_on, seen, days, counts), reverse("partners_manage:partner", args=[start.code])


def _starts(scope: Scope, first_days: FirstDays, partner_ids: Sequence[int] | None = None) -> list[Start]:
    ended = StatusPeriod.objects.filter(
        partner=OuterRef("pk"), status=PartnerStatus.TERMINATED, valid__isempty=False,
        valid_from__gte=OuterRef("activated_on"),
    ).order_by("valid_from")  # fmt: skip
    asked = Q(activated_on__lte=scope.as_of) & Q(pk__in=partners_by_their_beginning(scope))
    if partner_ids is not None:
        asked &= Q(pk__in=partner_ids)
    rows = (
        Partner.objects.filter(asked)
        .annotate(
            event_on=Subquery(first_days(scope.as_of), output_field=DateField()),
            ended_on=Subquery(ended.values("valid_from")[:1]),
        )
        .order_by("pk")
        .values_list("pk", "name", "code", "activated_on", "event_on", "ended_on")
    )
    return [Start(pk, name, code, began, event, end) for pk, name, code, began, event, end in rows if began]


def _value(starts: Sequence[Start], as_of: date, of_those: Words) -> Value:
    followed = [start.followed(as_of) for start in starts if not start.is_left_out]
    left_out = count("left_out", gettext_lazy("Left out: earlier than the activation"), len(starts) - len(followed))
    if not followed:
        return not_defined(NOBODY, parts=(left_out,))
    survival = survival_of(followed)
    low, high = survival.median_interval
    middle = survival.median
    return Value(
        n=survival.n,
        value=None if middle is None else exact(middle),
        undefined=NOT_REACHED if middle is None else "",
        low=None if low is None else exact(low),
        high=None if high is None else exact(high),
        parts=(
            *(_still_waiting(survival, day) for day in MILESTONES),
            _plain_median(followed, of_those),
            count("events", gettext_lazy("Had it"), survival.events),
            count("censored", gettext_lazy("Followed without"), survival.n - survival.events),
            left_out,
        ),
    )


def _still_waiting(survival: Survival, day: int) -> Part:
    """Return S on a day: the share still without the event."""
    share = survival.at(day)
    label = gettext_lazy("Still without after %(days)d days") % {"days": day}
    if share is None:
        why = gettext_lazy("Nobody has been followed that long.")
        return Part(f"s_{day}", label, not_defined(why, n=survival.n), Unit.RATIO)
    return Part(f"s_{day}", label, plain(exact(share), n=survival.n), Unit.RATIO)


def _plain_median(followed: Sequence[Followed], of_those: Words) -> Part:
    days = [one.days for one in followed if one.event]
    middle = median(days)
    none_yet = gettext_lazy("Nobody had it yet.")
    return Part(
        "plain_median", of_those, not_defined(none_yet) if middle is None else plain(exact(middle), n=len(days))
    )


FORMULA = gettext_lazy(
    "least t with S(t) ≤ ½ (Kaplan–Meier; S compared exactly); 95 % interval by Brookmeyer and Crowley, log-log; "
    "followed until the first of the event, the termination and the as-of date"
)


def _metric(code: str, name: Words, definition: Words, position: int, **asked: Any) -> Metric:
    return Metric(
        code=code,
        name=name,
        definition=definition,
        formula=FORMULA,
        unit=Unit.DAYS,
        direction=Direction.DOWN,
        group="partners",
        position=position,
        rows=partial(starts_behind, first_days=asked["first_days"]),
        by_partner=partial(times_by_partner, **asked),
        curve=partial(curve, first_days=asked["first_days"]),
        **over_days(partial(time_to_first, **asked)),
    )


def register_metrics() -> None:
    """Add both figures to the register; called when the app is ready."""
    register(
        _metric(
            "time_to_first_deal",
            gettext_lazy("Time to first deal"),
            gettext_lazy(
                "The days in which half of the partners win their first deal, counted from their activation. Partners "
                "that have won nothing yet count as long as they were followed; those that won before they were "
                "activated are left out and counted. Tier, manager and type of a filter are those of the day of "
                "activation."
            ),
            20,
            first_days=first_wins,
            of_those=gettext_lazy("Plain median of those who won alone"),
        ),
        _metric(
            "time_to_first_approval",
            gettext_lazy("Time to first approved registration"),
            gettext_lazy(
                "The days in which half of the partners get their first registration approved, counted from their "
                "activation. Partners without one count as long as they were followed; those with one from before "
                "their activation are left out and counted. Tier, manager and type of a filter are those of the day "
                "of activation."
            ),
            30,
            first_days=first_approvals,
            of_those=gettext_lazy("Plain median of those who have one"),
        ),
    )
