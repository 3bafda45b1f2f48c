"""``manage.py export_statements --run N -o DIR``: the statements of a run as files."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.text import get_valid_filename

from commissions.management.counted import counted
from commissions.models import Run, RunStatus
from commissions.queries.export import plain_amount
from commissions.queries.papers import statement_paper
from commissions.queries.sheet import statement_text
from commissions.queries.statements import lines_of, statements_of_run
from prm.currencies import CURRENCIES
from prm.models import Program
from prm.papers.house import printing_house

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from commissions.models import Statement
    from prm.papers import Paper

COLUMNS = ("number", "partner", "currency", "opening", "earned", "true_up", "adjustments", "paid", "closing")
AMOUNTS = COLUMNS[3:]


class Command(BaseCommand):
    """Writes one PDF and one CSV a statement, and a list of them all."""

    help = (
        "Write the statements of an approved run to a folder: NUMBER_PARTNER_CURRENCY.pdf and .csv each, and "
        "statements.csv with their sums. Files of the same names are replaced."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--run", type=int, required=True, metavar="N", help="the number of an approved run")
        parser.add_argument("-o", "--output", required=True, metavar="DIR", help="a folder, made if there is none")
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="processes that print (one a core)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write everything."""
        run = _approved_run(options["run"])
        folder = Path(options["output"])
        folder.mkdir(parents=True, exist_ok=True)
        statements = statements_of_run(run)
        count, program = statements.count(), Program.current()
        with (
            translation.override("en"),
            printing_house(max(1, options["processes"])) as print_into,
            (folder / "statements.csv").open("w", encoding="utf-8", newline="") as file,
        ):
            listed = csv.writer(file, lineterminator="\n")
            listed.writerow(COLUMNS)
            for done, statement in enumerate(statements.iterator(chunk_size=500), 1):
                _write(statement, folder, program, print_into)
                listed.writerow(_row(statement))
                self._show(f"{done:,} of {count:,} statements")
        self._show("")
        self.stdout.write(f"{counted(count, 'statement')} of run {run.number} written to {folder}.")

    def _show(self, text: str) -> None:
        """Show progress on a terminal; stay quiet in a pipe."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{text}", ending="")


def _approved_run(number: int) -> Run:
    run = Run.objects.filter(number=number).first()
    if run is None:
        raise CommandError(f"There is no run {number}.")
    if run.status != RunStatus.APPROVED:
        raise CommandError(f"Run {number} is not approved: only approved runs have statements.")
    return run


def _write(statement: Statement, folder: Path, program: Program, print_into: Callable[[Paper, Path], None]) -> None:
    entries = list(lines_of(statement))
    name = get_valid_filename(f"{statement.number}_{statement.partner.code}_{statement.currency}")
    print_into(statement_paper(statement, program, entries), folder / f"{name}.pdf")
    (folder / f"{name}.csv").write_text(statement_text(statement, entries), encoding="utf-8", newline="")


def _row(statement: Statement) -> tuple[str, ...]:
    minor = CURRENCIES.get(statement.currency, 2)
    amounts = (plain_amount(getattr(statement, name), minor) for name in AMOUNTS)
    return (statement.number, statement.partner.code, statement.currency, *amounts)
