"""The benchmark of decisions on a small program: what it generates, what it measures, what it writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from deals.bench.measure import NOW, Measured, Times, _time_verdicts, questions
from deals.bench.program import generate
from deals.bench.report import part
from deals.models import Account, AccountDomain, Registration, Subscription
from prm import benchmarks

SIZE = 1_000


@pytest.mark.django_db(transaction=True)
def test_the_generated_program_is_what_the_page_says_and_is_measured() -> None:
    generate(accounts=SIZE, registrations=SIZE // 5, now=NOW)
    assert (Account.objects.count(), AccountDomain.objects.count()) == (SIZE, 700)
    assert set(Registration.objects.values_list("status", flat=True)) == {"approved", "submitted", "waiting"}
    assert Registration.objects.filter(status="approved").count() == 140
    assert Subscription.objects.count() == SIZE // 6
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT account_id) FROM deals_accountname")
        assert cursor.fetchone() == (SIZE,)
    found = Measured(SIZE, SIZE // 5, 1.0)
    _time_verdicts(found, list(questions(SIZE, 20)))
    assert [len(times.of) for times in (found.verdict, found.probes, found.name_probe, found.check)] == [20, 20, 20, 4]
    text = part(found, command="manage.py bench_deals", today=date(2026, 11, 24), checks=20)
    assert "| whole verdict, median |" in text
    assert "1,000 customers in 40 countries" in text


def test_medians_and_what_99_of_100_keep() -> None:
    times = Times([float(number) for number in range(1, 201)])
    assert (times.median, times.p99) == (100.5, 198.0)
    assert Times([5.0]).p99 == 5.0


def test_each_command_writes_its_own_part_of_the_page(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "benchmarks.md"
    page.write_text("# Benchmarks\n\nof the engine\n", encoding="utf-8")
    benchmarks.write_part("deals", "# Decisions\n\nfirst\n")
    benchmarks.write_part("deals", "# Decisions\n\nsecond\n")
    benchmarks.write_part("commissions", "# Benchmarks\n\nagain\n")
    assert page.read_text(encoding="utf-8") == (
        "<!-- part: commissions -->\n# Benchmarks\n\nagain\n\n<!-- part: deals -->\n# Decisions\n\nsecond\n"
    )
