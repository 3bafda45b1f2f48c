"""Measures one size in the scratch database that the connection leads to."""

from __future__ import annotations

import inspect
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from commissions.bench import baselines, peer, worker
from commissions.bench.program import PERIOD, change_one_percent, generate
from commissions.queries.totals import run_totals
from commissions.services.runs import approve_run, calculate_run, verify_run
from prm.actors import OPERATOR

if TYPE_CHECKING:
    from commissions.models import Run

WRITING = frozenset({"entries", "notes", "chunk", "keys", "indexes", "finish", "calculated"})
"""Steps of the engine that write finished rows, index, check and attach them; the others compute."""


class DisagreementError(Exception):
    """Two ways that must give the same money do not: no figure would mean anything."""


@dataclass
class Samples:
    """Seconds and bytes of write-ahead log of one thing done several times."""

    seconds: list[float] = field(default_factory=list)
    wal: list[int] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def wal_median(self) -> float:
        """Return the median of the bytes."""
        return statistics.median(self.wal)

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Measure what happens inside."""
        checkpoint()
        before, began = wal_position(), time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)
        self.wal.append(wal_position() - before)


@dataclass
class StepWatch:
    """Times the steps of one calculation into ``steps``; one that comes once for each range is summed."""

    steps: dict[str, list[float]]
    seen: list[tuple[str, float]] = field(default_factory=list)

    def see(self, name: str) -> None:
        """Take note of a step that begins."""
        self.seen.append((name, time.perf_counter()))

    def stop(self) -> None:
        """Add the round."""
        self.see("")
        taken: dict[str, float] = {}
        for (name, start), (_next, stop) in pairwise(self.seen):
            taken[name] = taken.get(name, 0) + stop - start
        for name, seconds in taken.items():
            self.steps.setdefault(name, []).append(seconds)


@dataclass
class Figures:
    """What was measured at one size."""

    subscriptions: int
    entries: int = 0
    statements: int = 0
    kinds: int = 0
    generating: float = 0
    steps: dict[str, list[float]] = field(default_factory=dict)
    changed_steps: dict[str, list[float]] = field(default_factory=dict)
    calculating: Samples = field(default_factory=Samples)
    approving: Samples = field(default_factory=Samples)
    ordinary: Samples = field(default_factory=Samples)
    floor: Samples = field(default_factory=Samples)
    peer: Samples = field(default_factory=Samples)
    again_full: Samples = field(default_factory=Samples)
    again_tracked: Samples = field(default_factory=Samples)
    changed: Samples = field(default_factory=Samples)
    changed_approving: Samples = field(default_factory=Samples)
    changed_entries: int = 0
    peak_kib: int | None = None

    @property
    def writing(self) -> float:
        """Return the seconds of the steps that write."""
        return sum(statistics.median(taken) for name, taken in self.steps.items() if name in WRITING)

    @property
    def computing(self) -> float:
        """Return the other seconds of the calculation."""
        return self.calculating.median - self.writing

    @property
    def first_close(self) -> float:
        """Return the whole: calculation and approval with its statements."""
        return self.calculating.median + self.approving.median

    @property
    def first_close_wal(self) -> float:
        """Return the whole's bytes of write-ahead log."""
        return self.calculating.wal_median + self.approving.wal_median


def measure(*, subscriptions: int, rounds: int, with_peer: bool, say: Callable[[str], None]) -> Figures:
    """Generate a program in the empty database and measure everything on it.

    Raises :class:`DisagreementError` when the peer, a re-run or an incremental run gives other money.
    """
    figures = Figures(subscriptions)
    say(f"{subscriptions:,} subscriptions: generating")
    began = time.perf_counter()
    generate(subscriptions=subscriptions)
    figures.generating = time.perf_counter() - began
    say("first close")
    run = _first_close(figures, rounds)
    say("baselines")
    _baselines(figures, run, rounds)
    if with_peer:
        say("peer")
        _peer(figures, run)
    baselines.drop_tables()
    say("approval with statements")
    _approve(figures, run, rounds)
    say("again, nothing changed")
    _again(figures, rounds)
    say("again, 1 % changed")
    _one_percent(figures, rounds)
    return figures


def tracks_changes() -> bool:
    """Whether the engine can leave out what has not changed."""
    return "full" in inspect.signature(calculate_run).parameters


def _calculate(*, full: bool, on_step: Callable[[str], None] = lambda _: None) -> Run:
    options: dict[str, Any] = {"full": full} if tracks_changes() else {}
    return calculate_run(period=PERIOD, actor=OPERATOR, now=_now(), on_step=on_step, **options)


def _first_close(figures: Figures, rounds: int) -> Run:
    figures.peak_kib = worker.peak_of_a_close(database=connection.settings_dict["NAME"], period=PERIOD)
    for _ in range(rounds):
        watch = StepWatch(figures.steps)
        with figures.calculating.one_more():
            run = _calculate(full=False, on_step=watch.see)
        watch.stop()
    figures.entries = run.entry_count
    figures.kinds = len({total.kind for total in run_totals(run)})
    return run


def _baselines(figures: Figures, run: Run, rounds: int) -> None:
    for table, empty, samples in (
        ("bench_ordinary", baselines.empty_ordinary, figures.ordinary),
        ("bench_floor", baselines.empty_floor, figures.floor),
    ):
        for _ in range(rounds):
            empty()
            with samples.one_more():
                written = baselines.write_rows(table, run.pk)
            _refuse_unless(written == run.entry_count, f"{table} got {written} rows of {run.entry_count}")


def _peer(figures: Figures, run: Run) -> None:
    baselines.empty_ordinary()
    with figures.peer.one_more():
        theirs = peer.close(PERIOD, run.pk)
    ours = {(t.currency, t.kind): (t.amount, t.entries) for t in run_totals(run)}
    _refuse_unless(ours == theirs, f"the engine and the ORM loop disagree: {_difference(ours, theirs)}")


def _approve(figures: Figures, run: Run, rounds: int) -> None:
    """Approve ``rounds`` times, all but the last taken back."""
    for number in range(rounds):
        with figures.approving.one_more(), transaction.atomic():
            approved = approve_run(run=run, actor=OPERATOR, now=_now())
            transaction.set_rollback(number < rounds - 1)
    figures.statements = approved.statements.count()


def _again(figures: Figures, rounds: int) -> None:
    for _ in range(rounds):
        with figures.again_full.one_more():
            run = _calculate(full=True)
        _refuse_unless(run.entry_count == 0, f"a re-run of unchanged facts posts {run.entry_count} entries")
    for _ in range(rounds if tracks_changes() else 0):
        with figures.again_tracked.one_more():
            run = _calculate(full=False)
        _refuse_unless(run.entry_count == 0, f"a re-run by change tracking posts {run.entry_count} entries")


def _one_percent(figures: Figures, rounds: int) -> None:
    change_one_percent()
    _analyze()
    for _ in range(rounds):
        watch = StepWatch(figures.changed_steps)
        with figures.changed.one_more():
            run = _calculate(full=False, on_step=watch.see)
        watch.stop()
    figures.changed_entries = run.entry_count
    _refuse_unless(run.entry_count > 0, "1 % changed facts post nothing")
    found = verify_run(run)
    _refuse_unless(not found, f"{len(found)} differences from a full recompute, {found[:3]}")
    whole = _calculate(full=True)
    _refuse_unless(whole.digest == run.digest, "a full recompute gives other entries than change tracking")
    with figures.changed_approving.one_more():
        approve_run(run=whole, actor=OPERATOR, now=_now())


def checkpoint() -> None:
    """Begin every measurement behind a checkpoint, so that whole pages in the log are counted alike."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("CHECKPOINT")
        except ProgrammingError:
            return  # not a superuser on a server of one's own: the figures are less even


def wal_position() -> int:
    """Return how many bytes of write-ahead log the server has written since its beginning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
        return int(cursor.fetchone()[0])


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _now() -> datetime:
    return timezone.now()


def _refuse_unless(holds: bool, sentence: str) -> None:  # noqa: FBT001 - a condition and its sentence
    if not holds:
        raise DisagreementError(sentence)


Totals = dict[tuple[str, str], tuple[Decimal, int]]


def _difference(ours: Totals, theirs: Totals) -> str:
    differing = [key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
    return "; ".join(f"{' '.join(key)}: {ours.get(key)} and {theirs.get(key)}" for key in differing[:5])
