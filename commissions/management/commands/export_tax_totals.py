"""``manage.py export_tax_totals``: what partners were paid in a year, beside the thresholds of yearly reports."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from commissions.queries.yearly import TOTAL_COLUMNS, total_rows

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable

EARLIEST, LATEST = 1990, 2200


class Command(BaseCommand):
    """Writes gross, withheld and net by partner and currency, and whether a report is due."""

    help = "Write what partners were paid and what was withheld in a calendar year as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--year", type=int, required=True, metavar="YYYY", help="the calendar year")
        parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the lines; the header is written even when there are none."""
        if not EARLIEST <= options["year"] <= LATEST:
            raise CommandError(f"“{options['year']}” is no year of payouts.")
        rows = total_rows(options["year"])
        if options["output"]:
            with Path(options["output"]).open("w", encoding="utf-8", newline="") as file:
                _write(file, rows)
        else:
            _write(self.stdout, rows)


def _write(file: Any, rows: Iterable[tuple[str, ...]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(TOTAL_COLUMNS)
    writer.writerows(rows)
