"""The ranges of a run: planned, claimed by whoever is free, computed each in one transaction, all over one snapshot.

Whoever calculates a run holds the snapshot open in a session of its own; workers import it, so that all ranges see
the same facts however long the calculation takes. A range is claimed by locking its row, and done when the
transaction that wrote its entries has committed: a worker that dies leaves nothing behind.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from psycopg.errors import SerializationFailure

from commissions.batch.compute import HIGHEST, LOWEST, pays_accelerators, write_accelerators, write_range
from commissions.batch.parking import park_owners, park_partner
from commissions.batch.partition import draft_of
from commissions.batch.terms import terms_of
from commissions.models import Calculation, Run, RunChunk, RunChunkDone
from deals.models import Subscription
from partners.models import Partner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commissions.batch.terms import Terms

SUBSCRIPTIONS_A_CHUNK = 25_000
MOST_CHUNKS = 400
ACCELERATORS = 0
"""Number of the chunk that is no range of subscriptions."""


class SnapshotGoneError(Exception):
    """Whoever held the snapshot has ended: the calculation must be taken up anew."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of subscriptions, ``low`` <= id < ``high``."""

    number: int
    low: int
    high: int


def plan_chunks(*, size: int | None = None) -> list[Chunk]:
    """Cut the ids of all subscriptions into ranges of about ``size``; the last one is open, for later arrivals."""
    size = size or SUBSCRIPTIONS_A_CHUNK
    ends = Subscription.objects.aggregate(least=Min("id"), most=Max("id"))
    least, most = ends["least"] or 0, ends["most"] or 0
    count = min(MOST_CHUNKS, max(1, -(-(most - least + 1) // size)))
    width = -(-(most - least + 1) // count)
    edges = [LOWEST, *(least + width * place for place in range(1, count)), HIGHEST]
    ranges = [Chunk(place + 1, edges[place], edges[place + 1]) for place in range(count)]
    return [Chunk(ACCELERATORS, LOWEST, HIGHEST), *ranges]


@dataclass(frozen=True, slots=True)
class Bench:
    """On what and into what a range is computed: the terms, the run, the table of its draft, who is told of steps."""

    terms: Terms
    run: Run
    target: str
    on_step: Callable[[str], None]


def compute_chunk(bench: Bench, chunk: Chunk) -> int:
    """Compute one range and write what it gives; return the number of entries.

    An input that the database cannot compute with parks the partners it belongs to; the rest goes on.
    """
    if chunk.number != ACCELERATORS:
        return _range(bench, chunk.low, chunk.high)
    bench.on_step("accelerators")
    return _accelerators(bench, chunk.low, chunk.high) if pays_accelerators(bench.terms) else 0


def _range(bench: Bench, low: int, high: int) -> int:
    try:
        with transaction.atomic():
            return write_range(
                bench.terms, run_id=bench.run.pk, target=bench.target, low=low, high=high, on_step=bench.on_step
            )
    except DataError as fault:
        ids = Subscription.objects.filter(pk__gte=low, pk__lt=high).order_by("pk")
        count = ids.count()
        if count <= 1:
            park_owners(run_id=bench.run.pk, subscription=ids.first(), reason=_said(fault), terms=bench.terms)
            return 0
        middle = ids.values_list("pk", flat=True)[count // 2]
    return _range(bench, low, middle) + _range(bench, middle, high)


def _accelerators(bench: Bench, low: int, high: int) -> int:
    try:
        with transaction.atomic():
            return write_accelerators(bench.terms, run_id=bench.run.pk, target=bench.target, low=low, high=high)
    except DataError as fault:
        ids = list(Partner.objects.filter(pk__gte=low, pk__lt=high).order_by("pk").values_list("pk", flat=True))
        if len(ids) <= 1:
            for partner_id in ids:
                park_partner(run_id=bench.run.pk, partner_id=partner_id, reason=_said(fault))
            return 0
    middle = ids[len(ids) // 2]
    return _accelerators(bench, low, middle) + _accelerators(bench, middle, high)


def _said(fault: DataError) -> str:
    """Return what the database said, on one line."""
    return str(fault).strip().splitlines()[0]


def work_on(*, run_id: int, waits: bool, on_step: Callable[[str], None]) -> int:
    """Compute ranges of a run until none is left to claim; return how many.

    With ``waits``, wait for those that others are computing, and take over what a worker that died has left.
    Raises :class:`SnapshotGoneError` when the snapshot cannot be read any more.
    """
    computed = 0
    while pending := ranges_to_compute(run_id):
        if claim_and_compute(run_id, pending, on_step):
            computed += 1
            on_step("range_done")
        elif not waits:
            break
        else:
            _wait_for(pending)
    return computed


def ranges_to_compute(run_id: int) -> list[int]:
    """Return the keys of a run's ranges that are not done, in the order in which they are claimed."""
    chunks = RunChunk.objects.filter(run_id=run_id, done__isnull=True)
    return list(chunks.order_by("number").values_list("pk", flat=True))


def claim_and_compute(run_id: int, pending: list[int], on_step: Callable[[str], None]) -> bool:
    """Claim one of ``pending``, which was read a moment ago, and compute it; False when others hold them all."""
    calculation = Calculation.objects.select_related("run").filter(run_id=run_id).first()
    if calculation is None:
        raise SnapshotGoneError
    run = calculation.run
    try:
        with shared_snapshot(calculation.shared_snapshot):
            found = (
                RunChunk.objects.filter(pk__in=pending).select_for_update(skip_locked=True).order_by("number").first()
            )
            if found is None:
                return False
            terms = terms_of(period=run.period, full=calculation.is_full)
            chunk = Chunk(found.number, found.first_id, HIGHEST if found.until_id is None else found.until_id)
            # Marked before it is computed: who comes late to a range that is done by now is refused here, and never
            # waits for the draft's table while whoever finishes the run waits for the range.
            done = RunChunkDone.objects.create(chunk=found, entries=0, done_at=timezone.now())
            done.entries = compute_chunk(Bench(terms, run, draft_of(run.number), on_step), chunk)
            done.done_at = timezone.now()
            done.save()
            on_step("chunk")
    except IntegrityError:
        return True  # another worker has finished it since `pending` was read: nothing was written twice
    except OperationalError as fault:
        if not isinstance(fault.__cause__, SerializationFailure):
            raise
        return True  # the run was finished, and its ranges are gone, since this one's snapshot was taken
    return True


@contextmanager
def shared_snapshot(name: str) -> Iterator[None]:
    """Open a transaction that reads what the calculation reads that shares its snapshot under ``name``."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try:
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [name])
        except DatabaseError as gone:
            raise SnapshotGoneError(str(gone)) from gone
        yield


def _wait_for(pending: list[int]) -> None:
    """Wait until whoever computes the first of ``pending`` has ended, well or not."""
    with transaction.atomic():
        list(RunChunk.objects.filter(pk=pending[0]).select_for_update().values_list("pk", flat=True))


def store_chunks(run: Run, chunks: list[Chunk]) -> None:
    """Write the ranges of a calculation, in place of those of an earlier attempt."""
    RunChunk.objects.filter(run=run).delete()
    RunChunk.objects.bulk_create(
        RunChunk(
            run=run,
            number=chunk.number,
            first_id=chunk.low,
            until_id=None if chunk.high == HIGHEST else chunk.high,
        )
        for chunk in chunks
    )


def progress_of_chunks(run_id: int) -> tuple[int, int]:
    """Return how many ranges of a calculation are done, and how many there are."""
    chunks = RunChunk.objects.filter(run_id=run_id)
    return chunks.filter(done__isnull=False).count(), chunks.count()
