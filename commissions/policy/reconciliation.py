"""What a bank's answers do to a batch: every line finds its payout, or says why it cannot be taken. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from commissions.policy.payouts import ContradictionError, steps_to


class Problem(StrEnum):
    """Why a line of an answer cannot be taken."""

    UNKNOWN_KEY = "unknown_key"
    OTHER_BATCH = "other_batch"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    LINES_DISAGREE = "lines_disagree"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of an answer. ``state`` is of ``accepted``, ``paid``, ``failed``, ``returned``.

    ``amount`` and ``currency`` are compared where the line has them; ``line`` counts from 1 as a person would.
    """

    line: int
    key: str
    state: str
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A payout of the batch, as it is recorded: ``amount`` is what the provider was told to pay."""

    key: str
    number: str
    status: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one line means: ``becomes`` is the payout's state afterwards, the same as ``was`` where it is no news."""

    answer: Answer
    number: str = ""
    was: str = ""
    becomes: str = ""
    problem: Problem | None = None

    @property
    def is_news(self) -> bool:
        """Whether the line changes the payout."""
        return self.problem is None and self.becomes != self.was


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All lines with what they mean, and the payouts that no line speaks of. With a problem nothing may be applied."""

    findings: Sequence[Finding]
    silent: Sequence[Known] = field(default_factory=tuple)

    @property
    def problems(self) -> list[Finding]:
        """Return the lines that cannot be taken."""
        return [one for one in self.findings if one.problem is not None]

    @property
    def news(self) -> list[Finding]:
        """Return the lines that change something, one a payout."""
        return list({one.answer.key: one for one in self.findings if one.is_news}.values())


def reconcile(
    answers: Iterable[Answer], *, payouts: Mapping[str, Known], elsewhere: frozenset[str] = frozenset()
) -> Reconciliation:
    """Match answers with the payouts of one batch by key; ``elsewhere`` are the keys of other batches.

    The same line twice is one. Two lines of one payout that say different things are a problem, both of them.
    """
    lines = list(answers)
    states: dict[str, set[str]] = {}
    for one in lines:
        states.setdefault(one.key, set()).add(one.state)
    findings = [_finding(one, payouts.get(one.key), elsewhere, torn=len(states[one.key]) > 1) for one in lines]
    return Reconciliation(findings, [known for key, known in payouts.items() if key not in states])


def _finding(answer: Answer, known: Known | None, elsewhere: frozenset[str], *, torn: bool) -> Finding:
    if known is None:
        return Finding(answer, problem=Problem.OTHER_BATCH if answer.key in elsewhere else Problem.UNKNOWN_KEY)
    problem = Problem.LINES_DISAGREE if torn else None
    if answer.currency and answer.currency != known.currency:
        problem = Problem.WRONG_CURRENCY
    elif answer.amount is not None and answer.amount != known.amount:
        problem = Problem.WRONG_AMOUNT
    becomes = known.status
    if problem is None:
        try:
            becomes = ([known.status, *steps_to(known.status, answer.state)])[-1]
        except ContradictionError:
            problem = Problem.CONTRADICTS
    return Finding(answer, number=known.number, was=known.status, becomes=becomes, problem=problem)


def as_confirmed(found: Reconciliation, changes: Mapping[str, Sequence[str]]) -> Reconciliation:
    """Return what confirming did: by key the state before and after, whatever became of the payouts since."""
    findings = [
        replace(one, was=changes[one.answer.key][0], becomes=changes[one.answer.key][1], problem=None)
        if one.answer.key in changes
        else one
        for one in found.findings
    ]
    return Reconciliation(findings, found.silent)
