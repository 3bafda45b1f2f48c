"""docs/key-figures.md: every figure with its definition and formula, written from the register."""

from __future__ import annotations

from itertools import groupby
from textwrap import fill
from typing import TYPE_CHECKING

from django.utils import translation

from prm.metrics import Direction, Unit, all_metrics, group_name

if TYPE_CHECKING:
    from prm.metrics import Metric

WIDTH = 120
HEAD = """\
# Key figures

Written by `manage.py kpis --definitions`; a test holds it to what the program counts. Every figure is defined once, in
the `kpis` of the app that owns its facts, and registered in `prm.metrics`; the console's pages, `/api/v1/figures`, CSV
files, the command `kpis`, dashboards, scorecards and tiers all ask there.

`manage.py kpis --as-of DAY [--partner CODE] [--filter NAME=VALUE] [--format json|csv|text]` prints them. The JSON
document has each by its name in the interchange rules, with value, unit, numerator, denominator and n: ratios as
fractions, decimals as text, a missing value with its `reason`, and beside it what there is more (`interval` with null
for an open end, `s` at 90, 180 and 365 days, `events`, `censored`, `excluded`, `waves`, `suppressed`).

Each takes a day and filters (manager, tier, type, country, year or month of activation, one partner), and answers with
its value, or the reason why there is none, its n, and where it is an estimate the 95 % interval: Wilson's for shares,
Brookmeyer and Crowley's on the log-log scale for the median of a Kaplan–Meier estimate (docs/decisions/statistics.md).

- Days are those of the program's time zone. “N days (months) up to D” is (D − N, D]; a month before the 31st of a
  longer month is the last day of the shorter one. Activities count from the log alone.
- Tier, manager and type of a filter are those of the day. For the time to the first deal and to the first approval they
  are those of the activation: today's tier would select those who have won.
- Of a selection of partners each customer and each term counts once, also where several of them have a share of it, and
  a customer moved as all their shares together did.
- Currencies are converted at the month's closing rate; the rate used is shown with the figure.
- A partner's people and keys see the figures of their own partner alone; those marked “for us alone” not at all.
"""
UNITS = {
    Unit.RATIO: "a share",
    Unit.DAYS: "days",
    Unit.HOURS: "business hours",
    Unit.MONEY: "an amount",
    Unit.MONEY_PER_DAY: "an amount a day",
    Unit.COUNT: "a number",
    Unit.SCORE: "a score",
}
DIRECTIONS = {Direction.UP: "more is better", Direction.DOWN: "less is better", Direction.NEUTRAL: "neither is better"}


def handbook() -> str:
    """Return the page, in English."""
    with translation.override("en"):
        parts = [HEAD]
        for group, those in groupby(all_metrics(), key=lambda metric: metric.group):
            parts.append(f"## {group_name(group)}\n")
            parts += [_section(metric) for metric in those]
    return "\n".join(parts)


def _section(metric: Metric) -> str:
    facts = [f"`{metric.code}`", UNITS[metric.unit], DIRECTIONS[metric.direction]]
    if metric.internal:
        facts.append("for us alone")
    definition = fill(str(metric.definition), WIDTH, break_on_hyphens=False)
    formula = fill(str(metric.formula), WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return f"### {metric.name}\n\n{', '.join(facts)}.\n\n{definition}\n\n{formula}\n"
