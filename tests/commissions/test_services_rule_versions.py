"""A rule's life: the refusal names the other rule, an end and an undo are versions, a reach is a count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commissions.kinds import Kind
from commissions.models import Plan, PlanAssignment, Rule
from commissions.queries.plans import versions_of
from commissions.queries.rule_reach import Reach, reach_of
from commissions.queries.rule_words import rule_sentence
from commissions.services.rules import add_rule, correct_rule, end_rule, undo_correction
from deals.models import Credit, MrrChange
from partners.models import ParentAssignment
from prm.actors import Actor
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.factories.commissions import make_product, make_subscription
from tests.factories.partners import assign_tier, make_tier

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JANUARY, MARCH, JUNE, TODAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1), date(2026, 11, 22)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return cast.actor("admin")


@pytest.fixture
def plan() -> Plan:
    return Plan.objects.create(code="standard", name="Standard", is_default=True)


@pytest.fixture
def rule(plan: Plan, ada: Actor) -> Rule:
    values = {"plan": plan, "kind": "recurring", "rate": Decimal(20), "age_until": 13, "valid_from": JANUARY}
    return add_rule(values=values, actor=ada, now=NOW)


def test_a_tie_names_the_other_rule_and_where_they_meet(plan: Plan, rule: Rule, ada: Actor) -> None:
    values = {"plan": plan, "kind": "recurring", "rate": Decimal(5), "age_from": 7, "valid_from": MARCH}
    with pytest.raises(DomainError) as refusal:
        add_rule(values=values, actor=ada, now=NOW)
    assert refusal.value.code == "rule_no_tie"
    assert str(refusal.value.sentence) == (
        "Ties with “Recurring 20 %, customer months 1–12, from 1 January 2026”: the same fields for customer months"
        " 7–12, from 1 March 2026; nobody could tell which one counts."
    ).replace(" %", "\u00a0%")


def test_the_database_takes_an_empty_threshold_for_zero(plan: Plan, ada: Actor) -> None:
    values = {"plan": plan, "kind": "accelerator", "rate": Decimal(5), "currency": "EUR"}
    add_rule(values=values, actor=ada, now=NOW)
    with pytest.raises(DomainError, match=r"Ties with “Accelerator 5.% of new MRR above €0\.00") as refusal:
        add_rule(values={**values, "threshold": Decimal(0)}, actor=ada, now=NOW)
    assert refusal.value.code == "rule_no_tie"
    add_rule(values={**values, "threshold": Decimal(1000)}, actor=ada, now=NOW)


def test_an_end_is_a_version_with_a_reason(rule: Rule, ada: Actor) -> None:
    new = end_rule(rule_id=rule.pk, on=JUNE, reason="New price list", actor=ada, now=NOW)
    rule.refresh_from_db()
    assert (new.valid_until, new.rate, new.replaces_id) == (JUNE, Decimal(20), rule.pk)
    assert (rule.valid_until, rule.retired_reason) == (None, "New price list")
    assert AuditEvent.objects.get(action="rule.corrected").data == {"replaces": rule.pk, "fields": ["valid_until"]}


@pytest.mark.parametrize(
    ("on", "code"),
    [(date(2025, 12, 31), "end_before_begin"), (date(2026, 6, 2), "ended_already"), (JUNE, "nothing_changed")],
)
def test_an_end_lies_within_the_rule(rule: Rule, ada: Actor, on: date, code: str) -> None:
    ended = end_rule(rule_id=rule.pk, on=JUNE, reason="x", actor=ada, now=NOW)
    with pytest.raises(DomainError) as refusal:
        end_rule(rule_id=ended.pk, on=on, reason="x", actor=ada, now=NOW)
    assert refusal.value.code == code
    ended.refresh_from_db()
    assert ended.retired_at is None


def test_a_rule_ended_on_its_first_day_holds_on_none_and_keeps_its_place(plan: Plan, rule: Rule, ada: Actor) -> None:
    void = end_rule(rule_id=rule.pk, on=JANUARY, reason="Mistake", actor=ada, now=NOW)
    assert rule_sentence(void).endswith("on no day")
    assert reach_of(void, on=TODAY) is None
    values = {"plan": plan, "kind": "recurring", "rate": Decimal(5), "valid_from": JANUARY}
    with pytest.raises(DomainError, match="Correct that rule instead") as refusal:
        add_rule(values=values, actor=ada, now=NOW)
    assert refusal.value.code == "rule_key"
    add_rule(values={**values, "valid_from": MARCH}, actor=ada, now=NOW)


def test_an_undo_says_again_what_the_version_before_said(rule: Rule, ada: Actor) -> None:
    wrong = correct_rule(rule_id=rule.pk, values={"rate": Decimal(25)}, reason="Gold", actor=ada, now=NOW)
    back = undo_correction(rule_id=wrong.pk, reason="It was silver", actor=ada, now=NOW)
    assert [(version.pk, version.rate) for version in versions_of(rule)] == [
        (back.pk, Decimal(20)),
        (wrong.pk, Decimal(25)),
        (rule.pk, Decimal(20)),
    ]
    event = AuditEvent.objects.filter(action="rule.corrected").latest("pk")
    assert (event.reason, event.data) == (
        "It was silver",
        {"replaces": wrong.pk, "fields": ["rate"], "undoes": True},
    )
    with pytest.raises(StaleError):
        undo_correction(rule_id=wrong.pk, reason="again", actor=ada, now=NOW)


def test_a_first_version_has_nothing_to_undo(rule: Rule, ada: Actor) -> None:
    with pytest.raises(DomainError, match="never been corrected"):
        undo_correction(rule_id=rule.pk, reason="x", actor=ada, now=NOW)


def test_an_undo_that_would_tie_is_refused_and_leaves_the_version(plan: Plan, rule: Rule, ada: Actor) -> None:
    shorter = correct_rule(rule_id=rule.pk, values={"age_until": 7}, reason="x", actor=ada, now=NOW)
    values = {"plan": plan, "kind": "recurring", "rate": Decimal(10), "age_from": 7, "valid_from": JANUARY}
    add_rule(values=values, actor=ada, now=NOW)
    with pytest.raises(DomainError, match="Ties with"):
        undo_correction(rule_id=shorter.pk, reason="x", actor=ada, now=NOW)
    shorter.refresh_from_db()
    assert shorter.retired_at is None


@pytest.mark.parametrize("name", ["manager", "finance_person", "viewer", "owner"])
def test_only_administrators_end_and_undo(cast: Cast, rule: Rule, name: str) -> None:
    with pytest.raises(NotAllowedError):
        end_rule(rule_id=rule.pk, on=JUNE, reason="x", actor=cast.actor(name), now=NOW)
    with pytest.raises(NotAllowedError):
        undo_correction(rule_id=rule.pk, reason="x", actor=cast.actor(name), now=NOW)


def counts(reach: Reach | None) -> list[tuple[str, bool, int, int]]:
    assert reach is not None
    return [
        (f"{part.rule.rate:.0f}" if part.rule else "", part.takes_over, part.partners, part.subscriptions)
        for part in reach.parts
    ]


def test_a_reach_counts_whom_the_rule_matches_and_what_pays_there(cast: Cast, plan: Plan, rule: Rule) -> None:
    make_subscription(cast.partner, started_on=date(2026, 3, 10))  # month 9: 20 %
    make_subscription(cast.partner, started_on=date(2025, 3, 10))  # month 21: no rule
    make_subscription(cast.rival, started_on=date(2026, 4, 1), currency="PLN")
    ended = make_subscription(cast.rival, started_on=date(2026, 4, 1))
    MrrChange.objects.create(subscription=ended, effective_on=JUNE, mrr=0)
    gold = make_tier("gold", rank=2, name="Gold")
    Rule.objects.create(plan=plan, kind=Kind.RECURRING, rate=30, product=make_product(), role="sourced", currency="PLN")

    by_tier = Rule(plan=plan, kind=Kind.RECURRING, rate=25, tier=cast.tier)
    found = reach_of(by_tier, on=TODAY)
    assert found is not None
    assert (found.day, found.is_one_off, found.partners, found.subscriptions) == (TODAY, False, 2, 3)
    assert counts(found) == [("20", True, 1, 1), ("", True, 1, 1), ("30", False, 1, 1)]

    nobody = reach_of(Rule(plan=plan, kind=Kind.RECURRING, rate=25, tier=gold), on=TODAY)
    assert nobody is not None
    assert (nobody.partners, nobody.subscriptions, nobody.parts) == (0, 0, ())


def test_a_reach_follows_plan_tier_and_role_of_the_day(cast: Cast, plan: Plan, rule: Rule) -> None:
    other = Plan.objects.create(code="other", name="Other")
    PlanAssignment.objects.create(partner=cast.rival, plan=other, valid_from=JUNE)
    gold = make_tier("gold", rank=2, name="Gold")
    make_subscription(cast.partner, role="services")
    make_subscription(cast.rival)

    def subscriptions(asked: Rule, on: date = TODAY) -> int:
        found = reach_of(asked, on=on)
        assert found is not None
        return found.subscriptions

    assert subscriptions(Rule(plan=plan, kind="recurring", rate=1)) == 1
    assert subscriptions(Rule(plan=plan, kind="recurring", rate=1), date(2026, 5, 31)) == 2
    assert subscriptions(Rule(plan=other, kind="recurring", rate=1)) == 1
    assert subscriptions(Rule(plan=plan, kind="recurring", rate=1, role="sourced")) == 0
    assert subscriptions(Rule(plan=plan, kind="recurring", rate=1, age_until=11)) == 0  # November is month 11
    assert subscriptions(Rule(plan=plan, kind="recurring", rate=1, age_until=12)) == 1
    assert subscriptions(Rule(plan=plan, kind="renewal", rate=1)) == 0
    cast.partner.tier_assignments.all().delete()
    assign_tier(cast.partner, gold)
    assert subscriptions(Rule(plan=plan, kind="recurring", rate=1, tier=gold)) == 1


def test_one_offs_reach_the_customers_of_the_year_and_overrides_the_parent(cast: Cast, plan: Plan) -> None:
    make_subscription(cast.partner, started_on=date(2026, 1, 10))
    make_subscription(cast.partner, started_on=date(2025, 11, 22))
    child = make_subscription(cast.rival, started_on=date(2025, 11, 23))
    ParentAssignment.objects.create(partner=cast.rival, parent=cast.partner, valid_from=JANUARY)
    Credit.objects.create(subscription=child, partner=cast.partner, role="services", share=10)

    upfront = reach_of(Rule(plan=plan, kind=Kind.UPFRONT, rate=100), on=TODAY)
    assert upfront is not None
    assert (upfront.is_one_off, upfront.partners, upfront.subscriptions) == (True, 2, 2)
    override = reach_of(Rule(plan=plan, kind=Kind.OVERRIDE, rate=2), on=TODAY)
    assert override is not None
    assert (override.partners, override.subscriptions) == (1, 1)


def test_what_pays_after_an_end_is_what_would_match_without_it(cast: Cast, plan: Plan, rule: Rule) -> None:
    make_subscription(cast.partner, started_on=date(2026, 3, 10))
    tiered = Rule.objects.create(plan=plan, kind="recurring", rate=25, tier=cast.tier)
    assert counts(reach_of(tiered, on=TODAY)) == [("20", True, 1, 1)]
    assert counts(reach_of(rule, on=TODAY)) == [("25", False, 1, 1)]
