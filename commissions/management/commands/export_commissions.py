"""``manage.py export_commissions``: entries as CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from commissions.management.months import month_argument
from commissions.models import Run
from commissions.queries.export import COLUMNS, export_rows

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable


class Command(BaseCommand):
    """Writes entries of approved runs, or of one run, in the columns of the interchange page."""

    help = "Write commission entries as CSV, sorted by their columns; only approved runs unless --run names one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--period", type=month_argument, metavar="YYYY-MM", help="only entries posted in it")
        parser.add_argument("--run", type=int, metavar="N", help="the run with this number, approved or not")
        parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Stream the rows; the header is written even when there are none."""
        number = options["run"]
        if number is not None and not Run.objects.filter(number=number).exists():
            raise CommandError(f"There is no run {number}.")
        with translation.override("en"):
            rows = export_rows(period=options["period"], run_number=number)
            if options["output"]:
                with Path(options["output"]).open("w", encoding="utf-8", newline="") as file:
                    _write(file, rows)
            else:
                _write(self.stdout, rows)


def _write(file: Any, rows: Iterable[tuple[str, ...]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
