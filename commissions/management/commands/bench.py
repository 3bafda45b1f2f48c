"""``manage.py bench``: measure the commission engine on generated programs, against baselines in the same run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from commissions.bench.measure import DisagreementError, Figures, measure
from commissions.bench.report import page
from prm.benchmarks import write_part

if TYPE_CHECKING:
    from argparse import ArgumentParser

SMALL, LARGE, HUGE = 100_000, 1_000_000, 4_000_000
FEWEST = 1_000
SCRATCH = "prm_bench"


class Command(BaseCommand):
    """Measures in a scratch database of its own, made anew for each size and dropped afterwards."""

    help = (
        "Measure the commission engine on generated programs of 100,000 and 1,000,000 subscriptions. The run takes an "
        "hour or so and should have the machine for itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--sizes", type=int, nargs="+", default=[SMALL, LARGE], metavar="N", help="numbers of subscriptions"
        )
        parser.add_argument("--huge", action="store_true", help="measure 4,000,000 as well (once each)")
        parser.add_argument("--rounds", type=int, default=3, metavar="N", help="take the median of N (3)")
        parser.add_argument("--no-peer", action="store_true", help="leave out the ORM loop")
        parser.add_argument("--write", action="store_true", help="write the page to docs/benchmarks.md")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Generate, measure, print."""
        sizes = sorted({*options["sizes"], *([HUGE] if options["huge"] else [])})
        if sizes[0] < FEWEST or options["rounds"] < 1:
            raise CommandError(f"Measure at least {FEWEST:,} subscriptions, at least once.")
        measured = [
            self._measure(
                size,
                rounds=1 if size >= HUGE else options["rounds"],
                # The loop takes minutes: one size is enough to compare with.
                with_peer=size == sizes[0] and not options["no_peer"],
            )
            for size in sizes
        ]
        text = page(measured, command=_command(), today=timezone.now().date(), rounds=options["rounds"])
        self.stdout.write(text)
        if options["write"]:
            write_part("commissions", text)

    def _measure(self, size: int, *, rounds: int, with_peer: bool) -> Figures:
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = SCRATCH
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            return measure(subscriptions=size, rounds=rounds, with_peer=with_peer, say=self._say)
        except DisagreementError as wrong:
            raise CommandError(f"Nothing was measured: {wrong}") from wrong
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)

    def _say(self, what: str) -> None:
        self.stderr.write(f"{timezone.now():%H:%M:%S}  {what}")


def _command() -> str:
    given = " ".join(argument for argument in sys.argv[2:] if argument != "--write")
    return f"make bench ARGS='{given}'" if given else "make bench"
