"""Time to the first deal and first approval, Kaplan–Meier, on the hand-computed world.

Followed until 2026-06-30, ten: 0 p02 event, 0 p10 censored, 90 p01 event, 90 p03 event, 90 p06 censored, 122 p08
censored (it won after its termination), 180 p04 censored, 181 p07 event (on its last day), 365 p05 censored, 486 p11
event. Left out: p09.

    t      at risk  events  S
    0      10       1       9/10
    90      8       2       9/10 · 6/8 = 27/40
    181     3       1       27/40 · 2/3 = 9/20
    486     1       1       0

Median: 181. The band's lower end at t = 0: ln 0.9 = −0.10536, √V = √(1/90) = 0.10541, 0.10536 · e^(1.96 · 0.10541 ÷
0.10536) = 0.7487 ≥ ln 2, so the interval begins at 0. Its upper end: at 181, V = 1/90 + 2/48 + 1/6 = 0.21944,
0.79851 · e^(−1.96 · 0.46845 ÷ 0.79851) = 0.2529 < ln 2, and at 486 there is no band: open.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from partners.queries.selection import partners_of
from prm.actors import OPERATOR
from prm.metrics import Scope, by_partner, evaluate, rows_of
from prm.models import Program
from tests.kpis.world import ANNA, AS_OF, PIOTR, told

if TYPE_CHECKING:
    from tests.kpis.world import World

DEAL, APPROVAL = "time_to_first_deal", "time_to_first_approval"


def test_the_median_counts_those_who_still_wait(world: World) -> None:
    value = evaluate(DEAL, Scope(AS_OF), OPERATOR)
    assert told(value.value, value.n, value.low, value.high) == (181, 10, 0, None)
    assert value.part("s_90").value == Decimal(27) / 40
    assert value.part("s_180").value == Decimal(27) / 40
    assert value.part("s_365").value == Decimal(9) / 20
    # Of those who won: 0, 90, 90, 181, 486.
    assert value.part("plain_median").value == 90
    assert [value.part(code).value for code in ("events", "censored", "left_out")] == [5, 5, 1]


def test_a_tier_is_the_one_held_at_activation(world: World) -> None:
    """p01 is gold today because it won; at its activation it was silver."""
    gold = evaluate(DEAL, Scope(AS_OF, tier="gold"), OPERATOR)
    silver = evaluate(DEAL, Scope(AS_OF, tier="silver"), OPERATOR)
    assert told(gold.n, gold.value) == (1, 90)  # p03
    assert told(silver.n, silver.value) == (1, 90)  # p01


def test_manager_and_type_are_those_of_the_activation(world: World) -> None:
    """p01 goes to Piotr and becomes an MSP today, long after its activation and the as-of date."""
    before = [
        evaluate(DEAL, Scope(AS_OF, manager=ANNA), OPERATOR),
        evaluate("activity_rate", Scope(AS_OF, manager=ANNA), OPERATOR),
    ]
    partner = world.partners[1]
    partner.manager_email, partner.type = PIOTR, "msp"
    partner.save()
    partner.manager_email = "third@vendor.example"
    partner.save()
    after = [
        evaluate(DEAL, Scope(AS_OF, manager=ANNA), OPERATOR),
        evaluate("activity_rate", Scope(AS_OF, manager=ANNA), OPERATOR),
    ]
    assert after == before
    assert evaluate(DEAL, Scope(AS_OF, type="reseller", partner_id=partner.pk), OPERATOR).n == 1
    today = Program.current().day_of(timezone.now())
    assert evaluate(DEAL, Scope(today, manager=ANNA, partner_id=partner.pk), OPERATOR).n == 1
    assert list(partners_of(Scope(today, manager="THIRD@vendor.example", type="msp"))) == [partner.pk]
    assert list(partners_of(Scope(today, manager=PIOTR, partner_id=partner.pk))) == []
    periods = partner.profile_periods.order_by("pk").values_list("manager_email", "type", "valid_from", "valid_until")
    assert list(periods) == [
        (ANNA, "reseller", None, today),
        ("third@vendor.example", "msp", today, None),
    ]


def test_not_reached(world: World) -> None:
    """Until 2025-12-31 seven are followed: p01 p02 p03 p05 p07 p08 p11.

    0 p02 event of 7; 90 p01 and p03 events of 6; then censored 121 p07 p08, 184 p05, 305 p11.
    S(0) = 6/7, S(90) = 6/7 · 4/6 = 4/7: more than half still wait.
    """
    value = evaluate(DEAL, Scope(date(2025, 12, 31)), OPERATOR)
    assert told(value.value, value.n) == (None, 7)
    assert str(value.undefined).startswith("Not reached")
    assert value.part("s_90").value == Decimal(4) / 7
    assert value.part("s_365").value is None
    assert value.part("s_365").undefined == "Nobody has been followed that long."


def test_it_is_not_defined_where_nobody_can_be_followed(world: World) -> None:
    empty = evaluate(DEAL, Scope(date(2020, 1, 1)), OPERATOR)
    assert empty.value is None
    assert str(empty.undefined).startswith("No partner of this selection can be followed")
    left_out = evaluate(DEAL, Scope(AS_OF, partner_id=world.partners[9].pk), OPERATOR)
    assert told(left_out.value, left_out.part("left_out").value) == (None, 1)
    assert str(left_out.undefined).startswith("No partner of this selection can be followed")


def test_the_first_approval(world: World) -> None:
    """p01 70, p03 61, p05 350, p07 142, p08 105, p11 429 events; p06 90, p10 0 censored; p02 p04 p09 left out.

    61: 6/7; 70: 5/7; 105: 5/7 · 3/4 = 15/28; 142: 15/28 · 2/3 = 5/14, the median. Plain: (105 + 142) ÷ 2.
    """
    value = evaluate(APPROVAL, Scope(AS_OF), OPERATOR)
    assert told(value.value, value.n, value.part("left_out").value) == (142, 8, 3)
    assert value.part("plain_median").value == Decimal("123.5")
    assert value.part("s_90").value == Decimal(5) / 7


def test_by_partner_and_the_rows(world: World) -> None:
    ids = [world.partners[number].pk for number in (1, 4, 9, 12)]
    each = by_partner(DEAL, Scope(AS_OF), ids, OPERATOR)
    assert [each[pk].value for pk in ids] == [90, None, None, None]
    rows = rows_of(DEAL, Scope(AS_OF, manager=PIOTR), OPERATOR)
    assert [(row[0], row[3], row[4]) for row in rows.rows] == [
        ("Partner 10", 0, "followed until then, without"),
        ("Partner 08", 122, "followed until then, without"),
        ("Partner 07", 181, "event"),
        ("Partner 11", 486, "event"),
        ("Partner 09", None, "left out: earlier than the activation"),
    ]
