"""Turns the figures into the page ``docs/benchmarks.md``: what was measured, and each goal beside its figure."""

from __future__ import annotations

import math
import platform
import statistics
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from commissions.bench.measure import Figures, Samples
from prm.benchmarks import machine, server

MIB = 1024 * 1024
ABOUT = """
Programs of {sizes} subscriptions with 5,000 partners, two tiers, three plans (one with a cap and prorated clawback, one
by payments received), dated rules of all seven kinds, overrides of fifty distributors, EUR, USD, JPY and KWD, 10 %
splits, 3 % of the levels changed and 1.5 % of the customers gone in the month. The peer's totals and numbers of entries
equal the engine's by kind and currency, to the last minor unit.
"""
GOALS_NOTE = """
Ratios inside this run; *first close* is calculation and approval together, statements issued. The re-run with nothing
changed is the calculation alone, since it has nothing to approve; the re-run with 1 % changed includes its approval.
"""
BASELINES_NOTE = """
*Ordinary* writes the finished rows of the same run by `INSERT … SELECT` into a logged table with a primary key, a
unique key and four indexed foreign keys, as Django makes it; *floor* into an unlogged table without an index. *Peer* is
the month as an ORM loop (`iterator`, `prefetch_related`, `Decimal`, `bulk_create` into the ordinary table): all kinds,
but no explanations, no comparison with what was posted, no statements.
"""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, and the limit that it is to keep; ``at_least`` turns the comparison round."""

    what: str
    figure: float | None
    limit: float
    at_least: bool = False
    unit: str = "×"
    digits: int = 2

    def row(self) -> str:
        """Return the line of the table."""
        bound = f"{'at least' if self.at_least else 'at most'} {self.limit:g}{self.unit}"
        if self.figure is None:
            return f"| {self.what} | not measured | {bound} | – |"
        met = self.figure >= self.limit if self.at_least else self.figure <= self.limit
        return (
            f"| {self.what} | {self.figure:.{self.digits}f}{self.unit} | {bound} | {'met' if met else '**not met**'} |"
        )


def page(measured: list[Figures], *, command: str, today: date, rounds: int) -> str:
    """Return the page in Markdown."""
    sizes = ", ".join(f"{figures.subscriptions:,}" for figures in measured)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"`{command}` on {today:%Y-%m-%d}: {machine()}; Python {platform.python_version()}, {server()}.",
            f"Medians of {rounds} (one each for generating, the peer and the last approval), all in one run.",
            ABOUT.format(sizes=sizes),
            "## Goals",
            GOALS_NOTE,
            "| goal | measured | limit | |",
            "| --- | ---: | ---: | --- |",
            *(goal.row() for goal in goals(measured)),
            "",
            "## Seconds",
            "",
            *seconds(measured),
            BASELINES_NOTE,
            "## Bytes",
            "",
            *volumes(measured),
            "",
            f"## Steps in seconds, {measured[-1].subscriptions:,} subscriptions",
            "",
            *steps(measured[-1]),
            "",
        ]
    )


def goals(measured: list[Figures]) -> list[Goal]:
    """Return every goal with its figure: at each size where a size is its own, between sizes where not."""
    found: list[Goal] = []
    for f in measured:
        at = f"{f.subscriptions:,}"
        tracked = _ratio(f.again_tracked, f.first_close)
        changed = _ratio(f.changed, f.first_close)
        if changed is not None:
            changed += f.changed_approving.median / f.first_close
        found += [
            Goal(f"first close ÷ *ordinary*, {at}", f.first_close / f.ordinary.median, 0.5),
            Goal(f"nothing changed, full diff ÷ first close, {at}", _ratio(f.again_full, f.first_close), 0.5),
            Goal(f"nothing changed, change tracking ÷ first close, {at}", tracked, 0.01, digits=4),
            Goal(f"1 % changed ÷ first close, {at}", changed, 0.05, digits=3),
            Goal(f"write-ahead log ÷ *ordinary*, {at}", f.first_close_wal / f.ordinary.wal_median, 0.35),
        ]
        if f.peer.seconds:
            found.insert(1, Goal(f"*peer* ÷ first close, {at}", f.peer.median / f.first_close, 15, at_least=True))
    return found + _growth(measured)


def _growth(measured: list[Figures]) -> list[Goal]:
    """Compare each size with the one before."""
    found: list[Goal] = []
    for small, large in pairwise(measured):
        between = f"{small.subscriptions:,} to {large.subscriptions:,}"
        exponent = math.log(large.first_close / small.first_close) / math.log(large.subscriptions / small.subscriptions)
        memory = large.peak_kib / small.peak_kib if large.peak_kib and small.peak_kib else None
        found += [
            Goal(f"growth of the first close, {between} (exponent)", exponent, 1.05, unit=""),
            Goal(f"peak memory of the worker, {between}", memory, 1.1),
        ]
    return found


def _ratio(samples: Samples, whole: float) -> float | None:
    return samples.median / whole if samples.seconds else None


def seconds(measured: list[Figures]) -> list[str]:
    """Return the table of seconds, one column a size."""
    rows: list[tuple[str, list[float | None]]] = [
        ("generate the program", [f.generating for f in measured]),
        ("**first close of a month**", [f.first_close for f in measured]),
        ("– computing", [f.computing for f in measured]),
        ("– writing", [f.writing for f in measured]),
        ("– approval with statements", [f.approving.median for f in measured]),
        ("again, nothing changed, full diff", [_median(f.again_full) for f in measured]),
        ("again, nothing changed, change tracking", [_median(f.again_tracked) for f in measured]),
        ("again, 1 % changed", [_median(f.changed) for f in measured]),
        ("– its approval", [_median(f.changed_approving) for f in measured]),
        ("baseline *ordinary*", [f.ordinary.median for f in measured]),
        ("baseline *floor*", [f.floor.median for f in measured]),
        ("baseline *peer*", [_median(f.peer) for f in measured]),
    ]
    head = [f"{f.subscriptions:,}" for f in measured]
    counts = [("entries", [f.entries for f in measured]), ("statements", [f.statements for f in measured])]
    return [
        *_table("subscriptions", head),
        *(f"| {what} | {' | '.join(f'{number:,}' for number in numbers)} |" for what, numbers in counts),
        *(f"| {what} | {' | '.join(_seconds(number) for number in numbers)} |" for what, numbers in rows),
    ]


def volumes(measured: list[Figures]) -> list[str]:
    """Return the table of write-ahead log and memory, one column a size."""
    rows = [
        ("write-ahead log of the first close, MiB", [f.first_close_wal / MIB for f in measured]),
        ("write-ahead log of *ordinary*, MiB", [f.ordinary.wal_median / MIB for f in measured]),
        ("peak memory of the worker, MiB", [(f.peak_kib or 0) / 1024 for f in measured]),
    ]
    return [
        *_table("subscriptions", [f"{f.subscriptions:,}" for f in measured]),
        *(f"| {what} | {' | '.join(f'{number:,.0f}' for number in numbers)} |" for what, numbers in rows),
    ]


def steps(figures: Figures) -> list[str]:
    """Return the seconds of each step: of the first close, and of the re-run with 1 % changed."""
    names = dict.fromkeys([*figures.steps, *figures.changed_steps])
    columns = (figures.steps, figures.changed_steps)
    return [
        *_table("step", ["first close", "1 % changed"]),
        *(
            f"| {name.replace('_', ' ')} | {' | '.join(_seconds(_middle(column.get(name))) for column in columns)} |"
            for name in names
        ),
    ]


def _middle(taken: list[float] | None) -> float | None:
    return statistics.median(taken) if taken else None


def _table(corner: str, heads: list[str]) -> list[str]:
    return [f"| {corner} | {' | '.join(heads)} |", f"| --- |{' ---: |' * len(heads)}"]


def _median(samples: Samples) -> float | None:
    return samples.median if samples.seconds else None


def _seconds(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"
