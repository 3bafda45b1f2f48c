"""``manage.py export_accounting``: what approved runs cost, as the books want it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from commissions.management.months import month_argument
from commissions.models import Run, RunStatus
from commissions.queries.accounting import COLUMNS, accounting_rows

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable


class Command(BaseCommand):
    """Writes debits and credits of approved runs."""

    help = "Write the accounting export (ASC 340-40, IFRS 15) of an approved run or of a posted month as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--run", type=int, metavar="N", help="the approved run with this number")
        which.add_argument("--period", type=month_argument, metavar="YYYY-MM", help="the approved runs of this month")
        parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Stream the lines; the header is written even when there are none."""
        number = options["run"]
        if number is not None:
            run = Run.objects.filter(number=number).first()
            if run is None:
                raise CommandError(f"There is no run {number}.")
            if run.status != RunStatus.APPROVED:
                raise CommandError(f"Run {number} is not approved: nothing of it is in the books.")
        rows = accounting_rows(run_number=number, period=options["period"])
        if options["output"]:
            with Path(options["output"]).open("w", encoding="utf-8", newline="") as file:
                _write(file, rows)
        else:
            _write(self.stdout, rows)


def _write(file: Any, rows: Iterable[tuple[str, ...]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
