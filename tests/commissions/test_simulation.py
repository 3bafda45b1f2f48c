"""What a month would have cost under other rules, and that asking leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from commissions.kinds import Kind
from commissions.models import Entry, Plan, Rule
from commissions.services.simulation import Proposal, simulate
from prm.errors import DomainError, NotAllowedError
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, NOW, install, run_months

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = assemble()
    install(cast)
    return cast


def costs(cast: Cast, month: date, **proposal: Any) -> list[tuple[str, Decimal, Decimal]]:
    found = simulate(period=month, proposal=Proposal(**proposal), actor=cast.actor("finance_person"), now=NOW)
    return [(cost.kind, cost.before, cost.after) for cost in found.kinds]


def rule(kind: str) -> Rule:
    return Rule.objects.get(kind=kind, retired_at=None)


def test_another_rate_changes_what_its_kind_costs_and_nothing_else(cast: Cast) -> None:
    found = simulate(
        period=JANUARY,
        proposal=Proposal(values={rule(Kind.RECURRING).pk: Decimal(30)}),
        actor=cast.actor("finance_person"),
        now=NOW,
    )
    assert [(c.currency, c.kind, c.before, c.after, c.difference) for c in found.kinds] == [
        ("EUR", "recurring", Decimal("14.20"), Decimal("21.29"), Decimal("7.09")),
        ("EUR", "upfront", Decimal("100.00"), Decimal("100.00"), Decimal("0.00")),
    ]
    assert [(c.currency, c.before, c.after) for c in found.totals] == [("EUR", Decimal("114.20"), Decimal("121.29"))]
    assert [(c.partner_code, c.before, c.after) for c in found.partners] == [
        (cast.partner.code, Decimal("68.52"), Decimal("72.77")),  # 60 % of 100 × 22/31 at 30 % is 12.77
        (cast.rival.code, Decimal("45.68"), Decimal("48.52")),  # 40 % of it: 8.52
    ]


def test_a_month_that_is_posted_costs_what_it_was_entitled_to(cast: Cast) -> None:
    run_months(JANUARY, FEBRUARY)
    assert costs(cast, JANUARY) == [
        ("recurring", Decimal("14.20"), Decimal("14.20")),
        ("upfront", Decimal("100.00"), Decimal("100.00")),
    ]


def test_without_a_rule_its_kind_costs_nothing(cast: Cast) -> None:
    assert costs(cast, FEBRUARY, left_out=(rule(Kind.RECURRING).pk,)) == [("recurring", Decimal(20), Decimal(0))]


def test_a_new_rule_takes_over_where_it_is_more_specific(cast: Cast) -> None:
    new = Rule(plan=Plan.objects.get(), kind=Kind.RECURRING, role="sourced", rate=Decimal(25), age_from=1, age_until=13)
    assert costs(cast, FEBRUARY, added=(new,)) == [("recurring", Decimal(20), Decimal(25))]


def test_a_new_kind_is_computed_though_no_rule_in_force_pays_it(cast: Cast) -> None:
    new = Rule(plan=Plan.objects.get(), kind=Kind.ACCELERATOR, rate=Decimal(10), currency="EUR", threshold=Decimal(20))
    assert costs(cast, JANUARY, added=(new,)) == [
        ("recurring", Decimal("14.20"), Decimal("14.20")),
        ("upfront", Decimal("100.00"), Decimal("100.00")),
        ("accelerator", Decimal(0), Decimal("6.00")),  # 10 % of 60 − 20, and of 40 − 20
    ]


def test_under_a_cap_the_months_before_take_their_part(cast: Cast) -> None:
    Plan.objects.update(cap_per_subscription=70, cap_currency="EUR")
    # Northwind: 60 + 8.52 in January leave 1.48; the rival: 40 + 5.68 leave 24.32, of which February takes 8.
    assert costs(cast, FEBRUARY) == [("recurring", Decimal("9.48"), Decimal("9.48"))]


def test_a_tie_an_unknown_rule_and_an_impossible_rate_are_refused(cast: Cast) -> None:
    tied = Rule(plan=Plan.objects.get(), kind=Kind.UPFRONT, rate=Decimal(25))
    for proposal, code in (
        (Proposal(added=(tied,)), "rule_tie"),
        (Proposal(values={0: Decimal(1)}), "unknown_rule"),
        (Proposal(values={rule(Kind.UPFRONT).pk: Decimal(10_001)}), "bad_rate"),
        (Proposal(values={rule(Kind.UPFRONT).pk: Decimal("NaN")}), "bad_rate"),
    ):
        with pytest.raises(DomainError) as refusal:
            simulate(period=JANUARY, proposal=proposal, actor=cast.actor("finance_person"), now=NOW)
        assert refusal.value.code == code


def test_a_month_that_has_not_begun_and_a_person_without_the_role_are_refused(cast: Cast) -> None:
    with pytest.raises(DomainError, match="This month has not begun"):
        costs(cast, date(2026, 7, 1))
    with pytest.raises(NotAllowedError):
        simulate(period=JANUARY, proposal=Proposal(), actor=cast.actor("viewer"), now=NOW)


def test_what_takes_too_long_is_stopped_says_what_to_do_and_leaves_no_limit(cast: Cast, settings: Any) -> None:
    settings.SIMULATION_SECONDS = 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
    fiona = cast.signed_in("finance_person")
    with somebody_holds_what_is_read():
        with pytest.raises(DomainError) as refusal:
            costs(cast, JANUARY)
        answer = fiona.get("/manage/simulation/?month=2026-01&ask=1")
    assert refusal.value.code == "simulation_too_long"
    assert answer.status_code == 422
    assert "than the 1 seconds that a page may take; nothing was changed." in answer.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before
    assert len(costs(cast, JANUARY)) == 2


@contextmanager
def somebody_holds_what_is_read() -> Iterator[None]:
    """Lock a table that the engine reads: its statement lasts, as it would in a large program."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("LOCK TABLE commissions_adjustment IN ACCESS EXCLUSIVE MODE")
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


def test_nothing_stays_behind(cast: Cast) -> None:
    before = list(Rule.objects.order_by("pk").values())
    costs(cast, JANUARY, values={rule(Kind.RECURRING).pk: Decimal(30)}, left_out=(rule(Kind.UPFRONT).pk,))
    assert list(Rule.objects.order_by("pk").values()) == before
    assert Entry.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'")
        assert cursor.fetchone() == (0,)
