"""The main job on real-shaped input: load a program, run and approve its months, export the entries."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "crm-sample"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample ../shared/data/crm-sample is not beside the checkout"),
]


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def exported(*arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run("export_commissions", *arguments))))


def totals(rows: list[dict[str, str]]) -> dict[str, Decimal]:
    sums: Counter[str] = Counter()
    for row in rows:
        assert row["currency"] == "USD"
        sums[row["kind"]] += Decimal(row["amount"])  # type: ignore[assignment]
    return {kind: Decimal(amount) for kind, amount in sums.items()}


TOTALS = {"recurring": Decimal("149285.51"), "upfront": Decimal("125744.36"), "override": Decimal("13402.22")}


def test_one_run_for_june_posts_the_known_totals() -> None:
    run("load_csv", str(SAMPLE))
    run("run_commissions", "2017-06", "--approve", "--verify")
    rows = exported()
    assert (len(rows), totals(rows)) == (9923, TOTALS)
    run("run_commissions", "2017-06", "--approve")
    assert exported() == rows


def test_four_months_in_turn_post_the_same() -> None:
    run("load_csv", str(SAMPLE))
    for month in ("2017-03", "2017-04", "2017-05", "2017-06"):
        run("run_commissions", month, "--approve")
    rows = exported()
    assert totals(rows) == TOTALS
    assert {row["posted_period"] for row in rows} == {"2017-03", "2017-04", "2017-05", "2017-06"}
    june = exported("--period", "2017-06")
    assert june == [row for row in rows if row["posted_period"] == "2017-06"]
    with pytest.raises(CommandError, match="2017-05 is before the last approved month, 2017-06"):
        run("run_commissions", "2017-05")


def test_loading_the_sample_twice_changes_nothing() -> None:
    first = run("load_csv", str(SAMPLE))
    assert "subscriptions.csv     2394 new, 0 changed, 0 same" in first
    again = run("load_csv", str(SAMPLE))
    counts = [line.split(maxsplit=1)[1] for line in again.splitlines()]
    assert [line.strip() for line in counts] == [
        f"0 new, 0 changed, {n} same" for n in (3, 38, 35, 7, 85, 3881, 2394, 2394, 2394, 1, 6)
    ]
