"""The rules of engagement as pure functions: facts in, findings with reason and evidence out.

To add a rule: write a function that takes ``Facts`` and ``RuleSettings`` and returns a finding or
nothing, put it into ``RULES`` at its turn, give it a severity in ``settings`` and its words in
``wording``, and write three tests: it fires, it just misses, what the partner reads.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from deals.policy import claims
from deals.policy.claims import found, moment
from deals.policy.decision import Decision, Finding, Sentence
from deals.policy.facts import Requirement, RequirementKind
from deals.policy.settings import Severity
from deals.policy.tenders import for_a_bidder
from deals.policy.wording import PARTNER_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from deals.policy.facts import Facts, Neighbour, PartnerFacts
    from deals.policy.settings import RuleSettings

    Rule = Callable[[Facts, RuleSettings], Finding | None]


def evaluate(facts: Facts, settings: RuleSettings) -> Decision:
    """Ask every rule, in order, and keep what fired and is not switched off; in a tender, what stays for a bidder."""
    findings: Iterable[Finding] = _fired(RULES, facts, settings)
    if facts.is_tendered:
        findings = for_a_bidder(findings)
    return Decision(findings=tuple(findings), version=settings.version, facts=facts)


def territory(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account's country or segment is not among the partner's.

    A segment that nobody has recorded cannot tell. Without a country a person looks, since nobody can tell either.
    """
    allowed = facts.partner.territories
    known = facts.segment
    if not allowed or any(c in {"", facts.country} and (not known or s in {"", known}) for c, s in allowed):
        return None
    evidence = {
        "country": facts.country,
        "segment": facts.segment,
        "territories": [" ".join(filter(None, pair)) for pair in allowed],
    }
    if facts.country or settings.severity("territory") is Severity.OFF:
        return found(settings, "territory", evidence=evidence)
    return found(settings, "territory", severity=Severity.REVIEW, text="territory_unknown", evidence=evidence)


def eligibility(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the partner is not active, or misses a tier, agreement or certification that the family needs.

    The first needs another change of the partner; the rest a person may set aside with a reason.
    """
    partner = facts.partner
    inactive = partner.status != "active"
    missing = [need for need in facts.requirements if not _has(partner, need)]
    if not inactive and not missing:
        return None
    sentences = [Sentence(PARTNER_TEXTS["eligibility"])] if inactive else []
    sentences += [_missing(need, facts.family) for need in missing]
    evidence = {
        "status": partner.status,
        "tier": partner.tier,
        "missing": [f"{need.kind.value}: {need.name}" for need in missing],
    }
    return Finding("eligibility", settings.severity("eligibility"), tuple(sentences), evidence, is_final=inactive)


def _has(partner: PartnerFacts, need: Requirement) -> bool:
    if need.kind is RequirementKind.TIER:
        return partner.tier_rank >= need.rank
    if need.kind is RequirementKind.AGREEMENT:
        return need.name in partner.agreements
    return dict(partner.certified).get(need.name, 0) >= need.people


def _missing(need: Requirement, family: str) -> Sentence:
    text = f"eligibility_{need.kind.value}"
    if need.kind is RequirementKind.CERTIFICATION and need.people > 1:
        text = "eligibility_certifications"
    return Sentence(PARTNER_TEXTS[text], {"family": family, "name": need.name, "people": need.people})


def live_cap(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the partner holds as many live registrations as its tier allows."""
    cap, count = facts.partner.live_cap, facts.partner.live_count
    if cap is None or count < cap:
        return None
    values = {"count": count, "cap": cap}
    return found(settings, "live_cap", values=values, evidence=values)


def minimum_value(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the expected MRR is below the program's minimum; one that was not given counts as below."""
    minimum = settings.minimum_expected_mrr
    if minimum is None or (facts.expected_mrr is not None and facts.expected_mrr >= minimum):
        return None
    expected = "" if facts.expected_mrr is None else f"{facts.expected_mrr:f}"
    return found(settings, "minimum_value", evidence={"expected": expected, "minimum": f"{minimum:f}"})


def related_account(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when one of the rules above about claims fires on the account's parent, child or sibling."""
    return _near(facts, settings, "related_account", facts.related)


def lookalike(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when no domain tells, and a customer of the same country with a similar name has such a claim on it."""
    if facts.domain_known:
        return None
    alike = [near for near in facts.lookalikes if near.similarity >= settings.lookalike_similarity]
    return _near(facts, settings, "lookalike", alike)


def _near(facts: Facts, settings: RuleSettings, code: str, neighbours: Iterable[Neighbour]) -> Finding | None:
    """Return the finding of ``code`` for the first neighbour on which a rule about claims fires."""
    for near in neighbours:
        theirs = replace(facts, claims=near.claims)
        first = next(_fired(CLAIMS, theirs, settings), None)
        if first is not None:
            evidence = {"account": near.account, "relation": near.relation, "rule": first.code, **first.evidence}
            if near.similarity:
                evidence["similarity"] = f"{near.similarity:.2f}"
            return found(settings, code, evidence=evidence)
    return None


def unverifiable(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when no domain identifies the customer, or our records disagree on which it is.

    Without domain and country a person always looks, whatever the setting says.
    """
    if facts.is_identified and facts.is_certain:
        return None
    severity = settings.severity("unverifiable")
    if severity is Severity.OFF and not facts.is_identified and not facts.country:
        severity = Severity.REVIEW
    doubt = facts.doubt or ("" if facts.is_identified else "no_domain")
    return found(settings, "unverifiable", severity=severity, evidence={"doubt": doubt})


def cool_off(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when this partner's registration on it was rejected or expired in the last days."""
    closed = facts.claims.own_closed
    if closed is None or closed.since is None:
        return None
    if closed.since <= facts.now - timedelta(days=settings.cool_off_days):
        return None
    return found(
        settings,
        "cool_off",
        values={"reference": closed.reference, "days": settings.cool_off_days},
        evidence={"registration": closed.reference, "status": closed.status, "since": moment(closed.since)},
    )


CLAIMS: tuple[Rule, ...] = (
    claims.own_duplicate,
    claims.protected,
    claims.rival_pending,
    claims.incumbent,
    claims.direct_customer,
    claims.named_account,
    claims.direct_opportunity,
)

RULES: tuple[Rule, ...] = (
    territory,
    eligibility,
    live_cap,
    minimum_value,
    *CLAIMS,
    related_account,
    lookalike,
    unverifiable,
    cool_off,
)


def _fired(rules: Iterable[Rule], facts: Facts, settings: RuleSettings) -> Iterator[Finding]:
    """Yield what fires and is not switched off."""
    for rule in rules:
        finding = rule(facts, settings)
        if finding is not None and finding.severity is not Severity.OFF:
            yield finding
