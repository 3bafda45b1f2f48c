"""Exact positions: scale, ticks, stacking, both directions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from prm.ui import chart


def show(value: Decimal) -> str:
    return f"{value:.0f}"


def months() -> list[chart.Month]:
    return [
        chart.Month("Jan", (100, 50), note="2026"),
        chart.Month("Feb", (200, 0), taken_back=-50, selected=True, href="?month=2"),
        chart.Month("Mar", (150, 50), pending=True),
    ]


@pytest.mark.parametrize(
    ("top", "step"),
    [(0, 1.0), (1, 0.2), (7, 2.0), (2372, 500.0), (100, 20.0), (96.42, 20.0), (12.4, 2.5), (48, 10.0), (2500, 500.0)],
)
def test_steps_are_round(top: float, step: float) -> None:
    assert chart.nice_step(top) == pytest.approx(step, abs=0)


def test_ticks_reach_over_the_top() -> None:
    assert chart.tick_values(2372) == [0, 500, 1000, 1500, 2000, 2500]
    assert chart.tick_values(2500) == [0, 500, 1000, 1500, 2000, 2500]
    assert chart.tick_values(0) == [0, 1]
    assert chart.tick_values(100, 4, -50) == [-50, 0, 50, 100]
    assert chart.tick_values(0, 4, -100) == [-100, -75, -50, -25, 0]


def test_bars_stand_on_zero_and_on_each_other() -> None:
    plot = chart.bar_chart(months(), ["Recurring", "Upfront"], show=show, width=448, label_width=96)
    # Plot from 52 to 352: three slots of 100; 200 is 142 units high.
    assert [(rect.x, rect.y, rect.width, rect.height, rect.css) for rect in plot.rects] == [
        ("87", "89", "30", "71", "f1"),
        ("87", "53.5", "30", "34.5", "f2"),
        ("187", "18", "30", "142", "f1"),
        ("187", "161", "30", "35.5", "f0"),
        ("287", "53.5", "30", "106.5", "f1 pend"),
        ("287", "18", "30", "34.5", "f2 pend"),
    ]


def test_gridlines_carry_every_second_label() -> None:
    plot = chart.bar_chart(months(), ["Recurring", "Upfront"], show=show, width=448)
    assert [(tick.y, tick.label, tick.zero) for tick in plot.ticks] == [
        ("160", "0", True),
        ("124.5", "", False),
        ("89", "100", False),
        ("53.5", "", False),
        ("18", "200", False),
    ]
    assert plot.axis == chart.Axis("52", "352", "43", "end")


def test_labels_say_month_note_total_and_what_was_taken_back() -> None:
    plot = chart.bar_chart(months(), ["Recurring", "Upfront"], show=show, width=448)
    assert [(text.x, text.y, text.text, text.anchor, text.css) for text in plot.texts] == [
        ("102", "221.5", "Jan", "middle", ""),
        ("102", "235.5", "2026", "middle", ""),
        ("202", "221.5", "Feb", "middle", "now"),
        ("202", "12", "200", "middle", "val"),
        ("222", "173", "-50", "start", "neg"),
        ("302", "221.5", "Mar", "middle", ""),
        ("302", "12", "200", "middle", "val"),
    ]
    assert plot.band == chart.Rect("174", "0", "56", "241.5", "band")
    assert [(link.href, link.area.x) for link in plot.links] == [("?month=2", "152")]


def test_series_are_named_beside_the_last_bar() -> None:
    plot = chart.bar_chart(months(), ["Recurring", "Upfront"], show=show, width=448)
    assert [(text.x, text.y, text.text, text.anchor, text.css) for text in plot.labels] == [
        ("358", "110.8", "Recurring", "start", "lab f1"),
        ("358", "39.8", "Upfront", "start", "lab f2"),
    ]


def test_time_runs_right_to_left_when_turned_round() -> None:
    plot = chart.bar_chart(months(), ["Recurring", "Upfront"], show=show, width=448, rtl=True)
    assert [rect.x for rect in plot.rects] == ["331", "331", "231", "231", "131", "131"]
    assert plot.axis == chart.Axis("96", "396", "405", "start")
    assert plot.labels[0].x == "90"
    assert plot.labels[0].anchor == "end"


def test_negative_values_hang_under_the_axis_together() -> None:
    plot = chart.bar_chart([chart.Month("Jan", (200, -30), taken_back=-20)], ["Recurring", "Upfront"], show=show)
    assert [(rect.y, rect.height, rect.css) for rect in plot.rects] == [("18", "142", "f1"), ("161", "35.5", "f0")]
    assert [text.text for text in plot.texts] == ["Jan", "-50"]


def test_axis_makes_room_for_long_amounts() -> None:
    plot = chart.bar_chart([chart.Month("Jan", (200,))], ["Recurring"], show=lambda value: f"PLN {value:,.0f}.00")
    assert plot.axis.x1 == "83"


def test_an_empty_year_draws_its_axis() -> None:
    plot = chart.bar_chart([chart.Month("Jan", (0,))], ["Recurring"], show=show)
    assert plot.rects == ()
    assert [tick.label for tick in plot.ticks] == ["0", "1"]


@pytest.mark.parametrize(
    ("bars", "series", "sentence"),
    [
        (25, 1, r"25 values are too many for this chart \(at most 24\); use a table"),
        (3, 5, r"5 series are too many for a chart \(at most 4\); use a table"),
    ],
)
def test_too_much_is_refused(bars: int, series: int, sentence: str) -> None:
    with pytest.raises(chart.ChartError, match=sentence):
        chart.bar_chart([chart.Month("x", (1,))] * bars, ["s"] * series, show=show)


def test_labels_move_apart_but_keep_their_order() -> None:
    assert chart.spread([10, 50]) == [10, 50]
    assert chart.spread([12, 10]) == [19, 3]


def test_lines_end_at_their_names() -> None:
    plot = chart.line_chart(
        [("Nov", "2025"), ("Dec", ""), ("Jan", "2026")],
        [chart.Series("Gold", (50, 75, 100)), chart.Series("Silver", (None, 25, 50))],
        show=show,
        width=492,
        height=252,
        label_width=140,
    )
    assert [(line.points, line.end_x, line.end_y) for line in plot.lines] == [
        ("52,106 202,59 352,12", "352", "12"),
        ("202,153 352,106", "352", "106"),
    ]
    assert [(text.x, text.y, text.text) for text in plot.labels] == [
        ("362", "16", "Gold"),
        ("492", "16", "100"),
        ("362", "110", "Silver"),
        ("492", "110", "50"),
    ]
    assert [tick.label for tick in plot.ticks] == ["0", "25", "50", "75", "100"]


def test_lines_below_zero_have_a_zero_line_above_the_months() -> None:
    plot = chart.line_chart(
        [("Nov", "2025"), ("Dec", ""), ("Jan", "2026")],
        [chart.Series("", (-50, 0, 100))],
        show=show,
        width=492,
        height=252,
        label_width=140,
    )
    assert [(tick.y, tick.label, tick.zero) for tick in plot.ticks] == [
        ("200", "-50", False),
        ("137.3", "0", True),
        ("74.7", "50", False),
        ("12", "100", False),
    ]
    assert [line.points for line in plot.lines] == ["52,200 202,137.3 352,12"]
    assert [text.y for text in plot.texts] == ["220", "236", "220", "220", "236"], "months stand under everything"
    below = chart.line_chart([("Nov", ""), ("Dec", "")], [chart.Series("", (-3, -1))], show=show)
    assert [(tick.label, tick.zero) for tick in below.ticks] == [
        ("-3", False),
        ("-2", False),
        ("-1", False),
        ("0", True),
    ]


def test_no_line_runs_over_a_gap_and_a_lonely_point_is_a_dot() -> None:
    plot = chart.line_chart(
        [(str(month), "") for month in range(6)],
        [chart.Series("", (100, 50, None, 25, None, 75))],
        show=show,
        width=692,
        height=252,
        label_width=140,
    )
    assert [(line.points, line.end_x, line.end_y) for line in plot.lines] == [
        ("52,12 152,106", "", ""),
        ("352,153", "352", "153"),
        ("552,59", "552", "59"),
    ]
    assert [text.text for text in plot.labels] == ["", "75"]


def test_spark_uses_its_height() -> None:
    assert chart.spark([1, 2, 3], width=108, height=28).points == "4,24 54,14 104,4"
    assert chart.spark([1, 2, 3], width=108, height=28, rtl=True).points == "104,24 54,14 4,4"
    assert chart.spark([5, 5], width=108, height=28).points == "4,14 104,14"


def test_interval_stands_on_its_scale() -> None:
    drawn = chart.interval(49, 82, 134, scale=[(0, "0"), (90, "90"), (180, "180")])
    assert (drawn.low, drawn.mid, drawn.high) == ("60.8", "92.4", "142")
    assert [(mark.x, mark.text) for mark in drawn.marks] == [("14", "0"), ("100", "90"), ("186", "180")]


def test_waterfall_begins_where_the_one_before_ended() -> None:
    falls = chart.waterfall([60, 40, -50])
    assert [(fall.x, fall.width, fall.css, fall.zero) for fall in falls] == [
        ("0", "60", "f3", "0"),
        ("60", "40", "f3", "0"),
        ("50", "50", "f2", "0"),
    ]


def test_waterfall_below_its_beginning() -> None:
    falls = chart.waterfall([-25, 100])
    assert [(fall.x, fall.width, fall.zero) for fall in falls] == [("0", "25", "25"), ("0", "100", "25")]
