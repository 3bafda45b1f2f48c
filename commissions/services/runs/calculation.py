"""Calculates a run: check inputs, compute in ranges, finish. Each step may die and be taken up again."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection, transaction

from commissions.batch.digest import digest_of
from commissions.batch.finish import clear_notes, merge_warnings
from commissions.batch.on_hold import HeldMonth, held_months, note_held_months
from commissions.batch.parking import leave_out_parked, parked_partners
from commissions.batch.partition import (
    attach,
    check_keys,
    create_draft,
    declare_keys,
    draft_exists,
    draft_of,
    drop_draft,
    drop_partition,
    is_draft_empty,
)
from commissions.batch.steps import nothing, watched
from commissions.batch.terms import terms_of
from commissions.batch.verify import differences_from_full
from commissions.models import Calculation, Run, RunChunk, RunStatus
from commissions.queries.approval import last_approved_run
from commissions.services.adjustments import attach_pending
from commissions.services.runs.chunks import (
    Bench,
    Chunk,
    compute_chunk,
    plan_chunks,
    shared_snapshot,
    store_chunks,
    work_on,
)
from commissions.services.runs.decisions import with_adjustments
from commissions.services.runs.drafts import RunGoingOnError, lock_undecided, open_draft, refuse_earlier_month
from commissions.services.runs.holder import COMPUTING_LOCK, Holder
from prm import audit
from prm.actors import Actor, ActorKind, InternalRole
from prm.errors import NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from commissions.batch.terms import Terms


MOST_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Read:
    """What a calculation has read in its snapshot."""

    terms: Terms
    last: Run | None
    snapshot: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for: which month, by whom, over how many sessions of the database."""

    period: date
    actor: Actor
    now: datetime
    full: bool = False
    workers: int = 1
    chunk_size: int | None = None
    on_step: Callable[[str], None] = nothing
    on_chunks: Callable[[int], None] = field(default=lambda _run_id: None)


def calculate_run(
    *,
    period: date,
    actor: Actor,
    now: datetime,
    full: bool = False,
    workers: int | None = None,
    chunk_size: int | None = None,
    on_step: Callable[[str], None] = nothing,
    on_chunks: Callable[[int], None] = lambda _run_id: None,
) -> Run:
    """Compute the run of ``period`` (first day of a month) and leave it waiting for approval.

    An undecided run of the same period is computed anew under its number. ``full`` ignores change tracking;
    ``workers`` is how many sessions of the database compute at once (None: one a core, four at most); ``on_chunks``
    is called with the run's id when its ranges can be claimed, so that other processes may help. Raises
    :class:`DomainError` for a month before the last approved one, :class:`RunGoingOnError` while another computation
    is under way and :class:`StaleError` when the run is decided meanwhile.
    """
    may = actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.FINANCE)
    if not may and actor.kind is not ActorKind.SYSTEM_KEY:
        raise NotAllowedError
    asked = Asked(
        period=period,
        actor=actor,
        now=now,
        full=full,
        workers=workers or min(os.cpu_count() or 1, MOST_WORKERS),
        chunk_size=chunk_size,
        on_step=watched(on_step),
        on_chunks=on_chunks,
    )
    run = open_draft(period=period, now=now)
    asked.on_step("check_inputs")
    chunks = plan_chunks(size=chunk_size)
    is_short = connection.in_atomic_block or _is_small(chunks, period=period, full=full)
    run = _at_once(run, asked, chunks) if is_short else _in_ranges(run, asked, chunks)
    asked.on_step("calculated")
    return run


def _is_small(chunks: list[Chunk], *, period: date, full: bool) -> bool:
    """Whether one transaction does: a small program, or few changes and no month to compute of everything.

    What is read here decides nothing but how the work is cut up.
    """
    ranges = len(chunks) - 1
    return ranges <= 1 or not terms_of(period=period, full=full).is_everything


def _at_once(run: Run, asked: Asked, chunks: list[Chunk]) -> Run:
    """Compute everything in one transaction: it is there as a whole, or not at all."""
    with _one_snapshot():
        _claim_or_refuse()
        run = lock_undecided(run)
        last = last_approved_run()
        refuse_earlier_month(asked.period, last)
        terms = terms_of(period=asked.period, full=asked.full)
        attach_pending(run.pk)
        clear_notes(run.pk)
        RunChunk.objects.filter(run=run).delete()
        if not terms.is_nothing:
            create_draft(run_number=run.number, run_id=run.pk)
            bench = Bench(terms, run, draft_of(run.number), asked.on_step)
            for chunk in chunks if terms.is_everything else [chunks[0], Chunk(1, chunks[1].low, chunks[-1].high)]:
                compute_chunk(bench, chunk)
            _note_held(run, terms, _held(run, terms))
        return _finish(run, asked, Read(terms, last, _snapshot()))


def _in_ranges(run: Run, asked: Asked, chunks: list[Chunk]) -> Run:
    """Compute in ranges, each in a transaction of its own, by several sessions and perhaps several processes.

    An attempt that was interrupted is gone on with, if no fact has changed since; otherwise it begins anew.
    """
    with Holder() as holder:
        if not holder.claim():
            raise RunGoingOnError
        earlier = _interrupted(run, asked)
        if earlier is None or not holder.sees_the_same(earlier.snapshot):
            holder.release_snapshot()
            _prepare(run, asked, chunks)
        snapshot, shared = holder.share_snapshot()
        with shared_snapshot(shared):
            read = Read(terms_of(period=asked.period, full=asked.full), last_approved_run(), snapshot)
        refuse_earlier_month(asked.period, read.last)
        _note(run, asked, read, shared)
        asked.on_step("ranges")
        asked.on_chunks(run.pk)
        _work_together(run, asked)
        held = _held(run, read.terms, shared)
        holder.release_snapshot()
        asked.on_step("keys")
        with transaction.atomic():
            _note_held(run, read.terms, held)
            leave_out_parked(run_id=run.pk, draft=draft_of(run.number))
            declare_keys(run_number=run.number)
        asked.on_step("indexes")
        check_keys(run_number=run.number)
        with transaction.atomic():
            return _finish(lock_undecided(run), asked, read)


def _interrupted(run: Run, asked: Asked) -> Calculation | None:
    """Return an interrupted attempt at the same thing, based on the same approved run, if its work still stands."""
    last = last_approved_run()
    found = Calculation.objects.filter(run=run, run__status=RunStatus.DRAFT, is_full=asked.full, based_on=last).exclude(
        snapshot=""
    )
    stands = RunChunk.objects.filter(run=run).exists() and draft_exists(run.number)
    return found.first() if stands else None


def _prepare(run: Run, asked: Asked, chunks: list[Chunk]) -> None:
    """Make room for a new attempt: what an earlier one wrote goes, and the run is a draft again."""
    with transaction.atomic():
        run = lock_undecided(run)
        refuse_earlier_month(asked.period, last_approved_run())
        attach_pending(run.pk)  # before the snapshot: what has joined the run counts as posted
        store_chunks(run, chunks)  # waits for whoever still computes a range of the earlier attempt
        clear_notes(run.pk)
        create_draft(run_number=run.number, run_id=run.pk)
        Calculation.objects.filter(run=run).update(snapshot="", shared_snapshot="")
        Run.objects.filter(pk=run.pk).update(status=RunStatus.DRAFT)


def _note(run: Run, asked: Asked, read: Read, shared: str) -> None:
    """Note what this attempt reads, beside the run: a row that workers refer to must not change under them."""
    reads = {
        "is_full": asked.full,
        "snapshot": read.snapshot,
        "shared_snapshot": shared,
        "based_on": read.last,
        "failure": "",
    }
    new = {"asked_at": asked.now, "asked_by_id": asked.actor.user_id}
    Calculation.objects.update_or_create(run=run, defaults=reads, create_defaults=reads | new)


def _work_together(run: Run, asked: Asked) -> None:
    """Compute ranges in this and in further sessions until all are done; raise what any of them raised."""
    faults: list[BaseException] = []

    def work() -> None:
        try:
            work_on(run_id=run.pk, waits=False, on_step=nothing)
        except Exception as fault:  # noqa: BLE001 - told to whoever asked, below
            faults.append(fault)
        finally:
            connection.close()

    helpers = [threading.Thread(target=work, name=f"run-{run.number}-{place}") for place in range(1, asked.workers)]
    for helper in helpers:
        helper.start()
    try:
        work_on(run_id=run.pk, waits=True, on_step=asked.on_step)
    finally:
        for helper in helpers:
            helper.join()
    if faults:
        raise faults[0]


def _held(run: Run, terms: Terms, shared: str = "") -> list[HeldMonth]:
    """Return the paying customers of whom the run leaves out, in its own snapshot or a ``shared`` one."""
    partners = parked_partners(run_id=run.pk)
    if not partners:
        return []
    with shared_snapshot(shared) if shared else transaction.atomic():
        return held_months(terms, partners=partners)


def _note_held(run: Run, terms: Terms, held: list[HeldMonth]) -> None:
    note_held_months(held, run_id=run.pk, is_everything=terms.is_everything)


def _finish(run: Run, asked: Asked, read: Read) -> Run:
    """Make the draft the run's entries, sum up its warnings, and leave it waiting for approval."""
    asked.on_step("finish")
    is_empty = read.terms.is_nothing
    draft = draft_of(run.number)
    if not is_empty:
        leave_out_parked(run_id=run.pk, draft=draft)
        merge_warnings(run_id=run.pk, period=run.period, table=draft)
    if is_empty or is_draft_empty(run.number):
        drop_draft(run_number=run.number)
        drop_partition(run_number=run.number)
    else:
        declare_keys(run_number=run.number)
        check_keys(run_number=run.number)
        attach(run_number=run.number, run_id=run.pk)
    done = digest_of(run.pk)
    run.status = RunStatus.CALCULATED
    run.based_on, run.snapshot, run.is_full = read.last, read.snapshot, asked.full
    run.window_from = read.terms.window.opens
    run.computed_from = read.terms.full_from if read.terms.is_everything else None
    run.entry_count, run.partner_count = done.entries, done.partners
    run.digest = with_adjustments(done.digest, run_id=run.pk)
    run.calculated_at, run.calculated_by_id, run.calculated_label = asked.now, asked.actor.user_id, asked.actor.label
    run.four_eyes = Program.current().four_eyes
    run.save()
    RunChunk.objects.filter(run=run).delete()
    Calculation.objects.filter(run=run).delete()
    audit.record(
        action="run.calculated", actor=asked.actor, now=asked.now, target=run, data={"period": f"{run.period:%Y-%m}"}
    )
    return run


def verify_run(run: Run) -> list[str]:
    """Return the differences between a calculated run and a full recompute, one line each; none is well."""
    with _one_snapshot():
        return differences_from_full(run_id=run.pk, period=run.period)


def _snapshot() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def _claim_or_refuse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COMPUTING_LOCK])
        if not cursor.fetchone()[0]:
            raise RunGoingOnError


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Open the transaction of a computation: every statement in it reads the same state of the facts.

    Inside a caller's transaction (a test's) the caller's isolation stands.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
