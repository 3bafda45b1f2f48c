"""``manage.py bench_figures``: measure figures of MRR from rollups beside the facts, and how rollups grow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from deals.bench.figures import measure, part
from prm.benchmarks import write_part

if TYPE_CHECKING:
    from argparse import ArgumentParser

SUBSCRIPTIONS, FEWEST = 1_000_000, 10_000
SCRATCH = "prm_bench_figures"


class Command(BaseCommand):
    """Measures in a scratch database of its own, dropped afterwards."""

    help = (
        "Measure key figures of MRR on 1,000,000 generated subscriptions of 5,000 partners. The run takes some minutes"
        " and should have the machine for itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--subscriptions", type=int, default=SUBSCRIPTIONS, metavar="N", help="(1,000,000)")
        parser.add_argument("--write", action="store_true", help="write its part of docs/benchmarks.md")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Generate, measure, print."""
        if options["subscriptions"] < FEWEST:
            raise CommandError(f"Measure at least {FEWEST:,} subscriptions.")
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = SCRATCH
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            found = measure(subscriptions=options["subscriptions"], say=self._say)
            text = part(found, command=_command(), today=timezone.now().date())
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        self.stdout.write(text)
        if options["write"]:
            write_part("figures", text)

    def _say(self, what: str) -> None:
        self.stderr.write(f"{timezone.now():%H:%M:%S}  {what}")


def _command() -> str:
    given = " ".join(argument for argument in sys.argv[2:] if argument != "--write")
    return f"manage.py bench_figures {given}".strip()
