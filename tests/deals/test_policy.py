"""The rules of engagement: each fires, each just misses, and what the partner reads."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from deals.policy import (
    RULE_CODES,
    Claims,
    Decision,
    DirectOpportunity,
    Facts,
    Incumbent,
    Named,
    NamedPolicy,
    Neighbour,
    Outcome,
    OwnRecord,
    PartnerFacts,
    Requirement,
    RequirementKind,
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
from deals.policy.keeping import facts_from_json, facts_to_json
from deals.policy.rules import RULES
from deals.policy.verdict import is_fishing
from deals.policy.wording import HEADINGS, PARTNER_TEXTS

SINCE = datetime(2026, 11, 1, 9, tzinfo=UTC)
ASKED = datetime(2026, 11, 20, 9, tzinfo=UTC)
ACTIVE = PartnerFacts(status="active", tier="Silver", tier_rank=2)
CLEAN = Facts(
    partner=ACTIVE, asked_at=ASKED, now=ASKED, country="FI", segment="retail", family="Security", domain_known=False
)
RIVAL = Rival("R-7", "Rival Ltd", SINCE, place=1, until=SINCE)
OURS = OwnRecord("R-8", "submitted", SINCE)
HELD = Incumbent("sub-1", date(2026, 1, 1), ("Rival Ltd",))
DIRECT = Incumbent("sub-1", date(2026, 1, 1))
WIN = Incumbent("R-5", date(2026, 11, 1), ("Rival Ltd",), origin="partner")
OPPORTUNITY = DirectOpportunity("006-77", SINCE, "Commit", "seller@halden.example", "Sam Seller")
KEY = Named(NamedPolicy.REVIEW, "Acme Group", "owner@halden.example", "Global 50")
GOLD = Requirement(RequirementKind.TIER, "Gold", rank=3)
SIGNED = Requirement(RequirementKind.AGREEMENT, "Security addendum")
TRAINED = Requirement(RequirementKind.CERTIFICATION, "Security Pro")
TWO_TRAINED = Requirement(RequirementKind.CERTIFICATION, "Security Pro", people=2)


def claimed(**claims: Any) -> Facts:
    return replace(CLEAN, claims=Claims(**claims))


def needing(*requirements: Requirement, **partner: Any) -> Facts:
    return replace(CLEAN, requirements=requirements, partner=replace(ACTIVE, **partner))


def in_group(relation: str, **claims: Any) -> Facts:
    return replace(CLEAN, related=(Neighbour("Acme Group", relation, claims=Claims(**claims)),))


def alike(similarity: str, **claims: Any) -> Facts:
    near = Neighbour("Acme Nordic", "lookalike", Decimal(similarity), Claims(**claims))
    return replace(CLEAN, lookalikes=(near,))


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
        replace(CLEAN, expected_mrr=Decimal("99.99")),
        Severity.REVIEW,
        "The expected monthly revenue is below the program's minimum, so a person looks at it.",
    ),
    (
        "own_duplicate",
        claimed(own_live=OURS),
        Severity.BLOCK,
        "You already have this customer for Security: R-8. Continue there.",
    ),
    (
        "protected",
        claimed(protected=RIVAL),
        Severity.BLOCK,
        (
            "This customer is not available for Security at the moment. "
            "You can wait in line: you keep your place and hear from us when it is free."
        ),
    ),
    (
        "rival_pending",
        claimed(rivals_pending=(RIVAL,)),
        Severity.REVIEW,
        (
            "We received an earlier request for this customer and Security. It is decided first; "
            "your place in line is kept."
        ),
    ),
    (
        "incumbent",
        claimed(incumbents=(HELD,)),
        Severity.BLOCK,
        (
            "This customer already buys Security through a partner. "
            "A letter in which the customer names you as its partner lets us look at it again."
        ),
    ),
    (
        "direct_customer",
        claimed(incumbents=(DIRECT,)),
        Severity.REVIEW,
        "This customer already uses Security, so a person looks at what would be new.",
    ),
    (
        "named_account",
        claimed(named=(KEY,)),
        Severity.REVIEW,
        "This customer is a named account. Its owner decides how partners take part.",
    ),
    (
        "direct_opportunity",
        claimed(opportunities=(OPPORTUNITY,)),
        Severity.REVIEW,
        "A person looks at this request before it is decided, and may offer to sell together with you.",
    ),
    (
        "related_account",
        in_group("sibling", protected=RIVAL),
        Severity.REVIEW,
        "This customer may belong to a group of companies, so a person looks at the group as a whole.",
    ),
    (
        "lookalike",
        alike("0.6", protected=RIVAL),
        Severity.REVIEW,
        "This customer's name is close to that of another one, so a person checks whether they are the same.",
    ),
    (
        "unverifiable",
        replace(CLEAN, is_identified=False),
        Severity.REVIEW,
        "The website does not tell for certain which customer this is, so a person checks it.",
    ),
    (
        "cool_off",
        claimed(own_closed=OwnRecord("R-6", "expired", SINCE)),
        Severity.REVIEW,
        "Your registration R-6 on this customer ended less than 30 days ago, so a person looks at what has changed.",
    ),
]

JUST_MISSES: list[tuple[str, Facts]] = [
    ("territory", replace(CLEAN, partner=replace(ACTIVE, territories=(("FI", "retail"),)))),
    ("territory", replace(CLEAN, partner=replace(ACTIVE, territories=(("", "retail"),)))),
    ("territory", replace(CLEAN, partner=replace(ACTIVE, territories=(("FI", ""),)))),
    ("territory", replace(CLEAN, country="", partner=replace(ACTIVE, territories=(("", "retail"),)))),
    # Nobody has recorded the segment of a customer that is new.
    ("territory", replace(CLEAN, segment="", partner=replace(ACTIVE, territories=(("FI", "health"),)))),
    ("eligibility", needing(GOLD, tier_rank=3)),
    ("eligibility", needing(GOLD, tier_rank=4)),
    ("eligibility", needing(SIGNED, agreements=("Security addendum",))),
    ("eligibility", needing(TRAINED, certified=(("Security Pro", 1),))),
    ("eligibility", needing(TWO_TRAINED, certified=(("Security Pro", 2),))),
    ("live_cap", replace(CLEAN, partner=replace(ACTIVE, live_count=14, live_cap=15))),
    ("live_cap", replace(CLEAN, partner=replace(ACTIVE, live_count=99, live_cap=None))),
    ("minimum_value", replace(CLEAN, expected_mrr=Decimal(100))),
    ("own_duplicate", claimed(own_closed=OwnRecord("R-6", "expired", SINCE))),
    ("protected", claimed(rivals_pending=(RIVAL,))),
    ("rival_pending", claimed(protected=RIVAL)),
    ("incumbent", claimed(incumbents=(HELD, replace(HELD, includes_asker=True)))),
    ("incumbent", claimed(incumbents=(DIRECT,))),
    # 60 days after the win nothing was billed: 19 days are within, 60 are not.
    ("incumbent", claimed(incumbents=(replace(WIN, since=date(2026, 9, 21)),))),
    ("incumbent", claimed(incumbents=(replace(WIN, origin="vendor_lead"),))),
    ("direct_customer", claimed(incumbents=(DIRECT, HELD))),
    ("direct_customer", claimed(incumbents=(replace(DIRECT, includes_asker=True),))),
    ("direct_customer", claimed(incumbents=(replace(WIN, origin="vendor_lead", since=date(2026, 9, 21)),))),
    ("named_account", claimed()),
    # Made by the CRM in the moment of the submission, not before it.
    ("direct_opportunity", claimed(opportunities=(replace(OPPORTUNITY, since=ASKED),))),
    ("related_account", in_group("sibling")),
    ("related_account", in_group("sibling", own_closed=OwnRecord("R-6", "expired", SINCE))),
    ("lookalike", alike("0.599", protected=RIVAL)),
    ("lookalike", alike("0.9")),
    ("lookalike", replace(alike("0.9", protected=RIVAL), domain_known=True)),
    ("unverifiable", CLEAN),
    ("cool_off", claimed(own_closed=OwnRecord("R-6", "expired", ASKED - timedelta(days=30)))),
    ("cool_off", claimed(own_closed=OwnRecord("R-6", "withdrawn", None))),
]


def decide(facts: Facts, **settings: Any) -> Decision:
    settings = {"minimum_expected_mrr": Decimal(100) if facts.expected_mrr else None, **settings}
    return evaluate(facts, RuleSettings(**settings))


def test_every_rule_is_tried() -> None:
    assert [code for code, *_ in FIRES] == list(RULE_CODES)
    assert set(HEADINGS) == set(RULE_CODES)
    assert {next(code for code in RULE_CODES if text.startswith(code)) for text in PARTNER_TEXTS} == set(RULE_CODES)


@pytest.mark.parametrize(("code", "facts", "severity", "sentence"), FIRES, ids=[c[0] for c in FIRES])
def test_a_rule_fires_alone_and_says_why(code: str, facts: Facts, severity: Severity, sentence: str) -> None:
    (finding,) = decide(facts).findings
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.partner_text == sentence


def test_no_partner_reads_about_another_or_from_the_crm() -> None:
    """Every rule at once, with every name and every word of evidence that the facts hold."""
    crowded = Claims(
        own_live=OURS,
        protected=RIVAL,
        rivals_pending=(RIVAL,),
        incumbents=(HELD, WIN, DIRECT),
        named=(KEY,),
        opportunities=(OPPORTUNITY,),
    )
    everything = replace(
        CLEAN,
        partner=replace(ACTIVE, status="suspended", territories=(("PL", ""),), live_count=1, live_cap=1),
        expected_mrr=Decimal(1),
        is_identified=False,
        requirements=(GOLD, SIGNED, TRAINED, TWO_TRAINED),
        claims=replace(crowded, own_closed=OwnRecord("R-6", "expired", SINCE)),
        related=(Neighbour("Acme Group", "parent", claims=crowded),),
        lookalikes=(Neighbour("Acme Nordic", "lookalike", Decimal("0.9"), crowded),),
    )
    told = [everything, *(facts for _code, facts, *_rest in FIRES), claimed(incumbents=(WIN,))]
    told += [claimed(named=(replace(KEY, policy=policy),)) for policy in NamedPolicy]
    findings = [finding for facts in told for finding in decide(facts).findings]
    assert {finding.code for finding in findings} == set(RULE_CODES)
    of_others = {"Rival", "R-7", "R-5", "sub-1", "006-77", "Commit", "seller@", "Sam", "Acme", "owner@", "Global 50"}
    for finding in findings:
        assert not [word for word in of_others if word in finding.partner_text], finding.code
        assert "2026" not in finding.partner_text, finding.code


def test_the_rules_are_asked_in_the_order_of_the_table() -> None:
    assert [rule.__name__ for rule in RULES] == list(RULE_CODES)
    far = replace(
        CLEAN, partner=replace(ACTIVE, status="suspended", territories=(("SE", ""),), live_count=1, live_cap=1)
    )
    found = evaluate(replace(far, claims=Claims(own_live=OURS, protected=RIVAL)), RuleSettings()).findings
    assert [finding.code for finding in found] == [
        "territory",
        "eligibility",
        "live_cap",
        "own_duplicate",
        "protected",
    ]


@pytest.mark.parametrize(("code", "facts"), JUST_MISSES)
def test_a_rule_just_misses(code: str, facts: Facts) -> None:
    assert decide(facts).finding(code) is None


def test_a_clean_deal_has_no_findings() -> None:
    assert decide(CLEAN).findings == ()


def test_the_evidence_names_the_record_and_since_when() -> None:
    assert decide(claimed(protected=RIVAL)).findings[0].evidence == {
        "registration": "R-7",
        "partner": "Rival Ltd",
        "since": "2026-11-01T09:00:00+00:00",
        "until": "2026-11-01T09:00:00+00:00",
    }
    assert decide(claimed(incumbents=(HELD,))).findings[0].evidence == {
        "record": "sub-1",
        "partners": ["Rival Ltd"],
        "since": "2026-01-01",
    }


def test_a_letter_of_the_customer_softens_incumbent() -> None:
    decision = decide(replace(claimed(incumbents=(HELD,)), has_letter=True))
    assert [f.severity for f in decision.findings] == [Severity.REVIEW]


def test_in_a_tender_others_do_not_stand_in_a_bidders_way() -> None:
    """What the partner itself is or has decides as ever; an incumbent asks for a look, as a letter makes it."""
    claims = Claims(protected=RIVAL, rivals_pending=(RIVAL,), incumbents=(HELD,), opportunities=(OPPORTUNITY,))
    ordinary = replace(CLEAN, claims=claims)
    assert [(f.code, f.severity) for f in decide(ordinary).findings] == [
        ("protected", "block"),
        ("rival_pending", "review"),
        ("incumbent", "block"),
        ("direct_opportunity", "review"),
    ]
    tendered = replace(ordinary, is_tendered=True)
    assert [(f.code, f.severity) for f in decide(tendered).findings] == [
        ("incumbent", "review"),
        ("direct_opportunity", "review"),
    ]
    assert decide(replace(tendered, has_letter=True)) == replace(
        decide(tendered), facts=replace(tendered, has_letter=True)
    )
    own = replace(CLEAN, claims=Claims(own_live=OURS), is_tendered=True)
    assert [(f.code, f.severity) for f in decide(own).findings] == [("own_duplicate", "block")]
    assert facts_from_json(json.loads(json.dumps(facts_to_json(tendered)))) == tendered


@pytest.mark.parametrize(
    ("policy", "severity", "text"),
    [
        (NamedPolicy.BLOCK, Severity.BLOCK, "named_account_block"),
        (NamedPolicy.REVIEW, Severity.REVIEW, "named_account"),
        (NamedPolicy.CO_SELL, Severity.REVIEW, "named_account_co_sell"),
    ],
)
def test_a_named_account_follows_its_own_policy(policy: NamedPolicy, severity: Severity, text: str) -> None:
    (finding,) = decide(claimed(named=(replace(KEY, policy=policy),))).findings
    assert (finding.severity, finding.partner_text) == (severity, PARTNER_TEXTS[text])


def test_severities_are_settings() -> None:
    settings = RuleSettings.from_json(
        3, {"severities": {"cool_off": "block", "direct_opportunity": "off"}, "cool_off_days": 20}
    )
    facts = claimed(opportunities=(OPPORTUNITY,), own_closed=OwnRecord("R-6", "expired", SINCE))
    decision = evaluate(facts, settings)
    assert [(f.code, f.severity) for f in decision.findings] == [("cool_off", Severity.BLOCK)]
    assert decision.version == 3
    assert "20 days" in decision.findings[0].partner_text


@pytest.mark.parametrize(
    "stored",
    [
        {"nonsense": 1},
        {"severities": {"nobody": "block"}},
        {"severities": {"territory": "ban"}},
        {"severities": {"protected": "review"}},
        {"severities": {"rival_pending": "off"}},
        {"cool_off_days": 366},
        {"cool_off_days": "30"},
        {"lookalike_similarity": "0.2"},
        {"lookalike_similarity": "much"},
        {"minimum_expected_mrr": "-1"},
    ],
)
def test_settings_that_do_not_exist_are_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|not a valid|not allowed|must lie|out of range|no number"):
        RuleSettings.from_json(2, stored)


@pytest.mark.parametrize(
    ("facts", "auto_approve", "wait", "outcome"),
    [
        (CLEAN, True, False, Outcome.APPROVE),
        (CLEAN, False, False, Outcome.QUEUE),
        (replace(CLEAN, is_identified=False), True, False, Outcome.QUEUE),
        (claimed(protected=RIVAL), True, False, Outcome.REJECT),
        (claimed(protected=RIVAL), True, True, Outcome.WAIT),
        (claimed(protected=RIVAL, own_live=OURS), True, True, Outcome.REJECT),
        (claimed(own_live=OURS), True, True, Outcome.REJECT),
    ],
)
def test_what_happens_to_a_submission(facts: Facts, auto_approve: bool, wait: bool, outcome: Outcome) -> None:
    assert decide(facts).outcome(auto_approve=auto_approve, wait=wait) is outcome


def test_time_alone_settles_a_rival() -> None:
    objection = decide(claimed(rivals_pending=(RIVAL,))).objection_to_approval()
    assert objection is not None
    assert objection.code == "rival_pending"
    assert decide(claimed(incumbents=(HELD,))).objection_to_approval() is None


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (CLEAN, Verdict.AVAILABLE),
        (replace(CLEAN, partner=replace(ACTIVE, live_count=1, live_cap=1)), Verdict.AVAILABLE),
        (replace(CLEAN, expected_mrr=Decimal(1)), Verdict.AVAILABLE),
        (claimed(rivals_pending=(RIVAL,)), Verdict.NEEDS_REVIEW),
        (claimed(protected=RIVAL), Verdict.NOT_AVAILABLE),
        (claimed(incumbents=(HELD,)), Verdict.NOT_AVAILABLE),
        (claimed(own_live=OURS), Verdict.NOT_AVAILABLE),
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
    assert not may_move(status="rejected", to="approved")
    assert not may_move(status="won", to="lost")


def test_protection_runs_from_the_approval() -> None:
    assert protection(now=SINCE, days=90) == (SINCE, SINCE + timedelta(days=90))


@pytest.mark.parametrize(
    ("origin", "role"),
    [("partner", "sourced"), ("vendor_lead", "influenced"), ("co_sell", "sourced")],
)
def test_the_origin_earns_its_role(origin: str, role: str) -> None:
    assert credit_role(origin=origin, settings=RuleSettings()) == role


@pytest.mark.parametrize("facts", [CLEAN, *(facts for _code, facts, *_rest in FIRES), needing(GOLD, TWO_TRAINED)])
def test_kept_facts_are_the_same_facts(facts: Facts) -> None:
    assert facts_from_json(json.loads(json.dumps(facts_to_json(facts)))) == facts


def test_a_version_in_full_is_the_same_version() -> None:
    settings = RuleSettings.from_json(4, {"severities": {"cool_off": "off"}, "minimum_expected_mrr": "50.5"})
    assert RuleSettings.from_json(4, json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize(
    ("need", "sentence"),
    [
        (GOLD, "Security is open to partners from the tier Gold on."),
        (SIGNED, "Security needs the agreement “Security addendum”, signed and in force."),
        (TRAINED, "Security needs a person in your company with the certification “Security Pro”."),
        (TWO_TRAINED, "Security needs 2 people in your company with the certification “Security Pro”."),
    ],
)
def test_a_family_says_what_it_needs(need: Requirement, sentence: str) -> None:
    (finding,) = decide(needing(need)).findings
    assert (finding.code, finding.severity, finding.partner_text) == ("eligibility", Severity.BLOCK, sentence)


def test_everything_that_is_missing_is_said_at_once() -> None:
    (finding,) = decide(needing(GOLD, SIGNED)).findings
    assert finding.partner_text == (
        "Security is open to partners from the tier Gold on. "
        "Security needs the agreement “Security addendum”, signed and in force."
    )
    assert finding.evidence == {
        "status": "active",
        "tier": "Silver",
        "missing": ["tier: Gold", "agreement: Security addendum"],
    }
    assert decide(needing(GOLD)).objection_to_approval() is None
    assert decide(replace(CLEAN, partner=PartnerFacts(status="suspended"))).objection_to_approval() is not None


def test_an_unknown_country_is_for_a_person() -> None:
    facts = replace(CLEAN, country="", partner=replace(ACTIVE, territories=(("FI", ""),)))
    (finding,) = decide(facts).findings
    assert (finding.code, finding.severity, finding.partner_text) == (
        "territory",
        Severity.REVIEW,
        "We do not know the customer's country yet, so a person checks that it lies in your territory.",
    )


def test_without_domain_and_country_a_person_always_looks() -> None:
    off = RuleSettings.from_json(2, {"severities": {"unverifiable": "off"}})
    nowhere = replace(CLEAN, is_identified=False, country="")
    assert [(f.code, f.severity) for f in evaluate(nowhere, off).findings] == [("unverifiable", Severity.REVIEW)]
    assert evaluate(replace(nowhere, country="FI"), off).findings == ()


@pytest.mark.parametrize("relation", ["", "parent", "child"])
def test_the_strictest_list_decides_and_relatives_count(relation: str) -> None:
    block = replace(KEY, policy=NamedPolicy.BLOCK, named_list="Locked", relation=relation)
    (finding,) = decide(claimed(named=(KEY, block))).findings
    assert (finding.severity, finding.evidence["list"], finding.evidence["relation"]) == (
        Severity.BLOCK,
        "Locked",
        relation,
    )


@pytest.mark.parametrize(
    ("claims", "rule"),
    [
        ({"own_live": OURS}, "own_duplicate"),
        ({"protected": RIVAL}, "protected"),
        ({"rivals_pending": (RIVAL,)}, "rival_pending"),
        ({"incumbents": (HELD,)}, "incumbent"),
        ({"incumbents": (DIRECT,)}, "direct_customer"),
        ({"named": (KEY,)}, "named_account"),
        ({"opportunities": (OPPORTUNITY,)}, "direct_opportunity"),
    ],
)
def test_a_claim_on_a_neighbour_is_for_a_person(claims: dict[str, Any], rule: str) -> None:
    for code, facts in (("related_account", in_group("child", **claims)), ("lookalike", alike("0.7", **claims))):
        (finding,) = decide(facts).findings
        assert (finding.code, finding.severity, finding.evidence["rule"]) == (code, Severity.REVIEW, rule)


def test_a_rule_that_is_off_does_not_fire_on_a_neighbour() -> None:
    off = RuleSettings.from_json(2, {"severities": {"direct_opportunity": "off"}})
    assert evaluate(in_group("parent", opportunities=(OPPORTUNITY,)), off).findings == ()


def test_an_unbilled_win_counts_for_its_days_and_by_its_origin() -> None:
    assert decide(claimed(incumbents=(WIN,))).findings[0].code == "incumbent"
    assert decide(claimed(incumbents=(replace(WIN, origin="vendor_lead"),))).findings[0].code == "direct_customer"
    assert decide(claimed(incumbents=(replace(WIN, since=date(2026, 9, 22)),))).findings[0].code == "incumbent"
    assert decide(claimed(incumbents=(replace(WIN, since=date(2026, 9, 21)),))).findings == ()
