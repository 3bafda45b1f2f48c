"""Activity rate on the hand-computed world.

Active on 2026-06-30: p01 p02 p03 p04 p05 p08 p09 p10, eight. Something that counts in (2026-04-01, 2026-06-30]: p01,
p02, p08, p10. A win in (2025-06-30, 2026-06-30]: p01, p03, p09.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from prm.actors import OPERATOR
from prm.metrics import Scope, by_partner, evaluate, rows_of, series_of
from prm.models import Program
from tests.kpis.world import ANNA, AS_OF, told

if TYPE_CHECKING:
    from tests.kpis.world import World

RATE = "activity_rate"


def test_four_of_eight_active_partners_did_something_that_counts(world: World) -> None:
    value = evaluate(RATE, Scope(AS_OF), OPERATOR)
    assert told(value.numerator, value.denominator, value.value, value.n) == (4, 8, Decimal("0.5"), 8)
    assert told(value.part("won_12m").numerator, value.part("won_12m").value) == (3, Decimal("0.375"))
    assert value.low is not None
    assert value.high is not None
    # Wilson of 4 in 8: 0.2152 to 0.7848.
    assert told(round(value.low, 4), round(value.high, 4)) == (Decimal("0.2152"), Decimal("0.7848"))


def test_days_are_the_programs(world: World) -> None:
    """In Helsinki p01's win of 23:30 UTC is on 1 July, and p03's step of 1 April 23:59 UTC on 2 April."""
    Program.objects.update(timezone="Europe/Helsinki")
    rows = rows_of(RATE, Scope(AS_OF), OPERATOR).rows
    assert sorted(str(row[0]) for row in rows if row[3]) == ["Partner 02", "Partner 03", "Partner 08", "Partner 10"]


def test_filters_hold_at_once(world: World) -> None:
    def of(**asked: Any) -> tuple[object, object]:
        value = evaluate(RATE, Scope(AS_OF, **asked), OPERATOR)
        return value.numerator, value.denominator

    assert of(manager=ANNA) == (2, 5)  # p01 to p05
    assert of(manager=ANNA.upper(), country="PL") == (1, 2)  # p02, p04
    assert of(tier="gold") == (1, 2)  # p01, p03
    assert of(type="msp") == (1, 1)  # p10; p11 is suspended
    assert of(cohort="2025") == (3, 5)  # p01 p02 p03 p05 p08
    assert of(cohort="2025-07") == (2, 2)  # p01 p02
    gold_then = evaluate(RATE, Scope(date(2025, 12, 31), tier="gold"), OPERATOR)
    assert gold_then.denominator == 1  # p03 alone: p01 was silver then
    own = evaluate(RATE, Scope(AS_OF, partner_id=world.partners[4].pk), OPERATOR)
    assert told(own.numerator, own.denominator) == (0, 1)


def test_it_is_not_defined_where_nobody_was_active(world: World) -> None:
    value = evaluate(RATE, Scope(date(2020, 1, 1)), OPERATOR)
    assert told(value.value, value.n) == (None, 0)
    assert value.undefined == "No partner of this selection was active on that day."


def test_by_month_and_by_partner(world: World) -> None:
    days = [date(2025, 6, 30), date(2026, 5, 31), AS_OF]
    values = series_of(RATE, Scope(AS_OF), days, OPERATOR)
    # On 2025-06-30: p05 and p11 active, p05 won that day. In May: p01-p05 p08 p09 p11; counted: p02, p03, p08.
    assert [told(v.numerator, v.denominator) for v in values] == [(1, 2), (3, 8), (4, 8)]
    ids = [world.partners[number].pk for number in (1, 3, 6)]
    each = by_partner(RATE, Scope(AS_OF), ids, OPERATOR)
    assert [each[pk].value for pk in ids] == [1, 0, None]


def test_the_rows_behind_it_are_the_active_partners_stillest_first(world: World) -> None:
    rows = rows_of(RATE, Scope(AS_OF), OPERATOR)
    assert len(rows.rows) == 8
    assert [row[3] for row in rows.rows] == [False] * 4 + [True] * 4
    assert rows.urls[-1] == f"/manage/partners/{world.code(1)}/"
