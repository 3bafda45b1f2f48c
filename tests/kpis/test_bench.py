"""The benchmark of figures on a small program: what it generates, what it measures, what it writes."""

from __future__ import annotations

from datetime import date

import pytest

from deals.bench.figures import ROUNDS, SCORECARDS, measure, part
from deals.models import MoneyRollup, RollupDay, Subscription

SIZE = 400


@pytest.mark.django_db(transaction=True)
def test_the_bench_reads_what_it_built() -> None:
    said: list[str] = []
    found = measure(subscriptions=SIZE, say=said.append)
    assert Subscription.objects.count() == SIZE
    assert RollupDay.objects.filter(stale=False).count() == 13
    assert MoneyRollup.objects.filter(day=date(2026, 10, 31), partner=None, sourced__gt=0).exists()
    assert (len(found.kept), len(found.raw), len(found.floor)) == (ROUNDS, 3, 3)
    assert (len(found.scorecards), found.scorecard_statements) == (SCORECARDS, 1)
    text = part(found, command="manage.py bench_figures", today=date(2026, 11, 25))
    assert "5,000 partners, 400 subscriptions" in text
    assert text.count(" met |") + text.count("**not met** |") == 3
