"""``manage.py bench_deals``: measure the decision on a registration at scale, beside the index probes that it needs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from deals.bench.measure import measure
from deals.bench.report import part
from prm.benchmarks import write_part

if TYPE_CHECKING:
    from argparse import ArgumentParser

ACCOUNTS, REGISTRATIONS, CHECKS, SUBMISSIONS = 1_000_000, 200_000, 2_000, 800
FEWEST = 1_000
SCRATCH = "prm_bench_deals"


class Command(BaseCommand):
    """Measures in a scratch database of its own, dropped afterwards."""

    help = (
        "Measure the whole verdict on 1,000,000 generated customers with 200,000 live registrations. The run takes "
        "some minutes and should have the machine for itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--accounts", type=int, default=ACCOUNTS, metavar="N", help="customers (1,000,000)")
        parser.add_argument(
            "--registrations", type=int, default=REGISTRATIONS, metavar="N", help="live registrations (200,000)"
        )
        parser.add_argument("--checks", type=int, default=CHECKS, metavar="N", help="questions to time (2,000)")
        parser.add_argument("--submissions", type=int, default=SUBMISSIONS, metavar="N", help="deals to submit (800)")
        parser.add_argument("--write", action="store_true", help="write its part of docs/benchmarks.md")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Generate, measure, print."""
        accounts, registrations = options["accounts"], options["registrations"]
        if accounts < FEWEST or not 0 < registrations <= accounts // 5:
            raise CommandError(f"Measure at least {FEWEST:,} customers, at most a fifth as many registrations.")
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = SCRATCH
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            found = measure(
                accounts=accounts,
                registrations=registrations,
                checks=options["checks"],
                submissions=options["submissions"],
                say=self._say,
            )
            text = part(found, command=_command(), today=timezone.now().date(), checks=options["checks"])
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
        self.stdout.write(text)
        if options["write"]:
            write_part("deals", text)

    def _say(self, what: str) -> None:
        self.stderr.write(f"{timezone.now():%H:%M:%S}  {what}")


def _command() -> str:
    given = " ".join(argument for argument in sys.argv[2:] if argument != "--write")
    return f"manage.py bench_deals {given}".strip()
