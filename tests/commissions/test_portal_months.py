"""Twelve months by kind: what is drawn, and the sentence over it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from commissions.kinds import Kind
from commissions.portal.months import MonthSum, draw, finding, shift, twelve_months
from commissions.portal.words import kinds_in_words
from commissions.queries.earnings import KindSum

MARCH = date(2026, 3, 1)


def months(*recurring: str, pending: bool = False, upfront: str = "0") -> list[MonthSum]:
    """Return months up to March with these recurring sums, the last one with ``upfront``."""
    found = []
    for back, amount in enumerate(reversed(recurring)):
        added = {Kind.RECURRING.value: Decimal(amount)} if amount != "0" else {}
        if back == 0 and upfront != "0":
            added[Kind.UPFRONT.value] = Decimal(upfront)
        found.append(MonthSum(shift(MARCH, -back), added, Decimal(0), pending=pending and back == 0))
    return found[::-1]


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (months("0", "0"), "Nothing was posted in these months."),
        (months("0", "20"), "Posted in one month: €20.00."),
        (months("0", "20", pending=True), "All of it, €20.00, is pending."),
        (
            months("0", "10", "20", "30", upfront="30"),
            "Recurring commission rose in every month, from €10.00 to €30.00, now 50\xa0% of what you earn.",
        ),
        (months("10", "20", "30"), "Recurring commission rose in every month, from €10.00 to €30.00."),
        (
            months("30", "20", upfront="50"),
            "€100.00 in 12 months; 50\N{NO-BREAK SPACE}% of what was added is recurring.",
        ),
    ],
)
def test_the_finding_is_borne_out_by_the_figures(of: list[MonthSum], sentence: str) -> None:
    assert finding(of, currency="EUR") == sentence


def test_a_months_parts_and_what_was_taken_back_add_up() -> None:
    sums = [
        KindSum(MARCH, "EUR", Kind.RECURRING, Decimal(20), Decimal(-5)),
        KindSum(MARCH, "EUR", Kind.UPFRONT, Decimal(0), Decimal(-60)),
    ]
    pending = [KindSum(shift(MARCH, 1), "EUR", Kind.RECURRING, Decimal(8), Decimal(0))]
    found = twelve_months(sums, pending, last=shift(MARCH, 1))
    assert len(found) == 12
    assert (found[-2].total, found[-2].taken_back, found[-2].pending) == (Decimal(-45), Decimal(-65), False)
    assert (found[-1].total, found[-1].pending) == (Decimal(8), True)


def test_beyond_four_kinds_the_smallest_are_drawn_together_and_listed_apart() -> None:
    sums = [
        KindSum(MARCH, "EUR", kind, Decimal(10 * (len(Kind) - position)), Decimal(0))
        for position, kind in enumerate(Kind.values)
    ]
    figure = draw(
        twelve_months(sums, [], last=MARCH), currency="EUR", selected=MARCH, href=lambda month: f"?month={month:%Y-%m}"
    )
    assert [label.text for label in figure.plot.labels] == ["Recurring", "Upfront", "SPIFF bonus", "Other kinds"]
    assert figure.columns == ["Month", *(str(kind.label) for kind in Kind), "Taken back", "Total"]
    assert figure.rows[-1][-1] == "€280.00"
    assert figure.rows[-1][-2] == "–"


def test_kinds_read_as_a_phrase() -> None:
    assert kinds_in_words([Kind.RECURRING, Kind.UPFRONT, Kind.SPIFF]) == "Recurring, upfront, SPIFF bonus"
    assert kinds_in_words([]) == ""
