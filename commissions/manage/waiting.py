"""The page of a run that is being calculated: how far it is, who asked, and what is wrong where nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from commissions.models import RunStatus
from commissions.queries.calculating import calculating
from commissions.services.progress import progress_of
from commissions.services.runs.holder import COMPUTING_LOCK
from prm import formats
from prm.actors import InternalRole

if TYPE_CHECKING:
    from commissions.models import Run
    from commissions.queries.calculating import Calculating
from prm.actors import Actor

SILENT_SECONDS = 60
"""After so long without a worker the page says so, and offers to ask again."""


def may_calculate(actor: Actor) -> bool:
    """Whether the buttons to calculate are shown; the service decides again."""
    return actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.FINANCE)


def may_calculate_again(actor: Actor, *, approves: bool, four_eyes: bool) -> bool:
    """Say the same beside a run that waits, ``approves`` being whether this person could approve it.

    An approver who calculates again might have nobody left to approve; who may not approve loses nothing.
    """
    return may_calculate(actor) and not (four_eyes and approves)


def is_calculating(run: Run) -> bool:
    """Whether a calculation is under way or was refused: a new one, or another of a run that waits."""
    if run.status == RunStatus.DRAFT:
        return True
    if run.status != RunStatus.CALCULATED:
        return False
    return hasattr(run, "calculation") or progress_of(run.number) is not None


def waiting_values(run: Run, actor: Actor) -> dict[str, object]:
    """Return what the box prints that waits for the result."""
    at = calculating(run, claim=COMPUTING_LOCK)
    note = progress_of(run.number)
    noted = note["sentence"] if note and note["state"] == "failed" else ""
    failure = at.failure or noted
    since = at.asked_at or (note["at"] if note else run.created_at)
    is_silent = not at.is_held and (timezone.now() - since).total_seconds() > SILENT_SECONDS
    return {
        "run": run,
        "at": at,
        "ranges_done": _("%(done)s of %(every)s ranges are computed.")
        % {"done": formats.number(at.done), "every": formats.number(at.ranges)},
        "failed": bool(failure),
        "sentence": failure or (_nobody(at) if is_silent else ""),
        "since": since,
        "may_calculate": may_calculate(actor),
    }


def _nobody(at: Calculating) -> str:
    if at.is_interrupted:
        return _("The calculation was interrupted. A worker takes it up again and goes on where it stopped.")
    return _("No worker has taken the calculation yet. Is the worker running?")
