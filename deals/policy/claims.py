"""The rules about who has a claim to a customer: they are asked of the customer and of its neighbours alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deals.policy.decision import Finding, Sentence
from deals.policy.facts import NamedPolicy
from deals.policy.lifecycle import credit_role
from deals.policy.settings import Severity
from deals.policy.wording import PARTNER_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from deals.policy.facts import Facts, Incumbent
    from deals.policy.settings import RuleSettings

STRICTEST_FIRST = (NamedPolicy.BLOCK, NamedPolicy.REVIEW, NamedPolicy.CO_SELL)


def own_duplicate(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when this partner holds, has submitted or waits for this account and family."""
    own = facts.claims.own_live
    if own is None:
        return None
    return found(
        settings,
        "own_duplicate",
        values={"family": facts.family, "reference": own.reference},
        evidence={"registration": own.reference, "status": own.status, "since": moment(own.since)},
    )


def protected(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when another partner holds an approved, unexpired, exclusive registration."""
    holder = facts.claims.protected
    if holder is None:
        return None
    return found(
        settings,
        "protected",
        values={"family": facts.family},
        evidence={
            "registration": holder.reference,
            "partner": holder.partner,
            "since": moment(holder.since),
            "until": moment(holder.until),
        },
    )


def rival_pending(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when another partner's earlier submission is undecided."""
    pending = facts.claims.rivals_pending
    if not pending:
        return None
    first = pending[0]
    return found(
        settings,
        "rival_pending",
        values={"family": facts.family},
        evidence={
            "registration": first.reference,
            "partner": first.partner,
            "since": moment(first.since),
            "ahead": len(pending),
        },
    )


def incumbent(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account pays through another partner and not this one; a letter softens it."""
    serving = [entry for entry in _incumbents(facts, settings) if _is_sourced(entry, settings)]
    if not serving or any(entry.includes_asker for entry in serving):
        return None
    held = serving[0]
    severity = settings.severity("incumbent")
    if severity is Severity.BLOCK and facts.has_letter:
        severity = Severity.REVIEW
    return found(
        settings,
        "incumbent",
        severity=severity,
        values={"family": facts.family},
        evidence={"record": held.reference, "partners": list(held.partners), "since": moment(held.since)},
    )


def direct_customer(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account pays for this family with no partner that has a sourced share."""
    paying = _incumbents(facts, settings)
    if not paying or any(_is_sourced(entry, settings) for entry in paying):
        return None
    return found(
        settings,
        "direct_customer",
        values={"family": facts.family},
        evidence={"record": paying[0].reference, "since": moment(paying[0].since)},
    )


def named_account(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when the account, its parent or child is on a named-account list; the strictest list decides."""
    if not facts.claims.named or settings.severity("named_account") is Severity.OFF:
        return None
    entry = min(facts.claims.named, key=lambda named: STRICTEST_FIRST.index(named.policy))
    texts = {NamedPolicy.BLOCK: "named_account_block", NamedPolicy.CO_SELL: "named_account_co_sell"}
    return found(
        settings,
        "named_account",
        severity=Severity.BLOCK if entry.policy is NamedPolicy.BLOCK else Severity.REVIEW,
        text=texts.get(entry.policy, "named_account"),
        evidence={
            "policy": entry.policy.value,
            "list": entry.named_list,
            "owner": entry.owner,
            "account": entry.account,
            "relation": entry.relation,
            "since": moment(entry.since),
        },
    )


def direct_opportunity(facts: Facts, settings: RuleSettings) -> Finding | None:
    """Fire when direct sales has an open opportunity that the CRM made before the submission."""
    earlier = [entry for entry in facts.claims.opportunities if entry.since < facts.asked_at]
    if not earlier:
        return None
    first = min(earlier, key=lambda entry: entry.since)
    return found(
        settings,
        "direct_opportunity",
        evidence={
            "record": first.reference,
            "stage": first.stage,
            "owner": first.owner,
            "seller": first.seller,
            "since": moment(first.since),
        },
    )


def found(
    settings: RuleSettings,
    code: str,
    *,
    severity: Severity | None = None,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    """Return the finding of rule ``code`` with the one sentence ``text`` (by default the rule's own)."""
    sentence = Sentence(PARTNER_TEXTS[text or code], values or {})
    return Finding(code, severity or settings.severity(code), (sentence,), evidence or {})


def moment(at: date | datetime | None) -> str:
    """Return a moment as evidence carries it."""
    return at.isoformat() if at is not None else ""


def _incumbents(facts: Facts, settings: RuleSettings) -> list[Incumbent]:
    """Return what the account pays for, and the wins that may still be unbilled."""
    today = facts.now.date()
    return [
        entry
        for entry in facts.claims.incumbents
        if not entry.origin or (entry.since is not None and (today - entry.since).days < settings.unbilled_win_days)
    ]


def _is_sourced(entry: Incumbent, settings: RuleSettings) -> bool:
    """Whether a partner sources it; the holder of an unbilled win does where its origin earns that."""
    sources = not entry.origin or credit_role(origin=entry.origin, settings=settings) == "sourced"
    return sources and bool(entry.partners or entry.includes_asker)
