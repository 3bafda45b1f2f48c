"""The rules of engagement as pure functions: facts in, findings with reason and evidence out.

To add a rule: write a function that takes ``Facts`` and ``RuleSettings`` and returns a finding or
nothing, put it into ``RULES`` at its turn, give it a severity in ``settings`` and its words in
``wording``, and write three tests: it fires, it just misses, what the partner reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from deals.policy.facts import Facts, NamedPolicy
from deals.policy.settings import RuleSettings, Severity
from deals.policy.wording import PARTNER_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime


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


NOT_FOR_A_PERSON = frozenset({"eligibility", "own_duplicate", "protected", "rival_pending"})
"""Rules that nobody may set aside by approving: the first two need another change, the last two time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired.

    ``text`` is a message id for the partner, filled with ``values``; ``evidence`` is internal: which
    record, since when.
    """

    code: str
    severity: Severity
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def partner_text(self) -> str:
        """Return the partner's sentence in the source language."""
        return self.text % self.values


@dataclass(frozen=True, slots=True)
class Decision:
    """All findings, in the order of the rules, under one version of the settings."""

    findings: tuple[Finding, ...]
    version: int

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
        return next((f for f in self.findings if f.code in NOT_FOR_A_PERSON), None)


def evaluate(facts: Facts, settings: RuleSettings) -> Decision:
    """Ask every rule, in order, and keep what fired and is not switched off."""
    found = (rule(facts, settings) for rule in RULES)
    kept = tuple(f for f in found if f is not None and f.severity is not Severity.OFF)
    return Decision(findings=kept, version=settings.version)


def territory(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the customer's country or segment is not among the partner's; an unknown one cannot tell."""
    allowed = facts.partner.territories
    if not allowed or not facts.country:
        return None
    if any(country in {"", facts.country} and segment in {"", facts.segment} for country, segment in allowed):
        return None
    return _finding(
        settings,
        "territory",
        evidence={
            "country": facts.country,
            "segment": facts.segment,
            "territories": [" ".join(filter(None, pair)) for pair in allowed],
        },
    )


def eligibility(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the partner is not active."""
    if facts.partner.status == "active":
        return None
    return _finding(settings, "eligibility", evidence={"status": facts.partner.status})


def live_cap(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the partner holds as many live registrations as its tier allows."""
    cap, count = facts.partner.live_cap, facts.partner.live_count
    if cap is None or count < cap:
        return None
    values = {"count": count, "cap": cap}
    return _finding(settings, "live_cap", values=values, evidence=values)


def minimum_value(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the expected MRR is below the program's minimum; one that was not given counts as below."""
    if facts.minimum_mrr is None:
        return None
    if facts.expected_mrr is not None and facts.expected_mrr >= facts.minimum_mrr:
        return None
    return _finding(
        settings,
        "minimum_value",
        evidence={"expected": _plain(facts.expected_mrr), "minimum": _plain(facts.minimum_mrr)},
    )


def own_duplicate(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when this partner holds, has submitted or waits for this account and family."""
    own = facts.own_live
    if own is None:
        return None
    return _finding(
        settings,
        "own_duplicate",
        values={"family": facts.family, "reference": own.reference},
        evidence={"registration": own.reference, "status": own.status, "since": _iso(own.since)},
    )


def protected(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when another partner holds an approved, unexpired, exclusive registration."""
    holder = facts.protected
    if holder is None:
        return None
    return _finding(
        settings,
        "protected",
        values={"family": facts.family},
        evidence={
            "registration": holder.reference,
            "partner": holder.partner,
            "since": _iso(holder.since),
            "until": _iso(holder.until),
        },
    )


def rival_pending(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when another partner's earlier submission is undecided."""
    if not facts.rivals_pending:
        return None
    first = facts.rivals_pending[0]
    return _finding(
        settings,
        "rival_pending",
        values={"family": facts.family},
        evidence={
            "registration": first.reference,
            "partner": first.partner,
            "since": _iso(first.since),
            "ahead": len(facts.rivals_pending),
        },
    )


def incumbent(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account pays through another partner and not this one; a letter softens it."""
    if any(entry.includes_asker for entry in facts.incumbents):
        return None
    held = next((entry for entry in facts.incumbents if entry.partners), None)
    if held is None:
        return None
    severity = settings.severity("incumbent")
    if severity is Severity.BLOCK and facts.has_letter:
        severity = Severity.REVIEW
    return _finding(
        settings,
        "incumbent",
        severity=severity,
        values={"family": facts.family},
        evidence={
            "record": held.reference,
            "partners": list(held.partners),
            "since": _iso(held.since),
        },
    )


def direct_customer(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account pays for this family with no partner."""
    if not facts.incumbents or any(e.partners or e.includes_asker for e in facts.incumbents):
        return None
    first = facts.incumbents[0]
    return _finding(
        settings,
        "direct_customer",
        values={"family": facts.family},
        evidence={"record": first.reference, "since": _iso(first.since)},
    )


def named_account(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account is on a named-account list; the list's own policy says what follows."""
    policy = facts.named_policy
    if policy is NamedPolicy.NONE or settings.severity("named_account") is Severity.OFF:
        return None
    texts = {
        NamedPolicy.BLOCK: "named_account_block",
        NamedPolicy.CO_SELL: "named_account_co_sell",
    }
    return _finding(
        settings,
        "named_account",
        severity=Severity.BLOCK if policy is NamedPolicy.BLOCK else Severity.REVIEW,
        text=texts.get(policy, "named_account"),
        evidence={"policy": policy.value, "owner": facts.named_owner},
    )


def unverifiable(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when no domain identifies the customer, or our records disagree on which it is."""
    if facts.is_identified and facts.is_certain:
        return None
    doubt = facts.doubt or ("" if facts.is_identified else "no_domain")
    return _finding(settings, "unverifiable", evidence={"doubt": doubt})


def cool_off(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when this partner's registration on it was rejected or expired in the last days."""
    closed = facts.own_closed
    if closed is None:
        return None
    return _finding(
        settings,
        "cool_off",
        values={"reference": closed.reference, "days": settings.cool_off_days},
        evidence={
            "registration": closed.reference,
            "status": closed.status,
            "since": _iso(closed.since),
        },
    )


RULES: tuple[Callable[[Facts, RuleSettings], Finding | None], ...] = (
    territory,
    eligibility,
    live_cap,
    minimum_value,
    own_duplicate,
    protected,
    rival_pending,
    incumbent,
    direct_customer,
    named_account,
    # Here come direct_opportunity, related_account and lookalike.
    unverifiable,
    cool_off,
)


def _finding(
    settings: RuleSettings,
    code: str,
    *,
    severity: Severity | None = None,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    return Finding(
        code=code,
        severity=severity or settings.severity(code),
        text=PARTNER_TEXTS[text or code],
        values=values or {},
        evidence=evidence or {},
    )


def _iso(moment: date | datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _plain(amount: object) -> str:
    return "" if amount is None else f"{amount:f}"
