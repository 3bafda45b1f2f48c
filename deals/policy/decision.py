"""What the rules answer: findings with reason and evidence, and what follows from all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from deals.policy.settings import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from deals.policy.facts import Facts


class Moment(StrEnum):
    """When the rules were asked."""

    SUBMISSION = "submission"
    DECISION = "decision"


class Outcome(StrEnum):
    """What a decision says to do with a submission."""

    REJECT = "reject"
    WAIT = "wait"
    QUEUE = "queue"
    APPROVE = "approve"


NOT_FOR_A_PERSON = frozenset({"own_duplicate", "protected", "rival_pending"})
"""Rules that nobody may set aside by approving: the first needs another change, the others time."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message id for the partner, filled with ``values``; doors and services translate it."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def said(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence in the language of ``translate``."""
        return translate(self.text) % self.values


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired: what the partner reads, and the internal ``evidence``: which record, since when.

    ``is_final`` marks what no person may set aside by approving.
    """

    code: str
    severity: Severity
    sentences: tuple[Sentence, ...]
    evidence: Mapping[str, Any] = field(default_factory=dict)
    is_final: bool = False

    @property
    def partner_text(self) -> str:
        """Return what the partner reads, in the source language."""
        return self.said()

    def said(self, translate: Callable[[str], str] = str) -> str:
        """Return what the partner reads, in the language of ``translate``."""
        return " ".join(sentence.said(translate) for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Decision:
    """All findings, in the order of the rules, under one version of the settings, and what they rest on."""

    findings: tuple[Finding, ...]
    version: int
    facts: Facts

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """Return the findings that refuse."""
        return tuple(f for f in self.findings if f.severity is Severity.BLOCK)

    @property
    def is_clean(self) -> bool:
        """Whether no rule fired."""
        return not self.findings

    def finding(self, code: str) -> Finding | None:
        """Return the finding of rule ``code``, if it fired."""
        return next((f for f in self.findings if f.code == code), None)

    def outcome(self, *, auto_approve: bool, wait: bool) -> Outcome:
        """Return what happens to a submission (deal rules, section 3).

        ``wait``: the partner chose to wait in line if nothing but ``protected`` refuses it.
        """
        blocking = {finding.code for finding in self.blocks}
        if blocking == {"protected"} and wait:
            return Outcome.WAIT
        if blocking:
            return Outcome.REJECT
        return Outcome.APPROVE if self.is_clean and auto_approve else Outcome.QUEUE

    def objection_to_approval(self) -> Finding | None:
        """Return what no person may set aside when approving, if anything."""
        return next((f for f in self.findings if f.is_final or f.code in NOT_FOR_A_PERSON), None)
