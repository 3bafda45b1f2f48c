"""The command ``kpis`` gives every figure by the name of the interchange rules, exactly, as one document."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from partners.kpis.by_name import BESIDE, NAMES
from prm.actors import OPERATOR
from prm.metrics import Scope, all_metrics, evaluate, metric_of
from tests.kpis.world import ANNA, AS_OF

if TYPE_CHECKING:
    from tests.kpis.world import World

PROMISED = (
    "activity_rate", "time_to_first_deal_days", "psat", "nrr", "grr", "channel_mrr", "channel_mrr_share", "win_rate",
    "win_rate_strict", "cycle_median_days", "pipeline_velocity", "churn_mrr_rate", "contraction", "expansion",
    "renewal_rate", "sourced_mrr", "influenced_mrr", "share_with_win_12m", "time_to_first_approval_days",
)  # fmt: skip


def kpis(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("kpis", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_every_figure_stands_under_its_name(world: World) -> None:
    told = kpis("--as-of", f"{AS_OF}")
    assert (told["as_of"], told["partner"]) == ("2026-06-30", None)
    figures = told["figures"]
    assert set(PROMISED) <= set(figures)
    named = {NAMES.get(metric.code, metric.code) for metric in all_metrics()}
    assert set(figures) == named | {name for parts in BESIDE.values() for name in parts.values()}
    for name, figure in figures.items():
        assert set(figure) >= {"value", "unit", "numerator", "denominator", "n"}, name
        assert (figure["value"] is None) == bool(figure.get("reason")), name


def test_numbers_are_exact_text_and_whole_counts(world: World) -> None:
    figures = kpis("--as-of", f"{AS_OF}")["figures"]
    rate = {key: figures["activity_rate"][key] for key in ("value", "unit", "numerator", "denominator", "n")}
    assert rate == {"value": "0.5", "unit": "ratio", "numerator": "4", "denominator": "8", "n": 8}
    assert [round(float(end), 4) for end in figures["activity_rate"]["interval"]] == [0.2152, 0.7848]
    assert figures["activity_rate"]["active_partners"] == 8
    assert figures["share_with_win_12m"]["value"] == "0.375"
    value = evaluate("win_rate", Scope(AS_OF), OPERATOR).part("won_of_won_and_lost")
    assert figures["win_rate_strict"]["value"] == f"{value.value:f}"
    assert figures["nrr"]["value"] is None
    assert figures["nrr"]["reason"] == "There was no customer 12 months before."


def test_the_time_to_the_first_deal_brings_its_curve_and_counts(world: World) -> None:
    told = kpis("time_to_first_deal", "--as-of", f"{AS_OF}")["figures"]
    assert list(told) == ["time_to_first_deal_days"]
    assert told["time_to_first_deal_days"] == {
        "value": "181",
        "unit": "days",
        "numerator": None,
        "denominator": None,
        "n": 10,
        "interval": ["0", None],
        "s": {"90": "0.675", "180": "0.675", "365": "0.45"},
        "median_of_winners": "90",
        "events": 5,
        "censored": 5,
        "excluded": 1,
    }


def test_one_partner_and_filters(world: World) -> None:
    told = kpis("won_12m", "time_to_first_deal", "--as-of", f"{AS_OF}", "--partner", world.code(4))
    assert told["partner"] == world.code(4)
    waits = told["figures"]["time_to_first_deal_days"]
    assert (waits["value"], waits["interval"], waits["s"]["365"]) == (None, [None, None], None)
    assert waits["reason"].startswith("Not reached")
    assert (
        kpis("activity_rate", "--as-of", f"{AS_OF}", "--filter", f"manager={ANNA}")["figures"]["activity_rate"]["n"]
        == 5
    )
    with pytest.raises(CommandError, match="no such partner"):
        call_command("kpis", "--partner", "nobody")


def test_names_are_of_figures_that_there_are() -> None:
    codes = {metric.code for metric in all_metrics()}
    assert {*NAMES, *BESIDE} <= codes
    assert metric_of("time_to_first_deal").curve is not None
