"""What the pages of a joint plan print: targets beside figures, actions, and what a version changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import PlanStatus, StepSide
from partners.policy.plans import Standing, quarters_of
from partners.queries.plan_words import months_words, period_of, quarter_words, target_words
from partners.queries.plans import lines_of, rows_of, targets_of
from partners.queries.tier_words import figure_name
from partners.services.plans.actions import ANSWERING, may_mark
from prm import formats
from prm.metrics import Unit
from prm.metrics.writing import words_of
from prm.ui.states import State, register_states

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from partners.models import JointAction, Partner, PlanAction, PlanVersion
    from partners.policy.plans import Quarter
    from partners.queries.plans import Cell, PlanPage, Row
    from prm.actors import Actor
    from prm.models import Program
    from prm.ui.states import Words

MARKS: Mapping[Standing, tuple[Words, str, str]] = {
    Standing.MET: (gettext_lazy("reached"), "ok", "check"),
    Standing.MISSED: (gettext_lazy("missed"), "bad", "cross"),
    Standing.REACHED: (gettext_lazy("reached already"), "ok", "check"),
    Standing.UNDERWAY: (gettext_lazy("so far"), "", "clock"),
    Standing.NOT_DUE: (gettext_lazy("not due"), "muted", ""),
    Standing.UNKNOWN: (gettext_lazy("not defined"), "muted", "minus"),
}
"""Word, tone and icon of where a target stands."""

STATES = {
    "draft": State(gettext_lazy("Draft"), "neutral", "edit", gettext_lazy("The partner does not see it yet.")),
    "asked": State(gettext_lazy("Change asked for"), "warn", "question", gettext_lazy("A draft again: answer it.")),
    "proposed": State(gettext_lazy("Waits for agreement"), "info", "clock", gettext_lazy("An owner agrees, or asks.")),
    "agreed": State(gettext_lazy("Agreed"), "ok", "check", gettext_lazy("In force.")),
    "superseded": State(gettext_lazy("Replaced"), "neutral", "switch", gettext_lazy("A later version is in force.")),
    "none": State(gettext_lazy("No plan"), "neutral", "minus", gettext_lazy("Nothing was planned for these months.")),
}


@dataclass(frozen=True, slots=True)
class Sides:
    """How the two sides are called, wherever the page stands."""

    partner: str
    vendor: str

    def name(self, side: str) -> str:
        """Return the name of a side."""
        return self.partner if side == StepSide.PARTNER else self.vendor


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A quarter of a figure: what was reached, of what, and how that is called."""

    label: str
    actual: str
    target: str
    n: str
    word: Words
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A figure with its quarters."""

    name: Words
    definition: Words
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """A quarter over its column: its name, its months, and the day of its figures where there is one."""

    name: str
    months: str
    day: date | None


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action; ``side`` is whose by name, ``it`` what became of it, ``marks`` whether this person marks it."""

    line: PlanAction | JointAction
    side: str
    it: JointAction | None
    marks: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a version says otherwise than the one in force."""

    name: str
    was: str
    now: str
    kind: str
    change: str = ""


def register() -> None:
    """Name the states of a plan; called when the app is ready."""
    register_states("plan", STATES)


def state_of(version: PlanVersion) -> str:
    """Return the state of a version as people call it: a draft that answers a partner's wish is another."""
    return "asked" if version.status == PlanStatus.DRAFT and version.asked else version.status


def sides_of(partner: Partner, program: Program) -> Sides:
    """Return the names of the partner and of the vendor."""
    return Sides(partner.name, program.vendor_name or program.name)


def plan_values(
    page: PlanPage, version: PlanVersion, *, actor: Actor, program: Program, today: date
) -> dict[str, object]:
    """Return what the page of a version shows. Four queries and those of the figures."""
    targets, lines = targets_of(version), lines_of(version)
    rows = rows_of(version, targets, actor=actor, today=today)
    before = page.current if version is page.open else None
    sides = sides_of(page.plan.partner, program)
    return {
        "page": page,
        "plan": page.plan,
        "version": version,
        "state_code": state_of(version),
        "period": period_of(page.plan),
        "is_current": version == page.current,
        "changes": changes_of(before, targets, lines, version, sides) if before else [],
        **figure_values(version, rows, today=today),
        "actions": [_action(line, version, sides, actor, today) for line in lines],
        "versions": [(one, state_of(one)) for one in page.versions],
    }


def figure_values(version: PlanVersion, rows: Sequence[Row], *, today: date) -> dict[str, object]:
    """Return the table of targets."""
    quarters = quarters_of(version.plan.valid_from)
    return {
        "heads": [Head(quarter_words(one), months_words(one), one.measured_on(today)) for one in quarters],
        "rows": [_shown(row, version.currency) for row in rows],
    }


def action_of(action: JointAction, sides: Sides, *, actor: Actor, today: date) -> ShownAction:
    """Return an action that stands for itself, in a review."""
    return ShownAction(action, sides.name(action.side), action, may_mark(action, actor), _is_late(action, today))


def changes_of(
    before: PlanVersion,
    targets: Mapping[tuple[str, int], Decimal],
    lines: Sequence[PlanAction],
    version: PlanVersion,
    sides: Sides,
) -> list[Change]:
    """Return what a version changes of the one in force. Two queries."""
    found = []
    if before.aims != version.aims:
        found.append(Change(_("What both want to reach"), before.aims or "–", version.aims or "–", "changed"))
    return found + _changed_targets(before, targets, version) + _changed_actions(before, lines, sides)


def _changed_targets(
    before: PlanVersion, targets: Mapping[tuple[str, int], Decimal], version: PlanVersion
) -> list[Change]:
    old, found = targets_of(before), []
    for figure, number in sorted({*old, *targets}):
        was, now = old.get((figure, number)), targets.get((figure, number))
        if was != now:
            quarter = _("Q%(number)s") % {"number": formats.number(number)}
            told = (target_words(figure, was, before.currency), target_words(figure, now, version.currency))
            found.append(Change(f"{figure_name(figure)}, {quarter}", *told, _kind(was, now)))
    return found


def _changed_actions(before: PlanVersion, lines: Sequence[PlanAction], sides: Sides) -> list[Change]:
    old = {line.action_id: line for line in lines_of(before)}
    found = []
    for line in lines:
        was, told = old.pop(line.action_id, None) if line.action_id else None, _told(line, sides)
        if was is None:
            found.append(Change(line.what, "", told, "added"))
        elif (was.what, _told(was, sides)) != (line.what, told):
            before_it = _told(was, sides) if was.what == line.what else f"{was.what}: {_told(was, sides)}"
            found.append(Change(line.what, before_it, told, "changed"))
    return found + [Change(was.what, _told(was, sides), "", "removed") for was in old.values()]


def _told(line: PlanAction, sides: Sides) -> str:
    return f"{sides.name(line.side)}, {line.owner}, {formats.day(line.due_on)}"


def _kind(was: object, now: object) -> str:
    if was is None:
        return "added"
    return "removed" if now is None else "changed"


def _action(line: PlanAction, version: PlanVersion, sides: Sides, actor: Actor, today: date) -> ShownAction:
    it = line.action if version.status == PlanStatus.AGREED else None
    answers = actor.is_internal or version.plan.partner.status in ANSWERING
    marks = answers and it is not None and it.dropped_on is None and may_mark(it, actor)
    return ShownAction(line, sides.name(line.side), line.action, marks, it is not None and _is_late(it, today))


def _is_late(action: JointAction, today: date) -> bool:
    return action.done_on is None and action.dropped_on is None and action.due_on < today


def _shown(row: Row, currency: str) -> ShownRow:
    return ShownRow(row.metric.name, row.metric.definition, tuple(_cell(row, cell, currency) for cell in row.cells))


def _cell(row: Row, cell: Cell, currency: str) -> ShownCell:
    unit, value = row.metric.unit, cell.actual
    word, tone, icon = MARKS[cell.standing] if cell.standing is not None else ("", "", "")
    actual = "" if value is None or value.value is None else words_of(value.value, unit, value.currency or currency)
    counted = formats.number(value.n) if value is not None and actual and unit is not Unit.COUNT else ""
    if cell.standing is Standing.UNKNOWN and value is not None:
        word = value.undefined or word
    return ShownCell(
        label=_label(cell.quarter),
        actual=actual,
        target="" if cell.target is None else words_of(cell.target, unit, currency),
        n=counted,
        word=word,
        tone=tone,
        icon=icon,
    )


def _label(quarter: Quarter) -> str:
    return f"{quarter_words(quarter)}, {months_words(quarter)}"
