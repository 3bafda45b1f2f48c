"""Onboarding: when it is finished, when it has stalled, what comes next (partner rules, section 1). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

PARTNER, VENDOR = "partner", "vendor"


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What is known of one step of a checklist."""

    required: bool
    done_on: date | None
    due_on: date
    side: str = PARTNER


def is_finished(steps: Sequence[StepFacts]) -> bool:
    """Whether the partner becomes active: there are required steps, and all of them are done."""
    required = [step for step in steps if step.required]
    return bool(required) and all(step.done_on is not None for step in required)


def is_stalled(steps: Sequence[StepFacts], *, began_on: date, today: date, after_days: int) -> bool:
    """Whether nothing has moved for ``after_days``: counted from the last finished step, else from the beginning."""
    if is_finished(steps):
        return False
    moved = max([began_on, *(step.done_on for step in steps if step.done_on is not None)])
    return (today - moved).days >= after_days


def overdue(steps: Sequence[StepFacts], *, today: date, side: str) -> list[int]:
    """Return the places of open steps of one side whose day is past."""
    return [n for n, s in enumerate(steps) if s.done_on is None and s.side == side and s.due_on < today]
