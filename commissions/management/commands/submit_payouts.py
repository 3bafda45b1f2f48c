"""``manage.py submit_payouts BATCH``: send a batch to its providers; running it again pays nothing twice."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from commissions.management.counted import counted
from commissions.models import PayoutBatch
from commissions.queries.payouts import HELD
from commissions.services.payouts import submit_batch
from prm.actors import OPERATOR
from prm.errors import DomainError

if TYPE_CHECKING:
    from argparse import ArgumentParser


def batch_argument(text: str) -> int:
    """Return the number of a batch written as ``7`` or ``PB-000007``."""
    number = text.removeprefix("PB-")
    if not number.isdecimal():
        raise ArgumentTypeError(f"“{text}” is not the number of a batch")
    return int(number)


class Command(BaseCommand):
    """Submits a batch as the operator and prints what came of it."""

    help = (
        "Send the payouts of a batch that have no outcome yet to their providers. Run it again after a failure: what "
        "was sent before is asked about first, and nothing is paid twice. Exit codes: 0 done, 1 refused, or a "
        "provider gave no answer, 2 usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "batch", type=batch_argument, metavar="BATCH", help="the number that prepare_payouts printed"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Submit and print."""
        with translation.override("en"):
            self._submit(options["batch"])

    def _submit(self, number: int) -> None:
        """Submit one batch; what is printed is in English."""
        batch = PayoutBatch.objects.filter(number=number).first()
        if batch is None:
            raise CommandError(f"There is no payout batch {number}.")
        try:
            done = submit_batch(batch=batch, actor=OPERATOR, now=timezone.now())
        except DomainError as refusal:
            raise CommandError(str(refusal.sentence)) from refusal
        counts = ", ".join(f"{count} {status}" for status, count in sorted(done.by_status.items()))
        self.stdout.write(f"Batch {batch.number}: {counts or 'no payouts'}")
        for payout, reasons in done.held.items():
            self.stdout.write(f"  {payout} not sent: {' '.join(str(HELD[reason]) for reason in reasons)}")
        if done.held:
            self.stdout.write("  Mend the reason and submit again, or give up what is not sent and prepare again.")
        if done.unanswered:
            payouts = counted(done.unanswered, "payout")
            raise CommandError(f"The provider gave no answer for {payouts}. Submit the batch again.")
