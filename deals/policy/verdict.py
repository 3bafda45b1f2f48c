"""The live verdict before submission: one of few words, the same for every cause (deal rules, section 6)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from deals.policy.settings import Severity

if TYPE_CHECKING:
    from deals.policy.decision import Decision


class Verdict(StrEnum):
    """What a partner may see. No date, no rule, no hint of anyone else."""

    AVAILABLE = "available"
    NEEDS_REVIEW = "needs_review"
    NOT_AVAILABLE = "not_available"
    CANNOT_TELL = "cannot_tell"
    SUBMIT_TO_LEARN = "submit_to_learn"


NOT_ABOUT_THE_CUSTOMER = frozenset({"live_cap", "minimum_value"})
"""Rules about the partner's own room and numbers; the page shows those beside the verdict."""


def verdict_of(decision: Decision, *, is_identified: bool) -> Verdict:
    """Return the word for a domain's decision; one that identifies nobody cannot be told."""
    if not is_identified:
        return Verdict.CANNOT_TELL
    findings = [f for f in decision.findings if f.code not in NOT_ABOUT_THE_CUSTOMER]
    if any(finding.severity is Severity.BLOCK for finding in findings):
        return Verdict.NOT_AVAILABLE
    return Verdict.NEEDS_REVIEW if findings else Verdict.AVAILABLE


def is_fishing(*, checks: int, submissions: int, allowed_per_submission: int) -> bool:
    """Whether a partner looks at many more customers than it registers, over 30 days."""
    return checks > allowed_per_submission * max(submissions, 1)
