"""``manage.py export_awards [NUMBER]``: make the next file for payroll, or print one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deals.queries.awards import exports_for, payroll_csv
from deals.services.awards import export_awards
from prm.actors import OPERATOR
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Print the awards of one export as CSV; each award stands in exactly one."""

    help = "Put the co-sell awards that payroll has not got into the next numbered file, and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the number of an export that is to be printed again."""
        parser.add_argument("number", nargs="?", type=int, help="an export made before; nothing new is made")

    def handle(self, *args: Any, number: int | None = None, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Print the file."""
        if number is None:
            try:
                export = export_awards(actor=OPERATOR, now=timezone.now())
            except DomainError as error:
                raise CommandError(str(error.sentence)) from error
        else:
            found = exports_for(OPERATOR).filter(number=number).first()
            if found is None:
                message = f"There is no export {number}."
                raise CommandError(message)
            export = found
        self.stdout.write(payroll_csv(export), ending="")
