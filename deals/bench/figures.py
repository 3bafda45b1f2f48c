"""Times the figures of MRR from rollups beside the same from the facts, and how the rollups grow."""

from __future__ import annotations

import os
import platform
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from deals.batch.rollups import make_day
from deals.bench.figures_program import LAST_DAY, PARTNERS, generate
from deals.models import RollupDay
from deals.queries.rollups.computing import DROP_WORK, KEPT
from deals.queries.rollups.days import Days
from deals.queries.rollups.reading import readings_of, together
from deals.queries.rollups.steps import POSITIONS, RATES, STEPS
from deals.queries.scorecards import scorecard_of
from prm.benchmarks import machine, server
from prm.metrics import Scope, all_metrics, months_up_to
from prm.models import Program
from prm.months import add_months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MILLI = 1000
MONTHS = 12
ROUNDS, SCORECARDS = 15, 200
TIMES, SCORECARD_MS, MONTH_OF_TWELVE = 100, 5, 0.125


@dataclass
class Spent:
    """Milliseconds that the database took, statement by statement, of everything inside ``watched``."""

    ms: float = 0.0
    statements: int = 0

    def __call__(self, execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        """Time one statement."""
        began = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            self.ms += (time.perf_counter() - began) * MILLI
            self.statements += 1


@contextmanager
def watched() -> Iterator[Spent]:
    """Count the database's time."""
    spent = Spent()
    with connection.execute_wrapper(spent):
        yield spent


@dataclass
class Measured:
    """What one run measured."""

    subscriptions: int
    generating: float = 0.0
    twelve: float = 0.0
    one: float = 0.0
    rows: int = 0
    load: tuple[float, float] = (0.0, 0.0)
    kept: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    scorecards: list[float] = field(default_factory=list)
    scorecard_statements: int = 0

    @property
    def times(self) -> float:
        """Return how many times faster the dashboard is read from rollups than the least that the facts need."""
        return statistics.median(self.floor) / statistics.median(self.kept)


def measure(*, subscriptions: int, say: Callable[[str], None]) -> Measured:
    """Generate the program in the empty database of the connection, and time everything."""
    found = Measured(subscriptions)
    before = os.getloadavg()[0]
    say(f"generating {subscriptions:,} subscriptions")
    found.generating = _timed(lambda: generate(subscriptions))
    ends = [add_months(LAST_DAY, 1 - back) - timedelta(days=1) for back in range(MONTHS, -1, -1)]
    say("building twelve months")
    found.twelve = _timed(lambda: _build(ends[:MONTHS]))
    say("adding a month")
    found.one = _timed(lambda: _build(ends[MONTHS:]))
    with connection.cursor() as cursor:
        for table in KEPT.names:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of ours
            found.rows += cursor.fetchone()[0]
            cursor.execute(f"VACUUM ANALYZE {table}")
    say("reading the dashboard")
    for _round in range(ROUNDS):
        found.kept.append(_timed(lambda: _dashboard(LAST_DAY)) * MILLI)
    say("the same from the facts")
    for _round in range(3):
        found.raw.append(_timed(_dashboard_from_facts) * MILLI)
        found.floor.append(_timed(_levels_from_facts) * MILLI)
    say("scorecards")
    for turn in range(SCORECARDS):
        with watched() as spent:
            scorecard_of(Scope(as_of=LAST_DAY, partner_id=1 + turn * (PARTNERS // SCORECARDS)))
        found.scorecards.append(spent.ms)
        found.scorecard_statements = spent.statements
    found.load = (before, os.getloadavg()[0])
    return found


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _build(days: list[date]) -> None:
    for day in days:
        RollupDay.objects.create(day=day)
        make_day(day)


def _dashboard(day: date) -> None:
    """Read every figure of MRR of the whole program with its twelve months."""
    with together():
        readings_of(Scope(as_of=day), months_up_to(day), cuts=[day])
        for metric in all_metrics():
            if metric.provider.__module__ in {"deals.kpis.revenue", "deals.kpis.segments"}:
                metric.provider(Scope(as_of=day))


def _dashboard_from_facts() -> None:
    """Compute the figures of the one day, without its year, from the facts."""
    with transaction.atomic():
        RollupDay.objects.all().delete()
        with together():
            for metric in all_metrics():
                if metric.provider.__module__ in {"deals.kpis.revenue", "deals.kpis.segments"}:
                    metric.provider(Scope(as_of=LAST_DAY))
        transaction.set_rollback(True)


def _levels_from_facts() -> None:
    """Compute what no dashboard from the facts can do without: each subscription's MRR on the days, and its sum."""
    with transaction.atomic(), connection.cursor() as cursor:
        parameters: dict[str, Any] = {**Days(LAST_DAY).parameters, "base": Program.current().base_currency}
        cursor.execute(DROP_WORK.format(names=", ".join(name for name, _statement in STEPS)))
        cursor.execute(RATES, parameters)
        cursor.execute(POSITIONS.replace("{only}", ""), parameters)
        cursor.execute("SELECT currency, sum(mrr), sum(month_ago), sum(year_ago) FROM mrr_position GROUP BY currency")
        transaction.set_rollback(True)


ABOUT = """
{partners:,} partners, {subscriptions:,} subscriptions of half as many customers over three years, eight countries, six
currencies; a quarter changed once, one in eight ended, one in five is nobody's, one in ten split. *From rollups*: every
figure of MRR of the program with the sums of twelve months. *The least from the facts*: each subscription's MRR on the
days that are compared, summed by currency, without credits, customers or segments. *All from the facts*: the figures of
the one day as they are computed where no rollup is, each partner's sums included. *Scorecard*: what one partner's page
asks of MRR: figures, segments, the year.
"""


LOAD = (
    "Load average {began:.1f} at the beginning and {ended:.1f} at the end on {cores} cores (this run alone is about 1):"
    " times of a busier machine are longer than its own."
)


def part(found: Measured, *, command: str, today: date) -> str:
    """Return the part in Markdown."""
    scorecard = statistics.median(found.scorecards)
    worst = sorted(found.scorecards)[-max(1, len(found.scorecards) // 100)]
    kept, raw = statistics.median(found.kept), statistics.median(found.raw)
    return "\n".join(
        [
            "# Key figures",
            "",
            f"`{command}` on {today:%Y-%m-%d}: {machine()}; Python {platform.python_version()}, {server()}.",
            LOAD.format(began=found.load[0], ended=found.load[1], cores=os.cpu_count()),
            ABOUT.format(partners=PARTNERS, subscriptions=found.subscriptions),
            "| goal | measured | limit | |",
            "| --- | ---: | ---: | --- |",
            _goal("the least from the facts ÷ dashboard from rollups", f"{found.times:,.0f}×", "at least 100×",
                  met=found.times >= TIMES),
            _goal("scorecard, database time, median", f"{scorecard:.2f} ms", "at most 5 ms",
                  met=scorecard <= SCORECARD_MS),
            _goal("a month more ÷ building twelve", f"{found.one / found.twelve:.3f}×", "at most 0.125×",
                  met=found.one / found.twelve <= MONTH_OF_TWELVE),
            "",
            "| | |",
            "| --- | ---: |",
            f"| dashboard from rollups, median of {ROUNDS} | {kept:.1f} ms |",
            f"| the least from the facts, median of {len(found.floor)} | {statistics.median(found.floor):,.0f} ms |",
            f"| all from the facts, median of {len(found.raw)} | {raw:,.0f} ms |",
            f"| scorecard, 99 of 100 | {worst:.2f} ms in {found.scorecard_statements} statements |",
            f"| building twelve months | {found.twelve:.1f} s |",
            f"| a month more | {found.one:.1f} s |",
            f"| rollup rows of thirteen months | {found.rows:,} |",
            f"| generating the program | {found.generating:.0f} s |",
            "",
        ]
    )  # fmt: skip


def _goal(what: str, figure: str, limit: str, *, met: bool) -> str:
    return f"| {what} | {figure} | {limit} | {'met' if met else '**not met**'} |"
