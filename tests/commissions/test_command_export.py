"""``manage.py export_commissions`` as a process: what a shell sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.commissions.test_worked_example import EXAMPLE, JANUARY
from tests.factories.facts import install, run_month

ROOT = Path(__file__).resolve().parents[2]


def export(*arguments: str) -> subprocess.Popen[str]:
    """Start the command on the test database."""
    settings = connection.settings_dict
    address = f"postgresql:///{settings['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "PGHOST": str(settings["HOST"]),
        "PGUSER": str(settings["USER"]),
        "PGPORT": str(settings["PORT"]),
        "DJANGO_SETTINGS_MODULE": "prm.settings",
        "PYTHONUNBUFFERED": "",  # as in a user's shell
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "export_commissions", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_rows_formats_and_order() -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    out, errors = export("--period", "2026-01").communicate(timeout=60)
    words = "Silver rate of 20 % in customer month 1, times your share (Sourced)."
    upfront = "Upfront: 100 % of one month’s MRR on the day it started, times your share (Sourced)."
    assert (out.splitlines(), errors) == (
        [
            "run,posted_period,earned_period,partner,subscription,kind,currency,amount,rule,explanation",
            (
                "1,2026-01,2026-01,a,S1,recurring,EUR,8.52,standard/recurring///////1/,"
                f'"20 % × 60 % × 100.00 × 22/31 = 8.52 EUR; {words}"'
            ),
            (
                "1,2026-01,2026-01,a,S1,upfront,EUR,60.00,standard/upfront///////1/,"
                f'"100 % × 60 % × 100.00 = 60.00 EUR; {upfront}"'
            ),
            (
                "1,2026-01,2026-01,b,S1,recurring,EUR,5.68,standard/recurring///////1/,"
                f'"20 % × 40 % × 100.00 × 22/31 = 5.68 EUR; {words}"'
            ),
            (
                "1,2026-01,2026-01,b,S1,upfront,EUR,40.00,standard/upfront///////1/,"
                f'"100 % × 40 % × 100.00 = 40.00 EUR; {upfront}"'
            ),
        ],
        "",
    )


@pytest.mark.django_db(transaction=True)
def test_the_header_stands_even_when_there_is_nothing() -> None:
    out, _errors = export().communicate(timeout=60)
    assert out == "run,posted_period,earned_period,partner,subscription,kind,currency,amount,rule,explanation\n"


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_leaves_gets_no_traceback() -> None:
    with export() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=60)) == ("", 141)
