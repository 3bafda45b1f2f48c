"""A past decision read again: what each rule found, on which facts, under the rules of its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deals.models import RegistrationEvaluation
from deals.policy import evaluate
from deals.policy.keeping import facts_from_json
from deals.queries.rules import rules_in_force, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from deals.models import Registration, RegistrationFinding
    from deals.policy import Decision, Facts
    from prm.models import Program


@dataclass(frozen=True, slots=True)
class Reread:
    """One evaluation: what was stored, and what today's rules say about the same facts.

    ``agrees``: the rules of that day, asked again, find exactly what was stored.
    """

    evaluation: RegistrationEvaluation
    version: int
    facts: Facts
    findings: Sequence[RegistrationFinding]
    agrees: bool
    today: Decision


def reread(registration: Registration, *, now: datetime, program: Program) -> list[Reread]:
    """Return every evaluation of ``registration``, the first one first; the caller has seen that it may be read."""
    rules = rules_in_force(now=now)
    evaluations = (
        RegistrationEvaluation.objects.filter(registration=registration)
        .select_related("rules")
        .prefetch_related("findings")
        .order_by("evaluated_at", "pk")
    )
    found = []
    for evaluation in evaluations:
        version, stored = (evaluation.rules.version, evaluation.rules.settings) if evaluation.rules else (0, {})
        facts = facts_from_json(evaluation.facts)
        kept = sorted(evaluation.findings.all(), key=lambda finding: finding.pk)
        again = evaluate(facts, settings_of(version, stored, program=program))
        agrees = [(f.code, f.severity) for f in kept] == [(f.code, f.severity) for f in again.findings]
        found.append(Reread(evaluation, version, facts, kept, agrees, evaluate(facts, rules)))
    return found
