"""Plans change by acts with a reason; who is on which plan is dated."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commissions.models import Plan, PlanAssignment
from commissions.queries.plans import partners_on, plan_rows
from commissions.services.plans import add_plan, assign_plan, change_plan, end_assignment, version_of_terms
from prm.actors import Actor
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return cast.actor("admin")


@pytest.fixture
def standard() -> Plan:
    return Plan.objects.create(code="standard", name="Standard", is_default=True)


@pytest.fixture
def special() -> Plan:
    return Plan.objects.create(code="special", name="Special")


def held(cast: Cast) -> list[tuple[str, date | None, date | None]]:
    rows = PlanAssignment.objects.filter(partner=cast.partner, valid__isempty=False).order_by("valid_from")
    return [(row.plan.code, row.valid_from, row.valid_until) for row in rows]


def put(cast: Cast, plan: Plan, day: date, ada: Actor) -> PlanAssignment:
    return assign_plan(partner_id=cast.partner.pk, plan_id=plan.pk, valid_from=day, reason="Deal", actor=ada, now=NOW)


def test_a_change_keeps_before_and_after_and_its_reason(standard: Plan, ada: Actor) -> None:
    change_plan(
        plan_id=standard.pk,
        values={"clawback": "full", "clawback_days": 90, "cap_per_subscription": Decimal("1500.50")},
        reason=" Board ",
        version=version_of_terms(standard),
        actor=ada,
        now=NOW,
    )
    event = AuditEvent.objects.get(action="plan.changed")
    assert (event.object_type, event.object_id, event.reason) == ("commissions.plan", standard.pk, "Board")
    assert event.data == {
        "clawback": {"before": "none", "after": "full"},
        "clawback_days": {"before": 0, "after": 90},
        "cap_per_subscription": {"before": None, "after": "1500.5"},
    }


def test_terms_that_somebody_changed_meanwhile_are_not_overwritten(standard: Plan, ada: Actor) -> None:
    version = version_of_terms(standard)
    change_plan(plan_id=standard.pk, values={"name": "New"}, reason="x", version=version, actor=ada, now=NOW)
    with pytest.raises(StaleError):
        change_plan(plan_id=standard.pk, values={"name": "Newer"}, reason="x", version=version, actor=ada, now=NOW)
    standard.refresh_from_db()
    assert standard.name == "New"


@pytest.mark.parametrize(
    ("values", "reason", "code"),
    [
        ({"name": "New"}, " ", "reason_missing"),
        ({"name": "Standard"}, "x", "nothing_changed"),
        ({"is_default": False}, "x", "default_needed"),
        ({"cap_per_subscription": Decimal(-1)}, "x", "plan_cap_not_negative"),
    ],
)
def test_what_cannot_be_is_refused(
    standard: Plan, ada: Actor, values: dict[str, object], reason: str, code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        change_plan(
            plan_id=standard.pk,
            values=values,
            reason=reason,
            version=version_of_terms(standard),
            actor=ada,
            now=NOW,
        )
    assert refusal.value.code == code
    assert not AuditEvent.objects.filter(action="plan.changed").exists()


def test_a_new_default_takes_over(standard: Plan, ada: Actor) -> None:
    new = add_plan(code="next", values={"name": "Next", "is_default": True}, actor=ada, now=NOW)
    assert list(Plan.objects.filter(is_default=True)) == [new]
    assert AuditEvent.objects.get(action="plan.changed").object_id == standard.pk
    with pytest.raises(DomainError, match="Another plan has this code"):
        add_plan(code="next", values={"name": "Again"}, actor=ada, now=NOW)
    change_plan(
        plan_id=standard.pk,
        values={"is_default": True},
        reason="Back",
        version=version_of_terms(Plan.objects.get(pk=standard.pk)),
        actor=ada,
        now=NOW,
    )
    assert Plan.objects.get(is_default=True) == standard


def test_an_assignment_ends_the_one_before_and_leaves_the_next(
    cast: Cast, standard: Plan, special: Plan, ada: Actor
) -> None:
    put(cast, standard, JANUARY, ada)
    put(cast, special, JUNE, ada)
    assert held(cast) == [("standard", JANUARY, JUNE), ("special", JUNE, None)]
    third = Plan.objects.create(code="third", name="Third")
    put(cast, third, MARCH, ada)
    assert held(cast) == [("standard", JANUARY, MARCH), ("third", MARCH, JUNE), ("special", JUNE, None)]


def test_an_assignment_of_the_same_day_is_corrected_in_place(
    cast: Cast, standard: Plan, special: Plan, ada: Actor
) -> None:
    put(cast, standard, MARCH, ada)
    put(cast, special, MARCH, ada)
    assert held(cast) == [("special", MARCH, None)]
    event = AuditEvent.objects.filter(action="plan.assigned").latest("pk")
    assert (event.object_type, event.data["before"], event.data["plan"]) == (
        "commissions.planassignment",
        standard.pk,
        special.pk,
    )
    with pytest.raises(DomainError) as refusal:
        put(cast, special, JUNE, ada)
    assert refusal.value.code == "on_it_already"


def test_an_assignment_taken_back_can_be_given_again(cast: Cast, special: Plan, ada: Actor) -> None:
    row = put(cast, special, MARCH, ada)
    end_assignment(assignment_id=row.pk, on=MARCH, reason="Mistake", actor=ada, now=NOW)
    assert held(cast) == []
    put(cast, special, MARCH, ada)
    assert held(cast) == [("special", MARCH, None)]


def test_an_assignment_ends_once(cast: Cast, special: Plan, ada: Actor) -> None:
    row = put(cast, special, MARCH, ada)
    with pytest.raises(DomainError, match="begins later"):
        end_assignment(assignment_id=row.pk, on=JANUARY, reason="x", actor=ada, now=NOW)
    end_assignment(assignment_id=row.pk, on=JUNE, reason="x", actor=ada, now=NOW)
    assert held(cast) == [("special", MARCH, JUNE)]
    with pytest.raises(StaleError):
        end_assignment(assignment_id=row.pk, on=JUNE, reason="x", actor=ada, now=NOW)


@pytest.mark.parametrize("name", ["manager", "finance_person", "viewer", "owner"])
def test_only_administrators_change_plans(cast: Cast, standard: Plan, special: Plan, ada: Actor, name: str) -> None:
    row, other = put(cast, special, MARCH, ada), cast.actor(name)
    with pytest.raises(NotAllowedError):
        add_plan(code="x", values={"name": "X"}, actor=other, now=NOW)
    with pytest.raises(NotAllowedError):
        change_plan(plan_id=standard.pk, values={}, reason="x", version="", actor=other, now=NOW)
    with pytest.raises(NotAllowedError):
        put(cast, standard, JUNE, other)
    with pytest.raises(NotAllowedError):
        end_assignment(assignment_id=row.pk, on=JUNE, reason="x", actor=other, now=NOW)


def test_partners_without_a_plan_count_on_the_default(cast: Cast, standard: Plan, special: Plan, ada: Actor) -> None:
    put(cast, special, MARCH, ada)
    viewer = cast.actor("viewer")
    rows = {row.plan.code: row.partners for row in plan_rows(viewer, on=JUNE)}
    assert rows == {"standard": 1, "special": 1}  # Contoso; Fabrikam is terminated and is not counted
    assert [partner.code for partner in partners_on(standard, viewer, on=JUNE)] == ["contoso"]
    assert [partner.code for partner in partners_on(special, viewer, on=JUNE)] == ["northwind"]
    assert [partner.code for partner in partners_on(standard, viewer, on=JANUARY)] == ["contoso", "northwind"]
    assert plan_rows(cast.actor("owner"), on=JUNE) == []
