"""Reads of joint plans: the versions of a partner's plan, and its targets beside what was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partners.models import JointAction, JointPlan, PlanStatus, PlanVersion
from partners.models.plans import OPEN
from partners.policy.plans import FIGURES, Quarter, Standing, quarters_of, standing_of
from prm import metrics
from prm.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from partners.models import PlanAction
    from prm.actors import Actor
    from prm.metrics import Metric, Value


@dataclass(frozen=True, slots=True)
class Cell:
    """A target of one quarter and the figure beside it; ``actual`` is nothing before the quarter begins."""

    quarter: Quarter
    target: Decimal | None
    actual: Value | None
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of a plan, quarter by quarter."""

    metric: Metric
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan of a partner as somebody sees it: its versions, the newest first."""

    plan: JointPlan
    versions: tuple[PlanVersion, ...]

    @property
    def current(self) -> PlanVersion | None:
        """Return the version in force."""
        return next((one for one in self.versions if one.status == PlanStatus.AGREED), None)

    @property
    def open(self) -> PlanVersion | None:
        """Return the version that is drafted, or that waits for agreement."""
        return next((one for one in self.versions if one.status in OPEN), None)

    @property
    def waiting(self) -> PlanVersion | None:
        """Return the version that waits for agreement."""
        return next((one for one in self.versions if one.status == PlanStatus.PROPOSED), None)

    def version(self, number: int) -> PlanVersion | None:
        """Return the version of a number."""
        return next((one for one in self.versions if one.number == number), None)


def plans_of(*, actor: Actor, partner_id: int) -> list[PlanPage]:
    """Return the plans of a partner, the newest first, each with the versions that ``actor`` sees. One query."""
    rows = PlanVersion.objects.visible_to(actor).filter(plan__partner_id=partner_id)
    found: dict[int, list[PlanVersion]] = {}
    for row in rows.select_related("plan__partner").order_by("-plan__valid_from", "-number"):
        found.setdefault(row.plan_id, []).append(row)
    return [PlanPage(versions[0].plan, tuple(versions)) for versions in found.values()]


def plan_of_day(plans: Collection[PlanPage], on: date) -> PlanPage | None:
    """Return the plan that covers a day, else the next one, else the last."""
    covers = [page for page in plans if page.plan.valid_from <= on < page.plan.valid_until]
    ahead = [page for page in plans if on < page.plan.valid_from]
    return next(iter(covers), None) or (ahead[-1] if ahead else next(iter(plans), None))


def targets_of(version: PlanVersion) -> dict[tuple[str, int], Decimal]:
    """Return the targets of a version by figure and quarter. One query."""
    return {(one.figure, one.quarter): one.amount for one in version.targets.all()}


def lines_of(version: PlanVersion) -> list[PlanAction]:
    """Return the actions of a version with what became of them. One query."""
    return list(version.lines.select_related("action"))


def rows_of(
    version: PlanVersion, targets: Mapping[tuple[str, int], Decimal], *, actor: Actor, today: date
) -> list[Row]:
    """Return the figures of a version, each quarter's target beside what the register of figures says.

    A quarter that is over is measured on its last day, the one that runs on ``today``, one ahead not at all. Raises
    ``NotAllowedError`` where a partner's actor asks for another's figures.
    """
    quarters = quarters_of(version.plan.valid_from)
    days = [day for quarter in quarters if (day := quarter.measured_on(today)) is not None]
    scope = Scope(as_of=today, partner_id=version.plan.partner_id)
    known = {metric.code: metric for metric in metrics.metrics_for(actor)}
    found = []
    with metrics.together():
        for code in sorted({figure for figure, _quarter in targets}, key=_order):
            if code not in known:
                continue
            values = metrics.series_of(code, scope, days, actor) if days else ()
            actual = dict(zip(quarters, values, strict=False))
            cells = (_cell(one, targets.get((code, one.number)), actual.get(one), today) for one in quarters)
            found.append(Row(known[code], tuple(cells)))
    return found


def open_actions(*, actor: Actor, partner_id: int, on: date) -> QuerySet[JointAction]:
    """Return the actions that were agreed on by a day and neither done nor dropped by it, what is due first first."""
    rows = JointAction.objects.visible_to(actor).filter(partner_id=partner_id, agreed_on__lte=on)
    return rows.exclude(done_on__lte=on).exclude(dropped_on__lte=on).order_by("due_on", "pk")


def with_agreed_plan(ids: Collection[int], _on: date) -> set[int]:
    """Return the partners with a joint plan that was agreed: the fact that completes the step of onboarding."""
    rows = PlanVersion.objects.filter(plan__partner_id__in=ids, status=PlanStatus.AGREED)
    return set(rows.values_list("plan__partner_id", flat=True))


def _cell(quarter: Quarter, target: Decimal | None, actual: Value | None, today: date) -> Cell:
    standing = None
    if target is not None:
        value = actual.value if actual is not None else None
        standing = standing_of(target=target, actual=value, quarter=quarter, today=today)
    return Cell(quarter, target, actual, standing)


def _order(code: str) -> tuple[int, str]:
    return (FIGURES.index(code) if code in FIGURES else len(FIGURES), code)
