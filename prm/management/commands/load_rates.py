"""``manage.py load_rates``: the closing rates of months from the European Central Bank's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from prm import rates_file
from prm.actors import OPERATOR
from prm.errors import DomainError

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Reads a file that was downloaded, or fetches the day's."""

    help = "Load exchange rates from a file of the ECB (eurofxref XML, CSV or zip), or fetch the day's with --fetch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        one = parser.add_mutually_exclusive_group(required=True)
        one.add_argument("file", nargs="?", type=Path, help="eurofxref-daily.xml, eurofxref-hist.xml, .csv or .zip")
        one.add_argument("--fetch", action="store_true", help="fetch the day's file from the bank")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load and say how many rates changed."""
        try:
            content = rates_file.fetch(rates_file.DAILY) if options["fetch"] else options["file"].read_bytes()
            changed = rates_file.load(content, actor=OPERATOR, now=timezone.now())
        except DomainError as error:
            raise CommandError(str(error.sentence)) from error
        except OSError as error:
            raise CommandError(f"The file cannot be had: {error}") from error
        self.stdout.write(f"{changed} rates are new or changed.")
