"""Calculates, approves and rejects commission runs (commission rules, sections 4 and 5)."""

from commissions.services.runs.calculation import calculate_run, verify_run
from commissions.services.runs.decisions import approve_run, refuse_second_eyes, reject_run
from commissions.services.runs.drafts import RunGoingOnError, ask_for_run, note_failure, open_draft

__all__ = [
    "RunGoingOnError",
    "approve_run",
    "ask_for_run",
    "calculate_run",
    "note_failure",
    "open_draft",
    "refuse_second_eyes",
    "reject_run",
    "verify_run",
]
