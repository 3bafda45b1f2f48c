"""Every key figure by the name that the interchange rules give it, as one document: the command ``kpis`` prints it.

Ratios are fractions, decimals are text, what is counted is a whole number; a figure without a value says its reason.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from partners.kpis.surveys import psat_by_wave
from partners.policy.surveys import ONBOARDING
from prm.metrics import Unit, evaluate, together
from prm.metrics.writing import plain, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from partners.queries.figures import Question
    from prm.actors import Actor
    from prm.metrics import Metric, Scope, Value

NAMES: Mapping[str, str] = MappingProxyType({
    "time_to_first_deal": "time_to_first_deal_days",
    "time_to_first_approval": "time_to_first_approval_days",
    "sales_cycle": "cycle_median_days",
    "channel_share": "channel_mrr_share",
    "co_sell_growth": "co_sell_mrr_growth",
    "mrr_churn": "churn_mrr_rate",
    "mrr_contraction": "contraction",
    "mrr_expansion": "expansion",
    "decision_hours": "decision_median_hours",
    "decision_sla": "decision_sla_kept",
})  # fmt: skip
"""Names that are not the code of the figure."""

BESIDE: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "activity_rate": {"won_12m": "share_with_win_12m"},
    "win_rate": {"won_of_won_and_lost": "win_rate_strict"},
    "channel_mrr": {"arr": "channel_arr", "total": "total_mrr"},
    "mrr_churn": {"customers": "churn_customer_rate"},
    "mrr_contraction": {"customers": "contraction_customer_rate"},
    "mrr_expansion": {"customers": "expansion_customer_rate", "fresh": "new_mrr"},
    "leads": {
        "qualified": "leads_qualified", "accepted_in_time": "leads_accepted_in_time", "converted": "leads_converted",
        "cost_per_lead": "cost_per_lead",
    },
})  # fmt: skip
"""Parts that have a name of their own, by the code of their figure."""

DAYS: Mapping[str, str] = MappingProxyType({"s_90": "90", "s_180": "180", "s_365": "365"})
RENAMED: Mapping[str, str] = MappingProxyType({"left_out": "excluded", "plain_median": "median_of_winners"})
SERIES: Mapping[str, str] = MappingProxyType({"psat": "", "psat_onboarding": ONBOARDING})


def document(metrics: Iterable[Metric], question: Question, actor: Actor) -> dict[str, Any]:
    """Return the figures of a question by name, read together."""
    with together():
        return _document(metrics, question, actor)


def _document(metrics: Iterable[Metric], question: Question, actor: Actor) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for metric in metrics:
        value = evaluate(metric.code, question.scope, actor)
        figures[NAMES.get(metric.code, metric.code)] = _figure(metric, question.scope, value)
        for part in value.parts:
            if name := BESIDE.get(metric.code, {}).get(part.code):
                figures[name] = _numbers(part.value, unit_of(metric, part))
    return {"as_of": question.scope.as_of.isoformat(), "partner": question.partner or None, "figures": figures}


def _figure(metric: Metric, scope: Scope, value: Value) -> dict[str, Any]:
    told = _numbers(value, metric.unit)
    beside = BESIDE.get(metric.code, {})
    for part in value.parts:
        if part.code in DAYS:
            told.setdefault("s", {})[DAYS[part.code]] = _number(part.value, Unit.RATIO)
        elif part.code not in beside:
            told[RENAMED.get(part.code, part.code)] = _number(part.value, unit_of(metric, part))
    if metric.curve is not None and value.n:
        told["interval"] = [plain(value.low) or None, plain(value.high) or None]
    if metric.code in SERIES:
        told["waves"] = [
            {"wave": wave.code, "opened_on": wave.opened_on.isoformat()}
            | _numbers(one, metric.unit)
            | {part.code: _number(part.value, unit_of(metric, part)) for part in one.parts}
            for wave, one in psat_by_wave(scope, series=SERIES[metric.code])
        ]
    return told


def _numbers(value: Value, unit: Unit) -> dict[str, Any]:
    """Return a figure: value, unit, numerator, denominator, n, and what else there is of it."""
    told: dict[str, Any] = {
        "value": plain(value.value) or None,
        "unit": unit.value,
        "numerator": plain(value.numerator) or None,
        "denominator": plain(value.denominator) or None,
        "n": value.n,
    }
    if value.value is None:
        told["reason"] = str(value.undefined)
    if value.currency:
        told["currency"] = value.currency
    if value.low is not None or value.high is not None:
        told["interval"] = [plain(value.low) or None, plain(value.high) or None]
    if value.notes:
        told["notes"] = [str(note) for note in value.notes]
    return told


def _number(value: Value, unit: Unit) -> str | int | None:
    """Return a number beside a figure: whole where it is counted, nothing where it is not defined."""
    if value.value is None:
        return None
    return int(value.value) if unit is Unit.COUNT else plain(value.value)
