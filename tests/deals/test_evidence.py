"""The facts behind the rules, from the database: each rule fires on what is stored, and just misses beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from deals.models import (
    Account,
    Credit,
    Family,
    FamilyRequirement,
    NamedAccount,
    NamedAccountList,
    Registration,
    RulesOfEngagement,
)
from deals.policy import Decision, RuleSettings, evaluate
from deals.queries.evidence import Question, gather
from deals.services.submission import submit_registration
from partners.models import Certification, Partner, SignedAgreement, Tier
from prm.models import Program
from tests.cast import Cast, assemble
from tests.factories.deals import (
    NOW,
    a_deal,
    make_account,
    make_family,
    make_opportunity,
    make_product,
    make_registration,
    make_subscription,
)

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def judge(partner: Partner, account: Account | None, settings: RuleSettings | None = None, **asked: Any) -> Decision:
    settings = settings or RuleSettings()
    question = Question(partner_id=partner.pk, family=asked.pop("family", None) or make_family(), account=account)
    facts = gather(replace(question, **asked), settings=settings, now=NOW, program=Program.current())
    return evaluate(facts, settings)


def codes(decision: Decision) -> list[str]:
    return [finding.code for finding in decision.findings]


def need(kind: str, name: str, people: int = 1, family: Family | None = None) -> None:
    FamilyRequirement.objects.create(family=family or make_family(), kind=kind, name=name, people=people)


def test_a_family_asks_for_a_tier_or_a_higher_one(cast: Cast) -> None:
    account, rank = make_account(), cast.tier.rank
    need("tier", cast.tier.code)
    assert codes(judge(cast.partner, account)) == []
    higher = Tier.objects.create(code="higher", name="Higher", rank=rank + 1)
    FamilyRequirement.objects.update(name=higher.code)
    assert judge(cast.partner, account).findings[0].evidence["missing"] == ["tier: Higher"]
    FamilyRequirement.objects.update(name="no-such-tier")
    assert codes(judge(cast.partner, account)) == ["eligibility"]
    assert codes(judge(cast.partner, account, family=make_family("backup"))) == []


def test_a_family_asks_for_an_agreement_in_force(cast: Cast) -> None:
    account = make_account()
    need("agreement", "Security addendum")
    assert codes(judge(cast.partner, account)) == ["eligibility"]
    signed = SignedAgreement.objects.create(
        partner=cast.partner, agreement="Security addendum", valid_from=TODAY, valid_until=TOMORROW
    )
    assert codes(judge(cast.partner, account)) == []
    assert codes(judge(cast.rival, account)) == ["eligibility"]
    signed.valid_until = TODAY
    signed.save()
    assert codes(judge(cast.partner, account)) == ["eligibility"]


def test_a_family_asks_for_certified_people_whose_certificate_runs(cast: Cast) -> None:
    account = make_account()
    need("certification", "Security Pro", people=2)
    Certification.objects.create(user=cast.seller, certification="Security Pro", valid_until=TOMORROW)
    other = Certification.objects.create(user=cast.owner, certification="Security Pro", valid_until=TODAY)
    assert codes(judge(cast.partner, account)) == ["eligibility"]
    other.valid_until = None
    other.save()
    assert codes(judge(cast.partner, account)) == []
    cast.owner.memberships.update(is_active=False)
    assert codes(judge(cast.partner, account)) == ["eligibility"]


def test_a_list_holds_on_its_days_for_parent_and_child_too(cast: Cast) -> None:
    parent, account, child, cousin = (make_account(name) for name in ("Top Oy", "Mid Oy", "Low Oy", "Other Oy"))
    Account.objects.filter(pk=account.pk).update(parent=parent)
    Account.objects.filter(pk=child.pk).update(parent=account)
    account.refresh_from_db()
    key = NamedAccountList.objects.create(code="key", name="Global 50", policy="block", owner_email="k@v.example")
    entry = NamedAccount.objects.create(account=parent, named_list=key, valid_from=TODAY, valid_until=TOMORROW)
    for named, relation in ((account, ""), (parent, "parent"), (child, "child")):
        NamedAccount.objects.filter(pk=entry.pk).update(account=named)
        (finding,) = judge(cast.partner, account).findings
        assert (finding.code, finding.severity, finding.evidence) == (
            "named_account",
            "block",
            {
                "policy": "block",
                "list": "Global 50",
                "owner": "k@v.example",
                "account": named.name,
                "relation": relation,
                "since": TODAY.isoformat(),
            },
        )
    NamedAccount.objects.filter(pk=entry.pk).update(account=account, valid_from=TOMORROW, valid_until=None)
    assert codes(judge(cast.partner, account)) == []
    NamedAccount.objects.filter(pk=entry.pk).update(account=cousin, valid_from=None)
    assert codes(judge(cast.partner, account)) == []


def test_an_own_policy_stands_beside_the_lists(cast: Cast) -> None:
    account = make_account()
    key = NamedAccountList.objects.create(code="key", name="Global 50", policy="review")
    NamedAccount.objects.create(account=account, named_list=key)
    NamedAccount.objects.create(account=account, policy="co-sell", owner_email="own@v.example")
    assert judge(cast.partner, account).findings[0].evidence["policy"] == "review"
    for wrong in ({"named_list": key, "policy": "block"}, {}):
        with pytest.raises(IntegrityError, match="named_account_has_one_policy"), transaction.atomic():
            NamedAccount.objects.create(account=make_account(), **wrong)
    with pytest.raises(IntegrityError, match="named_account_no_overlap"), transaction.atomic():
        NamedAccount.objects.create(account=account, named_list=key, valid_from=TODAY)


@pytest.mark.parametrize(
    ("fields", "fires"),
    [
        ({}, True),
        ({"family": "security"}, True),
        ({"family": "backup"}, False),
        ({"opened_at": NOW}, False),
        ({"opened_at": NOW - timedelta(seconds=1)}, True),
        ({"closed_at": NOW}, False),
        ({"closed_at": NOW + timedelta(days=1)}, True),
    ],
)
def test_direct_sales_was_there_before(cast: Cast, fields: dict[str, Any], fires: bool) -> None:
    account = make_account()
    if "family" in fields:
        fields = {**fields, "family": make_family(fields["family"])}
    made = make_opportunity(account, stage="Commit", owner_email="o@v.example", seller_name="Sam", **fields)
    decision = judge(cast.partner, account)
    assert codes(decision) == (["direct_opportunity"] if fires else [])
    if fires:
        assert decision.findings[0].evidence == {
            "record": made.external_id,
            "stage": "Commit",
            "owner": "o@v.example",
            "seller": "Sam",
            "since": made.opened_at.isoformat(),
        }


def test_an_opportunity_that_comes_after_the_submission_does_not_count_at_the_decision(cast: Cast) -> None:
    account = make_account()
    make_opportunity(account, opened_at=NOW - timedelta(days=2))
    assert codes(judge(cast.partner, account, asked_at=NOW - timedelta(days=2))) == []
    assert codes(judge(cast.partner, account, asked_at=NOW - timedelta(days=1))) == ["direct_opportunity"]


@pytest.mark.parametrize("relation", ["parent", "child", "sibling"])
def test_what_happens_in_the_group_is_for_a_person(cast: Cast, relation: str) -> None:
    top = make_account("Top Oy")
    account, other = make_account("Mid Oy", parent=top), make_account("Other Oy")
    if relation == "parent":
        other = top
    elif relation == "child":
        Account.objects.filter(pk=other.pk).update(parent=account)
    else:
        Account.objects.filter(pk=other.pk).update(parent=top)
    assert codes(judge(cast.partner, account)) == []
    held = make_registration(cast.rival, account=other, status="approved")
    (finding,) = judge(cast.partner, account).findings
    assert (finding.code, finding.evidence["relation"], finding.evidence["rule"]) == (
        "related_account",
        relation,
        "protected",
    )
    assert finding.evidence["registration"] == held.reference
    Registration.objects.filter(pk=held.pk).update(family=make_family("backup"))
    assert codes(judge(cast.partner, account)) == []


def test_a_name_that_looks_alike_counts_without_a_domain_match(cast: Cast) -> None:
    held = make_account("Lumisaari Energia Oy", domain="lumisaari-energia.fi")
    make_registration(cast.rival, account=held, status="approved")
    asked: dict[str, Any] = {"name": "Lumisari Energia Oy", "country": "FI", "domain_known": False}
    (finding,) = judge(cast.partner, None, **asked).findings
    assert (finding.code, finding.evidence["rule"], finding.evidence["account"]) == (
        "lookalike",
        "protected",
        "Lumisaari Energia Oy",
    )
    assert Decimal(finding.evidence["similarity"]) >= Decimal("0.6")
    assert codes(judge(cast.partner, None, **{**asked, "country": "SE"})) == []
    assert codes(judge(cast.partner, None, **{**asked, "domain_known": True})) == []
    assert codes(judge(cast.partner, None, **{**asked, "name": "Kesäranta Energia Oy"})) == []
    farther = {**asked, "name": "Lumisaari Energia Etelä Oy"}
    assert codes(judge(cast.partner, None, **farther)) == []
    assert codes(judge(cast.partner, None, RuleSettings(lookalike_similarity=Decimal("0.5")), **farther)) == [
        "lookalike"
    ]
    assert codes(judge(cast.partner, None, **{**asked, "own_alike_only": True})) == []
    assert codes(judge(cast.rival, None, **{**asked, "own_alike_only": True})) == ["lookalike"]


def test_own_look_alikes_are_measured_as_all_others_are(cast: Cast) -> None:
    """From the figure of the settings on, the most alike first; only who is looked at differs."""
    names = ("Lumisaari Energia Oy", "Lumisari Energia Oy", "Lumisaari Energia Etelä Oy", "Kesäranta Energia Oy")
    for name in names:
        make_registration(cast.partner, account=make_account(name), status="approved")
    for similarity in ("0.55", "0.6", "1"):
        settings = RuleSettings(lookalike_similarity=Decimal(similarity))
        own, everybodys = (
            judge(cast.partner, None, settings, name=names[0], country="FI", domain_known=False, own_alike_only=only)
            for only in (True, False)
        )
        assert own.facts.lookalikes == everybodys.facts.lookalikes
        assert own.facts.lookalikes[0].account == names[0]
        assert own.facts.lookalikes[0].similarity == 1


def test_a_new_customer_that_looks_alike_waits_for_a_person_until_the_decision(cast: Cast) -> None:
    held = make_account("Lumisaari Energia Oy", domain="lumisaari-energia.fi")
    make_registration(cast.rival, account=held, status="approved")
    made = submit_registration(
        deal=a_deal("lumisaari.example", company="Lumisaari Energy Oy"), actor=cast.actor("seller"), now=NOW
    )
    assert (made.status, [f.code for f in made.findings.all()]) == ("submitted", ["lookalike"])
    # The customer that the submission made has the domain now: the decision still knows that nobody knew it before.
    assert made.evaluations.get().facts["domain_known"] is False


def test_a_win_counts_until_it_is_billed(cast: Cast) -> None:
    account = make_account()
    won = make_registration(cast.rival, account=account, status="won", closed_on=TODAY - timedelta(days=59))
    assert codes(judge(cast.partner, account)) == ["incumbent"]
    assert codes(judge(cast.rival, account)) == []
    assert codes(judge(cast.partner, account, RuleSettings(unbilled_win_days=59))) == []
    Registration.objects.filter(pk=won.pk).update(origin="vendor_lead")
    assert codes(judge(cast.partner, account)) == ["direct_customer"]
    make_subscription(account, registration=won, mrr="0")
    assert codes(judge(cast.partner, account)) == ["direct_customer"]
    make_subscription(account, registration=won, started_on=YESTERDAY, credited=cast.partner)
    assert codes(judge(cast.partner, account)) == []


def test_shares_count_on_their_days(cast: Cast) -> None:
    account = make_account()
    sold = make_subscription(account, product=make_product(family=make_family()), credited=cast.rival)
    assert codes(judge(cast.partner, account)) == ["incumbent"]
    Credit.objects.update(valid_until=TODAY)
    assert codes(judge(cast.partner, account)) == ["direct_customer"]
    Credit.objects.create(subscription=sold, partner=cast.partner, role="sourced", share=40, valid_from=TODAY)
    assert codes(judge(cast.partner, account)) == []


def test_a_distributor_and_its_holder_are_not_rivals(cast: Cast) -> None:
    account = make_account()
    make_registration(cast.rival, account=account, status="approved", distributor=cast.partner)
    assert codes(judge(cast.partner, account)) == ["own_duplicate"]


@pytest.mark.parametrize("status", ["rejected", "expired"])
def test_cool_off_runs_from_the_end(cast: Cast, status: str) -> None:
    account = make_account()
    closed = make_registration(cast.partner, account=account, status=status, decided_at=NOW - timedelta(days=30))
    assert codes(judge(cast.partner, account)) == []
    Registration.objects.filter(pk=closed.pk).update(decided_at=NOW - timedelta(days=30) + timedelta(seconds=1))
    assert codes(judge(cast.partner, account)) == ["cool_off"]
    assert codes(judge(cast.rival, account)) == []


def test_few_statements_whatever_is_found(cast: Cast) -> None:
    empty, crowded = make_account("Empty Oy"), make_account("Crowded Oy")
    make_registration(cast.rival, account=crowded)
    make_registration(cast.rival, account=crowded, status="won", closed_on=TODAY)
    for _ in range(3):
        make_opportunity(crowded)
        make_account(parent=crowded)
        make_subscription(crowded, credited=cast.rival)
    counted = []
    for account in (empty, crowded, None):
        with CaptureQueriesContext(connection) as captured:
            judge(cast.partner, account, family=Family.objects.get())
        counted.append(len(captured) - 2)  # the family and the program of this test
    assert counted == [2, 2, 2]


def test_versions_never_overlap_and_the_past_stays() -> None:
    first = RulesOfEngagement.objects.create(version=1, effective_from=NOW, effective_until=NOW + timedelta(hours=1))
    with pytest.raises(IntegrityError, match="rules_no_overlap"), transaction.atomic():
        RulesOfEngagement.objects.create(version=2, effective_from=NOW + timedelta(minutes=59))
    for change in ({"settings": {"cool_off_days": 1}}, {"effective_from": NOW - timedelta(days=1)}, {"reason": "x"}):
        with pytest.raises(IntegrityError, match="kept as it is"), transaction.atomic():
            RulesOfEngagement.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(IntegrityError, match="kept as it is"), transaction.atomic():
        first.delete()
    assert RulesOfEngagement.objects.get().settings == {}
    assert date(2026, 11, 23) == TODAY
