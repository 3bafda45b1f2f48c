"""Rules are corrected by versions, by the service and through the admin alike."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from commissions.models import Plan, Rule
from commissions.services.rules import add_rule, correct_rule
from prm.actors import Actor
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return cast.actor("admin")


@pytest.fixture
def plan() -> Plan:
    return Plan.objects.create(code="standard", name="Standard")


@pytest.fixture
def rule(plan: Plan, ada: Actor) -> Rule:
    return add_rule(values={"plan": plan, "kind": "recurring", "rate": Decimal(20)}, actor=ada, now=NOW)


def test_a_correction_retires_the_version_and_puts_another_in_force(rule: Rule, ada: Actor) -> None:
    new = correct_rule(rule_id=rule.pk, values={"rate": Decimal(25)}, reason="Typing error", actor=ada, now=NOW)

    rule.refresh_from_db()
    assert (rule.rate, rule.retired_at, rule.retired_by_id, rule.retired_reason) == (
        Decimal(20),
        NOW,
        ada.user_id,
        "Typing error",
    )
    new.refresh_from_db()
    assert (new.rate, new.kind, new.plan_id, new.replaces_id, new.retired_at, new.created_by_id) == (
        Decimal(25),
        "recurring",
        rule.plan_id,
        rule.pk,
        None,
        ada.user_id,
    )
    event = AuditEvent.objects.get(action="rule.corrected")
    assert (event.object_id, event.reason, event.data) == (
        new.pk,
        "Typing error",
        {"replaces": rule.pk, "fields": ["rate"]},
    )


def test_a_version_is_corrected_once(rule: Rule, ada: Actor) -> None:
    correct_rule(rule_id=rule.pk, values={"rate": Decimal(25)}, reason="First", actor=ada, now=NOW)

    with pytest.raises(StaleError):
        correct_rule(rule_id=rule.pk, values={"rate": Decimal(30)}, reason="Second", actor=ada, now=NOW)
    assert Rule.objects.filter(retired_at=None).get().rate == Decimal(25)


def test_a_tie_is_refused_and_leaves_the_version_in_force(rule: Rule, plan: Plan, ada: Actor) -> None:
    later = add_rule(
        values={"plan": plan, "kind": "recurring", "rate": Decimal(5), "role": "sourced"}, actor=ada, now=NOW
    )

    with pytest.raises(DomainError, match="nobody could tell which one counts") as refusal:
        correct_rule(rule_id=later.pk, values={"role": "", "age_from": 5}, reason="x", actor=ada, now=NOW)

    assert refusal.value.code == "rule_no_tie"
    later.refresh_from_db()
    assert later.retired_at is None


def test_a_reason_is_needed(rule: Rule, ada: Actor) -> None:
    with pytest.raises(DomainError, match="Say why"):
        correct_rule(rule_id=rule.pk, values={}, reason=" ", actor=ada, now=NOW)


@pytest.mark.parametrize("name", ["manager", "finance_person", "viewer", "owner"])
def test_only_administrators_change_rules(cast: Cast, rule: Rule, name: str) -> None:
    with pytest.raises(NotAllowedError):
        correct_rule(rule_id=rule.pk, values={}, reason="x", actor=cast.actor(name), now=NOW)
    with pytest.raises(NotAllowedError):
        add_rule(values={}, actor=cast.actor(name), now=NOW)


def typed(plan: Plan, **changes: str) -> dict[str, str]:
    """Return what the admin's form posts for the plain rule."""
    return {"plan": str(plan.pk), "kind": "recurring", "age_from": "1", "rate": "20", **changes}


def test_the_admin_writes_versions(cast: Cast, rule: Rule, plan: Plan) -> None:
    client = cast.signed_in("admin")
    url = reverse("admin:commissions_rule_change", args=[rule.pk])

    without_reason = client.post(url, typed(plan, rate="25")).content.decode()
    assert "Say why the rule is corrected." in without_reason
    answer = client.post(url, typed(plan, rate="25", reason="New price list", _continue="1"))

    new = Rule.objects.get(retired_at=None)
    assert (new.rate, new.replaces_id) == (Decimal(25), rule.pk)
    assert answer["Location"] == reverse("admin:commissions_rule_change", args=[new.pk])
    earlier = client.get(url).content.decode()
    assert 'name="rate"' not in earlier
    assert "New price list" in earlier
    assert client.post(url, typed(plan, rate="30", reason="x")).status_code == 403


def test_the_admin_says_why_a_rule_is_refused(cast: Cast, rule: Rule, plan: Plan) -> None:
    client = cast.signed_in("admin")
    url = reverse("admin:commissions_rule_add")

    assert "nobody could tell which" in client.post(url, typed(plan, age_from="7")).content.decode()
    refused = client.post(url, typed(plan, kind="upfront", rate=""))
    assert "has an amount and no rate" in refused.content.decode()
    assert "Constraint" not in refused.content.decode()
    assert client.post(url, typed(plan, kind="upfront")).status_code == 302
    assert Rule.objects.filter(kind="upfront").get().created_by_id == cast.admin.pk


def test_the_list_shows_rules_in_force(cast: Cast, rule: Rule, ada: Actor) -> None:
    correct_rule(rule_id=rule.pk, values={"rate": Decimal(25)}, reason="x", actor=ada, now=NOW)
    client = cast.signed_in("admin")

    def rates(query: str) -> list[Decimal]:
        page = client.get("/admin/commissions/rule/" + query)
        return sorted(row.rate for row in page.context["cl"].result_list)

    assert rates("") == [Decimal(25)]
    assert rates("?version=retired") == [Decimal(20)]
    assert rates("?version=every") == [Decimal(20), Decimal(25)]
