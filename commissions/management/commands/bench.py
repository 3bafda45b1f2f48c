"""``manage.py bench``: measure the commission engine on a generated program, against baselines in the same run."""

from __future__ import annotations

import os
import platform
import statistics
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from commissions.bench import baselines
from commissions.bench.program import generate
from commissions.queries.totals import run_totals
from commissions.services.runs import approve_run, calculate_run
from prm.actors import OPERATOR

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from commissions.models import Run

PERIOD = date(2026, 5, 1)
ROUNDS = 3


class Command(BaseCommand):
    """Measures in a scratch database of its own, which is dropped afterwards."""

    help = "Measure the commission engine on a generated program; writes docs/benchmarks.md with --write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--subscriptions", type=int, default=100_000, metavar="N")
        parser.add_argument("--write", action="store_true", help="write the figures to docs/benchmarks.md")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Generate, measure, print."""
        size = options["subscriptions"]
        if size < 100:  # noqa: PLR2004 - fewer give no figure
            raise CommandError("Measure at least 100 subscriptions.")
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            lines = self._measure(size)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        text = "\n".join(lines)
        self.stdout.write(text)
        if options["write"]:
            (Path(settings.BASE_DIR) / "docs" / "benchmarks.md").write_text(text + "\n", encoding="utf-8")

    def _measure(self, size: int) -> list[str]:
        generating, _ = _timed(lambda: generate(subscriptions=size, period=PERIOD.isoformat()))
        closes, runs = _medians(lambda: calculate_run(period=PERIOD, actor=OPERATOR, now=timezone.now()))
        run = runs[-1]
        peer, totals = _timed(lambda: baselines.orm_loop(PERIOD))
        _refuse_disagreement(run, totals)
        approving, _ = _timed(lambda: approve_run(run=run, actor=OPERATOR, now=timezone.now()))
        again, _ = _medians(lambda: calculate_run(period=PERIOD, actor=OPERATOR, now=timezone.now()))
        ordinary, _ = _medians(lambda: baselines.write(baselines.ORDINARY), before=baselines.prepare)
        floor, _ = _medians(lambda: baselines.write(baselines.FLOOR), before=baselines.prepare)
        rows = [
            ("generate the program", generating),
            ("first close of a month", closes),
            ("approve it, with statements", approving),
            ("the same month again, nothing changed", again),
            ("baseline *ordinary*: write the same rows into a logged, indexed table", ordinary),
            ("baseline *floor*: write them into an unlogged table without an index", floor),
            ("baseline *peer*: the month as an ORM loop, computing only, writing nothing", peer),
        ]
        return [
            "# Benchmarks",
            "",
            (
                f"`make bench ARGS='--subscriptions {size} --write'` on {timezone.now():%Y-%m-%d},"
                f" {platform.machine()}, "
                f"{_cores()} cores, Python {platform.python_version()}, PostgreSQL {_version()}. Medians of {ROUNDS} "
                "(one for generating, approving and the peer); all in one run on one machine."
            ),
            "",
            (
                f"{size:,} subscriptions, 5,000 partners, tiers, overrides, 10 % split, 3 % changed, 1.5 % left in the "
                f"month; {run.entry_count:,} entries. The peer's totals agree with the engine's to the cent."
            ),
            "",
            "| what | seconds | × floor |",
            "| --- | ---: | ---: |",
            *(f"| {what} | {seconds:.2f} | {seconds / floor:.1f} |" for what, seconds in rows),
        ]


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = act()
    return time.perf_counter() - start, result


def _medians(act: Callable[[], Any], before: Callable[[], None] = lambda: None) -> tuple[float, list[Any]]:
    taken = []
    for _round in range(ROUNDS):
        before()
        taken.append(_timed(act))
    return statistics.median(seconds for seconds, _ in taken), [result for _, result in taken]


def _refuse_disagreement(run: Run, totals: dict[str, Decimal]) -> None:
    """Refuse to compare with a wrong peer: both must give the same money."""
    ours = {f"{t.kind} {t.currency}": t.amount for t in run_totals(run) if t.kind != "upfront"}
    if ours != totals:
        raise CommandError(f"The engine and the ORM loop disagree: {ours} and {totals}")


def _cores() -> int:
    return os.cpu_count() or 1


def _version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
