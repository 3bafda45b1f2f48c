"""The ranges of a calculation: each is computed once, however late a helper comes to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.utils import timezone

from commissions.models import Entry, RunChunkDone
from commissions.services.runs import calculate_run
from commissions.services.runs.chunks import claim_and_compute, ranges_to_compute, work_on
from prm.actors import OPERATOR
from tests.commissions.test_worked_example import EXAMPLE, S1
from tests.factories.facts import install

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_helper_that_comes_late_does_not_touch_what_is_done() -> None:
    """It read that a range was open, and claims it when another has done it: it would block whoever finishes."""
    install(replace(EXAMPLE, subscriptions=(S1, replace(S1, id="S2"))))
    said: list[str] = []
    ranges: list[tuple[int, int, int]] = []

    def come_late(run_id: int) -> None:
        open_once = ranges_to_compute(run_id)
        work_on(run_id=run_id, waits=False, on_step=lambda _step: None)
        done = RunChunkDone.objects.count()
        claim_and_compute(run_id, open_once, said.append)
        ranges.append((len(open_once), done, RunChunkDone.objects.count()))

    calculate_run(
        period=date(2026, 1, 1), actor=OPERATOR, now=timezone.now(), workers=1, chunk_size=1, on_chunks=come_late
    )
    assert (ranges, said) == ([(3, 3, 3)], [])
    assert Entry.objects.count() == 8
