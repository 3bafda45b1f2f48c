"""Win rate, cycle, velocity, registration health and leads on the hand-computed world, as of 2026-06-30."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from deals.models import Registration, RegistrationFinding
from prm.actors import OPERATOR
from prm.metrics import Scope, Value, by_partner, evaluate, rows_of
from prm.models import FxRate
from tests.kpis.world import ANNA, AS_OF, moment, told

if TYPE_CHECKING:
    from tests.kpis.world import World

LONG_AGO = date(2020, 1, 1)


def ask(code: str, as_of: date = AS_OF, **asked: Any) -> Value:
    return evaluate(code, Scope(as_of, **asked), OPERATOR)


def test_win_rate_of_all_that_were_decided(world: World) -> None:
    """Closed in (2025-06-30, 2026-06-30]: seven won, one lost, one expired, one withdrawn after approval."""
    value = ask("win_rate")
    assert told(value.numerator, value.denominator, value.value) == (7, 10, Decimal("0.7"))
    assert value.part("won_of_won_and_lost").value == Decimal(7) / 8
    assert [value.part(code).value for code in ("won", "lost", "expired", "withdrawn")] == [7, 1, 1, 1]
    assert ask("win_rate", manager=ANNA).value == Decimal(3) / 6
    ids = [world.partners[number].pk for number in (1, 4)]
    each = by_partner("win_rate", Scope(AS_OF), ids, OPERATOR)
    assert [each[pk].value for pk in ids] == [Decimal("0.5"), None]


def test_sales_cycle_is_a_median(world: World) -> None:
    """10, 20, 30, 40, 50, 60 days; p11's submission is not known."""
    value = ask("sales_cycle")
    assert told(value.value, value.n) == (35, 6)


def test_deals_won(world: World) -> None:
    assert ask("won_12m").value == 7
    ids = [world.partners[number].pk for number in (1, 5)]
    each = by_partner("won_12m", Scope(AS_OF), ids, OPERATOR)
    assert [each[pk].value for pk in ids] == [1, 0]
    assert ask("won_12m", as_of=date(2026, 7, 1), partner_id=ids[1]).value == 1


def test_pipeline_velocity(world: World) -> None:
    """Open: p01 100, p02 220 USD = 200, p04 without, p05 300 (won the day after): 4 × 0.7 × 200 ÷ 35 = 16 a day."""
    value = ask("pipeline_velocity")
    assert told(value.value, value.currency, value.n) == (16, "EUR", 4)
    assert value.part("mean_expected_mrr").value == 200
    assert value.part("mean_expected_mrr").n == 3
    assert list(map(str, value.notes)) == ["1 EUR = 1.1 USD, closing rate of June 2026"]


def test_pipeline_velocity_where_nothing_is_open_or_something_is_missing(world: World) -> None:
    assert ask("pipeline_velocity", as_of=LONG_AGO).value == 0
    # p04 has one open registration, which expects nothing.
    of_p04 = ask("pipeline_velocity", partner_id=world.partners[4].pk)
    assert told(of_p04.value, of_p04.n) == (None, 1)
    assert of_p04.undefined == ask("win_rate", partner_id=world.partners[4].pk).undefined
    FxRate.objects.all().delete()
    unrated = ask("pipeline_velocity")
    assert told(unrated.value, str(unrated.undefined)) == (
        None,
        "A currency of the open registrations has no exchange rate.",
    )


def test_approval_rate(world: World) -> None:
    """Approved in the months: six that were won, p01 lost, p02 expired, p03 withdrawn, p04 revoked, four still open."""
    value = ask("approval_rate")
    assert told(value.numerator, value.denominator, value.value) == (14, 16, Decimal("0.875"))


def test_conflicts_are_counted_once_a_registration(world: World) -> None:
    registration = Registration.objects.filter(holder=world.partners[1]).earliest("number")
    for code, at in (("protected", "2026-06-01"), ("protected", "2026-06-02"), ("lookalike", "2025-06-30")):
        RegistrationFinding.objects.create(
            registration=registration, evaluated_at=moment(at), moment="submission", code=code, severity="review",
            partner_text="",
        )  # fmt: skip
    counts = {part.code: part.value.value for part in ask("approval_rate").parts}
    assert counts == {"decided": 16, "rule_protected": 1}


def test_time_to_decision_and_decisions_in_time(world: World) -> None:
    """1 2 3 4 5 6 8 10 12 14 16 17 20 24 40 business hours; two days of eight are given."""
    hours, in_time = ask("decision_hours"), ask("decision_sla")
    assert told(hours.value, hours.n) == (10, 15)
    assert told(in_time.numerator, in_time.denominator) == (11, 15)


def test_leads(world: World) -> None:
    """Eight came in. Due: p01 accepted, p03 lapsed; p05 in time, p06 late, p07 declined; two of five accepted in time.

    Accepted: p01, p05 (registered), p06.
    """
    value = ask("leads")
    states = {part.code: part.value.value for part in value.parts if part.code.startswith("state_")}
    assert value.value == 8
    assert states == {
        "state_new": 1,
        "state_offered": 2,
        "state_accepted": 2,
        "state_declined": 1,
        "state_converted": 1,
        "state_returned": 1,
        "state_closed": 0,
    }
    assert value.part("qualified").value == 3
    assert told(value.part("accepted_in_time").numerator, value.part("accepted_in_time").denominator) == (2, 5)
    assert told(value.part("converted").numerator, value.part("converted").denominator) == (1, 3)
    assert value.part("cost_per_lead").undefined == "No market development funds (MDF) are recorded."
    assert len(rows_of("leads", Scope(AS_OF), OPERATOR).rows) == 8


@pytest.mark.parametrize("code", ["win_rate", "sales_cycle", "approval_rate", "decision_hours", "decision_sla"])
def test_each_is_not_defined_before_anything_happened(code: str, world: World) -> None:
    value = ask(code, as_of=LONG_AGO)
    assert told(value.value, value.n) == (None, 0)
    assert str(value.undefined).startswith("No ")


def test_leads_of_nobody(world: World) -> None:
    value = ask("leads", as_of=LONG_AGO)
    assert told(value.value, value.part("accepted_in_time").value, value.part("converted").value) == (0, None, None)


def test_rows_behind_the_figures(world: World) -> None:
    for code, number in (("win_rate", 10), ("sales_cycle", 7), ("won_12m", 7), ("pipeline_velocity", 4)):
        rows = rows_of(code, Scope(AS_OF), OPERATOR)
        assert told(len(rows.rows), len(rows.urls)) == (number, number)
