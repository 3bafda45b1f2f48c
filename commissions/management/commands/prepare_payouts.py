"""``manage.py prepare_payouts [--as-of DATE]``: one payout per partner and currency that can be paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from commissions.management.counted import counted, noun_for
from commissions.management.days import day_argument
from commissions.queries.payouts import REASONS, batch_totals
from commissions.services.payout_batches import prepare_payouts
from prm.actors import OPERATOR
from prm.calendar_days import program_today
from prm.currencies import CURRENCIES
from prm.errors import DomainError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from commissions.models import PayoutBatch


class Command(BaseCommand):
    """Prepares a batch as the operator and prints what it pays and what it carries forward."""

    help = (
        "Prepare payouts: one for each partner and currency whose balance reaches the plan's minimum, if the partner "
        "is active and payout method and tax form are verified; the others are carried forward with the reason. "
        "Exit codes: 0 done (also when nothing is to be paid), 1 refused, 2 usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--as-of",
            type=day_argument,
            metavar="DATE",
            help="the day whose plans, methods, tax forms and withholding count (default: today)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Prepare and print."""
        now = timezone.now()
        today = program_today(now)
        as_of = options["as_of"] or today
        if as_of < today:
            self.stderr.write(
                f"{as_of} is past: accounts, tax forms and withholding are taken as they were on that day, the "
                "balances as they are now. A payout whose account or tax form does not stand today will not be sent."
            )
        with translation.override("en"):
            try:
                batch = prepare_payouts(as_of=as_of, actor=OPERATOR, now=now)
            except DomainError as refusal:
                raise CommandError(str(refusal.sentence)) from refusal
            if batch is None:
                self.stdout.write("Nothing to pay out.")
            else:
                self._print(batch)

    def _print(self, batch: PayoutBatch) -> None:
        self.stdout.write(f"Batch {batch.number} for {batch.as_of}: {counted(batch.payouts.count(), 'payout')}")
        for total in batch_totals(batch):
            amount = f"{total.net:,.{CURRENCIES[total.currency]}f}"
            self.stdout.write(
                f"  {total.currency}  {amount:>18}  {total.payouts:>8} {noun_for(total.payouts, 'payout')}"
            )
        for row in batch.carried_forward.select_related("partner").order_by("partner__code", "currency"):
            amount = f"{row.payable:,.{CURRENCIES[row.currency]}f}"
            why = " ".join(str(REASONS[reason]) for reason in row.reasons)
            self.stdout.write(f"  carried forward: {row.partner.code} {amount} {row.currency}: {why}")
