"""The rules of engagement: each fires, each just misses, and what the partner reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from deals.policy import (
    RULE_CODES,
    Decision,
    Facts,
    Incumbent,
    NamedPolicy,
    Outcome,
    OwnRecord,
    PartnerFacts,
    Rival,
    RuleSettings,
    Severity,
    Verdict,
    credit_role,
    evaluate,
    may_move,
    protection,
    verdict_of,
)
from deals.policy.verdict import is_fishing
from deals.policy.wording import HEADINGS, PARTNER_TEXTS

SINCE = datetime(2026, 11, 1, 9, tzinfo=UTC)
ACTIVE = PartnerFacts(status="active")
CLEAN = Facts(partner=ACTIVE, country="FI", segment="retail", family="Security")
RIVAL = Rival("R-7", "Rival Ltd", SINCE, place=1, until=SINCE)
OURS = OwnRecord("R-8", "submitted", SINCE)
HELD = Incumbent("sub-1", date(2026, 1, 1), ("Rival Ltd",))
DIRECT = Incumbent("sub-1", date(2026, 1, 1))

FIRES: list[tuple[str, Facts, Severity, str]] = [
    (
        "territory",
        replace(CLEAN, partner=replace(ACTIVE, territories=(("PL", ""), ("FI", "health")))),
        Severity.BLOCK,
        (
            "This customer is outside the territory in your agreement. "
            "Ask your channel manager if you think the territory should change."
        ),
    ),
    (
        "eligibility",
        replace(CLEAN, partner=PartnerFacts(status="suspended")),
        Severity.BLOCK,
        "Your partnership is not active at the moment, so it cannot register deals.",
    ),
    (
        "live_cap",
        replace(CLEAN, partner=replace(ACTIVE, live_count=15, live_cap=15)),
        Severity.BLOCK,
        "You hold 15 open registrations and your tier allows 15. Close or withdraw one to make room.",
    ),
    (
        "minimum_value",
        replace(CLEAN, expected_mrr=Decimal("99.99"), minimum_mrr=Decimal(100)),
        Severity.REVIEW,
        "The expected monthly revenue is below the program's minimum, so a person looks at it.",
    ),
    (
        "own_duplicate",
        replace(CLEAN, own_live=OURS),
        Severity.BLOCK,
        "You already have this customer for Security: R-8. Continue there.",
    ),
    (
        "protected",
        replace(CLEAN, protected=RIVAL),
        Severity.BLOCK,
        (
            "This customer is not available for Security at the moment. "
            "You can wait in line: you keep your place and hear from us when it is free."
        ),
    ),
    (
        "rival_pending",
        replace(CLEAN, rivals_pending=(RIVAL,)),
        Severity.REVIEW,
        (
            "We received an earlier request for this customer and Security. It is decided first; "
            "your place in line is kept."
        ),
    ),
    (
        "incumbent",
        replace(CLEAN, incumbents=(HELD,)),
        Severity.BLOCK,
        (
            "This customer already buys Security through a partner. "
            "A letter in which the customer names you as its partner lets us look at it again."
        ),
    ),
    (
        "direct_customer",
        replace(CLEAN, incumbents=(DIRECT,)),
        Severity.REVIEW,
        "This customer already uses Security, so a person looks at what would be new.",
    ),
    (
        "named_account",
        replace(CLEAN, named_policy=NamedPolicy.REVIEW),
        Severity.REVIEW,
        "This customer is a named account. Its owner decides how partners take part.",
    ),
    (
        "unverifiable",
        replace(CLEAN, is_identified=False),
        Severity.REVIEW,
        "The website does not tell for certain which customer this is, so a person checks it.",
    ),
    (
        "cool_off",
        replace(CLEAN, own_closed=OwnRecord("R-6", "expired", SINCE)),
        Severity.REVIEW,
        "Your registration R-6 on this customer ended less than 30 days ago, so a person looks at what has changed.",
    ),
]

JUST_MISSES: list[tuple[str, Facts]] = [
    ("territory", replace(CLEAN, partner=replace(ACTIVE, territories=(("FI", "retail"),)))),
    ("territory", replace(CLEAN, partner=replace(ACTIVE, territories=(("", "retail"),)))),
    ("territory", replace(CLEAN, partner=replace(ACTIVE, territories=(("FI", ""),)))),
    ("territory", replace(CLEAN, country="", partner=replace(ACTIVE, territories=(("FI", ""),)))),
    ("live_cap", replace(CLEAN, partner=replace(ACTIVE, live_count=14, live_cap=15))),
    ("live_cap", replace(CLEAN, partner=replace(ACTIVE, live_count=99, live_cap=None))),
    ("minimum_value", replace(CLEAN, expected_mrr=Decimal(100), minimum_mrr=Decimal(100))),
    ("minimum_value", replace(CLEAN, expected_mrr=None, minimum_mrr=None)),
    ("incumbent", replace(CLEAN, incumbents=(HELD, replace(HELD, includes_asker=True)))),
    ("incumbent", replace(CLEAN, incumbents=(DIRECT,))),
    ("direct_customer", replace(CLEAN, incumbents=(DIRECT, HELD))),
    ("direct_customer", replace(CLEAN, incumbents=(replace(DIRECT, includes_asker=True),))),
]


def decide(facts: Facts, **settings: Any) -> Decision:
    return evaluate(facts, RuleSettings(**settings))


def test_every_rule_is_tried() -> None:
    assert [code for code, *_ in FIRES] == list(RULE_CODES)
    assert set(HEADINGS) == set(RULE_CODES)
    assert {code.split("_block")[0].split("_co_sell")[0] for code in PARTNER_TEXTS} == set(RULE_CODES)


@pytest.mark.parametrize(("code", "facts", "severity", "sentence"), FIRES, ids=[c[0] for c in FIRES])
def test_a_rule_fires_alone_and_says_why(code: str, facts: Facts, severity: Severity, sentence: str) -> None:
    (finding,) = decide(facts).findings
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.partner_text == sentence


@pytest.mark.parametrize(("code", "facts", "severity", "sentence"), FIRES, ids=[c[0] for c in FIRES])
def test_no_partner_reads_about_another(code: str, facts: Facts, severity: Severity, sentence: str) -> None:
    finding = decide(facts).findings[0]
    for secret in ("Rival", "R-7", "sub-1", "2026"):
        assert secret not in finding.partner_text


@pytest.mark.parametrize(("code", "facts"), JUST_MISSES)
def test_a_rule_just_misses(code: str, facts: Facts) -> None:
    assert decide(facts).finding(code) is None


def test_a_clean_deal_has_no_findings() -> None:
    assert decide(CLEAN).findings == ()


def test_the_evidence_names_the_record_and_since_when() -> None:
    assert decide(replace(CLEAN, protected=RIVAL)).findings[0].evidence == {
        "registration": "R-7",
        "partner": "Rival Ltd",
        "since": "2026-11-01T09:00:00+00:00",
        "until": "2026-11-01T09:00:00+00:00",
    }
    assert decide(replace(CLEAN, incumbents=(HELD,))).findings[0].evidence == {
        "record": "sub-1",
        "partners": ["Rival Ltd"],
        "since": "2026-01-01",
    }


def test_a_letter_of_the_customer_softens_incumbent() -> None:
    decision = decide(replace(CLEAN, incumbents=(HELD,), has_letter=True))
    assert [f.severity for f in decision.findings] == [Severity.REVIEW]


@pytest.mark.parametrize(
    ("policy", "severity", "text"),
    [
        (NamedPolicy.BLOCK, Severity.BLOCK, "named_account_block"),
        (NamedPolicy.REVIEW, Severity.REVIEW, "named_account"),
        (NamedPolicy.CO_SELL, Severity.REVIEW, "named_account_co_sell"),
    ],
)
def test_a_named_account_follows_its_own_policy(policy: NamedPolicy, severity: Severity, text: str) -> None:
    (finding,) = decide(replace(CLEAN, named_policy=policy, named_owner="ann@v.example")).findings
    assert (finding.severity, finding.partner_text) == (severity, PARTNER_TEXTS[text])


def test_severities_are_settings() -> None:
    settings = RuleSettings.from_json(
        3, {"severities": {"cool_off": "block", "rival_pending": "off"}, "cool_off_days": 10}
    )
    facts = replace(CLEAN, rivals_pending=(RIVAL,), own_closed=OwnRecord("R-6", "expired", SINCE))
    decision = evaluate(facts, settings)
    assert [(f.code, f.severity) for f in decision.findings] == [("cool_off", Severity.BLOCK)]
    assert decision.version == 3
    assert "10 days" in decision.findings[0].partner_text


@pytest.mark.parametrize(
    "stored", [{"nonsense": 1}, {"severities": {"nobody": "block"}}, {"severities": {"territory": "ban"}}]
)
def test_settings_that_do_not_exist_are_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|not a valid"):
        RuleSettings.from_json(2, stored)


@pytest.mark.parametrize(
    ("facts", "auto_approve", "wait", "outcome"),
    [
        (CLEAN, True, False, Outcome.APPROVE),
        (CLEAN, False, False, Outcome.QUEUE),
        (replace(CLEAN, is_identified=False), True, False, Outcome.QUEUE),
        (replace(CLEAN, protected=RIVAL), True, False, Outcome.REJECT),
        (replace(CLEAN, protected=RIVAL), True, True, Outcome.WAIT),
        (replace(CLEAN, protected=RIVAL, own_live=OURS), True, True, Outcome.REJECT),
        (replace(CLEAN, own_live=OURS), True, True, Outcome.REJECT),
    ],
)
def test_what_happens_to_a_submission(facts: Facts, auto_approve: bool, wait: bool, outcome: Outcome) -> None:
    assert decide(facts).outcome(auto_approve=auto_approve, wait=wait) is outcome


def test_time_alone_settles_a_rival() -> None:
    objection = decide(replace(CLEAN, rivals_pending=(RIVAL,))).objection_to_approval()
    assert objection is not None
    assert objection.code == "rival_pending"
    assert decide(replace(CLEAN, incumbents=(HELD,))).objection_to_approval() is None


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (CLEAN, Verdict.AVAILABLE),
        (replace(CLEAN, partner=replace(ACTIVE, live_count=1, live_cap=1)), Verdict.AVAILABLE),
        (replace(CLEAN, minimum_mrr=Decimal(1)), Verdict.AVAILABLE),
        (replace(CLEAN, rivals_pending=(RIVAL,)), Verdict.NEEDS_REVIEW),
        (replace(CLEAN, protected=RIVAL), Verdict.NOT_AVAILABLE),
        (replace(CLEAN, incumbents=(HELD,)), Verdict.NOT_AVAILABLE),
        (replace(CLEAN, own_live=OURS), Verdict.NOT_AVAILABLE),
    ],
)
def test_the_verdict_is_one_word(facts: Facts, verdict: Verdict) -> None:
    assert verdict_of(decide(facts), is_identified=True) is verdict
    assert verdict_of(decide(facts), is_identified=False) is Verdict.CANNOT_TELL


def test_looking_without_submitting_is_noticed() -> None:
    assert not is_fishing(checks=10, submissions=0, allowed_per_submission=10)
    assert is_fishing(checks=11, submissions=1, allowed_per_submission=10)
    assert not is_fishing(checks=20, submissions=2, allowed_per_submission=10)


def test_states_have_their_ways() -> None:
    assert may_move(status="submitted", to="approved")
    assert may_move(status="expired", to="won")
    assert not may_move(status="waiting", to="approved")
    assert not may_move(status="rejected", to="submitted")
    assert not may_move(status="won", to="lost")


def test_protection_runs_from_the_approval() -> None:
    assert protection(now=SINCE, days=90) == (SINCE, SINCE + timedelta(days=90))


@pytest.mark.parametrize(
    ("origin", "role"),
    [("partner", "sourced"), ("vendor_lead", "influenced"), ("co_sell", "sourced")],
)
def test_the_origin_earns_its_role(origin: str, role: str) -> None:
    assert credit_role(origin=origin, settings=RuleSettings()) == role
