"""A partner's life: the table of steps in policy and database, acts with reasons, history, the append-only log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from deals.models import Credit
from deals.services.ending import end_credits_of_terminated
from partners.models import Activity, Partner, PartnerStatus, StatusPeriod
from partners.policy.lifecycle import TRANSITIONS, may_step
from partners.services import record_activity
from partners.services.history import begin_history, step
from partners.services.status import lift_suspension, suspend_partner, terminate_partner
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.factories.commissions import make_subscription
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def cast() -> Cast:
    return assemble()


def periods(partner: Partner) -> list[tuple[str, date | None, date | None]]:
    rows = StatusPeriod.objects.filter(partner=partner).order_by("valid_from")
    return list(rows.values_list("status", "valid_from", "valid_until"))


def test_the_table_is_that_of_the_rules() -> None:
    assert {before: set(after) for before, after in TRANSITIONS.items()} == {
        "applied": {"in_review"},
        "in_review": {"onboarding", "rejected"},
        "onboarding": {"active"},
        "active": {"suspended"},
        "suspended": {"active", "terminated"},
    }


def test_the_database_knows_the_same_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a, b, partners_step_allowed(a, b) FROM unnest(%(all)s::text[]) a, unnest(%(all)s::text[]) b",
            {"all": list(PartnerStatus.values)},
        )
        found = {(before, after): allowed for before, after, allowed in cursor.fetchall()}
    assert found == {pair: may_step(*pair) for pair in product(PartnerStatus.values, repeat=2)}


@pytest.mark.parametrize(
    ("before", "after", "constraint"),
    [
        ("active", "terminated", "partner_step_allowed"),
        ("terminated", "active", "partner_step_allowed"),
        ("applied", "onboarding", "partner_step_allowed"),
        ("onboarding", "active", "partner_activation_dated"),
    ],
)
def test_the_database_refuses_an_impossible_step(before: str, after: str, constraint: str) -> None:
    partner = make_partner(status=before, activated_on=None)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Partner.objects.filter(pk=partner.pk).update(status=after)
    assert constraint_of(refused.value) == constraint


def test_activation_sets_its_day_once_and_the_history_is_without_gaps() -> None:
    partner = Partner.objects.create(code="new", name="New", type="reseller", status="onboarding")
    begin_history(
        partner=partner, on=date(2026, 11, 1), before=[("applied", date(2026, 10, 1)), ("in_review", date(2026, 11, 1))]
    )
    step(partner, to=PartnerStatus.ACTIVE, on=date(2026, 11, 10))
    step(partner, to=PartnerStatus.SUSPENDED, on=date(2026, 11, 20))
    step(partner, to=PartnerStatus.ACTIVE, on=date(2026, 11, 25))
    partner.refresh_from_db()
    assert partner.activated_on == date(2026, 11, 10)
    assert periods(partner) == [
        ("applied", date(2026, 10, 1), date(2026, 11, 1)),
        ("onboarding", date(2026, 11, 1), date(2026, 11, 10)),
        ("active", date(2026, 11, 10), date(2026, 11, 20)),
        ("suspended", date(2026, 11, 20), date(2026, 11, 25)),
        ("active", date(2026, 11, 25), None),
    ]


def test_a_partnership_ends_with_a_reason_and_its_credits_on_the_chosen_day(cast: Cast) -> None:
    subscription = make_subscription(cast.partner, started_on=date(2026, 1, 1))
    credit = Credit.objects.get(subscription=subscription)
    later = make_subscription(cast.partner, started_on=date(2027, 3, 1))
    others = make_subscription(cast.rival, started_on=date(2026, 1, 1))
    day = date(2026, 12, 31)
    terminate_partner(
        partner_id=cast.partner.pk, credits_end_on=day, reason=" Sold ", actor=cast.actor("manager"), now=NOW
    )
    cast.partner.refresh_from_db()
    assert (cast.partner.status, cast.partner.credits_end_on) == ("terminated", day)
    assert periods(cast.partner) == [("active", date(2025, 1, 1), TODAY), ("terminated", TODAY, None)]
    event = AuditEvent.objects.get(action="partner_terminated")
    assert (event.reason, event.data) == ("Sold", {"credits_end_on": "2026-12-31"})
    assert end_credits_of_terminated(now=NOW) == 2
    assert end_credits_of_terminated(now=NOW) == 0
    credit.refresh_from_db()
    assert credit.valid_until == day
    voided = Credit.objects.get(subscription=later)
    assert voided.valid_until == voided.valid_from
    assert Credit.objects.get(subscription=others).valid_until is None
    with pytest.raises(StaleError):
        lift_suspension(partner_id=cast.partner.pk, reason="Back", actor=cast.actor("manager"), now=NOW)


def test_credits_never_end_in_the_past_and_acts_have_a_reason_and_a_manager(cast: Cast) -> None:
    asked: dict[str, Any] = {"partner_id": cast.partner.pk, "now": NOW}
    with pytest.raises(DomainError) as refused:
        terminate_partner(**asked, credits_end_on=TODAY - timedelta(days=1), reason="x", actor=cast.actor("manager"))
    assert (refused.value.code, refused.value.field) == ("day_past", "credits_end_on")
    with pytest.raises(DomainError) as silent:
        terminate_partner(**asked, credits_end_on=TODAY, reason="  ", actor=cast.actor("manager"))
    assert silent.value.code == "reason_missing"
    for person in ("viewer", "finance_person", "owner"):
        with pytest.raises(NotAllowedError):
            terminate_partner(**asked, credits_end_on=TODAY, reason="x", actor=cast.actor(person))
    with pytest.raises(StaleError):
        lift_suspension(**asked, reason="x", actor=cast.actor("manager"))
    suspend_partner(**asked, reason="Bills", actor=cast.actor("manager"))
    with pytest.raises(StaleError):
        suspend_partner(**asked, reason="Again", actor=cast.actor("manager"))


def test_the_console_ends_a_partnership(cast: Cast) -> None:
    client, path = cast.signed_in("manager"), "/manage/partners/northwind/terminate/"
    assert client.get(path).status_code == 200
    refused = client.post(path, {"credits_end_on": "2020-01-01", "reason": "x"})
    assert (refused.status_code, "Credits can end today or later" in refused.content.decode()) == (422, True)
    done = client.post(path, {"credits_end_on": "2030-01-01", "reason": "Sold"}, follow=True)
    assert "The partnership with Northwind IT has ended." in done.content.decode()
    assert client.get(path).status_code == 404
    assert cast.signed_in("viewer").get("/manage/partners/contoso/terminate/").status_code == 403


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE partners_activity SET kind = 'x'",
        "DELETE FROM partners_activity",
        "TRUNCATE partners_activity",
    ],
)
def test_the_log_is_only_added_to(cast: Cast, sql: str) -> None:
    record_activity(partner_id=cast.partner.pk, kind="review_held", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Activity.objects.get().kind == "review_held"


def test_credits_may_end_today_and_only_a_suspension_is_lifted(cast: Cast) -> None:
    manager = cast.actor("manager")
    newcomer = make_partner(status="onboarding", activated_on=None)
    with pytest.raises(StaleError):
        lift_suspension(partner_id=newcomer.pk, reason="Come in", actor=manager, now=NOW)
    newcomer.refresh_from_db()
    assert (newcomer.status, newcomer.activated_on) == ("onboarding", None)
    ended = terminate_partner(partner_id=cast.partner.pk, credits_end_on=TODAY, reason="Sold", actor=manager, now=NOW)
    assert ended.credits_end_on == TODAY
