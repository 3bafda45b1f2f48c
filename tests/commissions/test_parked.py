"""A partner whose sum cannot be computed stops nobody else, and is paid by the run after the correction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from commissions.kinds import Kind
from commissions.models import ChangedFact, Entry, ParkedPartner, Plan, Rule, Run
from commissions.queries.parked import parked_in
from commissions.services.runs import approve_run, calculate_run, verify_run
from deals.models import MrrChange
from prm.actors import OPERATOR
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, NOW
from tests.factories.commissions import make_subscription

pytestmark = pytest.mark.django_db
TOO_LARGE = "1000000000000"
MANY = 101
"""So many customers at 10,000 % come to more than an amount can hold."""


@pytest.fixture
def cast() -> Cast:
    return assemble()


def overflow(cast: Cast) -> None:
    """Give the rival new MRR that no accelerator can be computed of, and Northwind an honest customer."""
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True)
    Rule.objects.create(plan=plan, kind=Kind.UPFRONT, rate=10)
    Rule.objects.create(plan=plan, kind=Kind.ACCELERATOR, rate=10_000, currency="EUR", threshold=0)
    make_subscription(cast.partner, customer="Pihlaja", mrr="100")
    for _number in range(MANY):
        make_subscription(cast.rival, mrr=TOO_LARGE)


def lines(run: Run) -> list[tuple[str, str, int, Decimal]]:
    rows = Entry.objects.filter(run=run).values_list("partner__code", "kind", "earned_period__month", "amount")
    return sorted(rows)


def test_a_partner_that_cannot_be_computed_waits_and_is_paid_after_the_correction(cast: Cast) -> None:
    overflow(cast)
    rival, northwind = cast.rival.code, cast.partner.code

    january = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)

    assert [(parked.partner, parked.subscription, parked.reason) for parked in parked_in(january)] == [
        (cast.rival, None, "numeric field overflow")
    ]
    assert lines(january) == [
        (northwind, "accelerator", 1, Decimal("10000.0000")),  # 10,000 % of 100.00
        (northwind, "upfront", 1, Decimal("10.0000")),
    ]
    approve_run(run=january, actor=OPERATOR, now=NOW)
    marks = list(ChangedFact.objects.filter(source="commissions_parkedpartner").values_list("partner_id", flat=True))
    assert marks == [cast.rival.pk]

    MrrChange.objects.filter(mrr=Decimal(TOO_LARGE)).update(mrr=10)
    february = calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)

    paid = [line for line in lines(february) if line[1] == "accelerator"]
    assert paid == [(rival, "accelerator", 1, Decimal("101000.0000"))]  # 10,000 % of 101 × 10.00
    upfront = [line for line in lines(february) if line[1] == "upfront"]
    assert upfront == [(rival, "upfront", 1, Decimal("1.0000"))] * MANY
    assert {entry.earned_period for entry in Entry.objects.filter(run=february)} == {date(2026, 1, 1)}
    assert not ParkedPartner.objects.filter(run=february).exists()
    assert verify_run(february) == []


def test_while_nothing_is_corrected_the_partner_stays_on_hold(cast: Cast) -> None:
    overflow(cast)
    approve_run(run=calculate_run(period=JANUARY, actor=OPERATOR, now=NOW), actor=OPERATOR, now=NOW)
    february = calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    assert list(ParkedPartner.objects.filter(run=february).values_list("partner", flat=True)) == [cast.rival.pk]
    assert lines(february) == []
