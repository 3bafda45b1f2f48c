"""``manage.py run_commissions YYYY-MM``: compute a period, and approve it if asked to."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from commissions.management.counted import counted, noun_for
from commissions.management.months import month_argument
from commissions.models import Run
from commissions.queries.adjustments import sums_of
from commissions.queries.totals import run_totals, warning_lines
from commissions.services.runs import approve_run, calculate_run, verify_run
from commissions.services.runs.chunks import progress_of_chunks
from prm.actors import OPERATOR
from prm.errors import DomainError
from prm.models import Currency

if TYPE_CHECKING:
    from argparse import ArgumentParser


AFTER_RANGES = frozenset({"keys", "indexes", "finish", "calculated"})
MOST_WORKERS = 32


def _workers(text: str) -> int:
    """Return a number of workers from 1 to 32."""
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= MOST_WORKERS:
        raise ArgumentTypeError(f"“{text}” is not a number from 1 to {MOST_WORKERS}")
    return count


class Command(BaseCommand):
    """Computes a period through the same code as the batch and prints what it posts."""

    help = (
        "Compute the commission run of a month: entries are the differences between what is earned and what was "
        "posted. Exit codes: 0 done, 1 refused or a difference found, 2 usage."
    )

    run_id: int | None = None
    """The run whose ranges are being computed."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("period", type=month_argument, metavar="YYYY-MM")
        parser.add_argument("--approve", action="store_true", help="approve at once, as the operator (logged so)")
        parser.add_argument("--full", action="store_true", help="compute every month anew, whatever has changed")
        parser.add_argument("--verify", action="store_true", help="compare with a full recompute; 1 on a difference")
        parser.add_argument(
            "--workers", type=_workers, default=1, metavar="N", help="sessions of the database that compute at once"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compute, print, approve."""
        now = timezone.now()
        with translation.override("en"):
            try:
                run = calculate_run(
                    period=options["period"],
                    actor=OPERATOR,
                    now=now,
                    full=options["full"],
                    workers=options["workers"],
                    on_step=self._show,
                    on_chunks=self._count_ranges,
                )
                self._print(run)
                if options["verify"]:
                    self._verify(run)
                if options["approve"]:
                    run = approve_run(run=run, actor=OPERATOR, now=now)
                    self.stdout.write(f"Approved; {counted(run.statements.count(), 'statement')} issued.")
            except DomainError as refusal:
                raise CommandError(str(refusal.sentence)) from refusal

    def _count_ranges(self, run_id: int) -> None:
        self.run_id = run_id

    def _show(self, step: str) -> None:
        """Show progress on a terminal, of ranges how many are done; stay quiet in a pipe."""
        if not self.stderr.isatty():
            return
        if step == "range_done" and self.run_id is not None:
            done, every = progress_of_chunks(self.run_id)
            self.stderr.write(f"\r\033[K{done} of {every} ranges …", ending="")
        elif self.run_id is None or step in AFTER_RANGES:
            self.stderr.write(f"\r\033[K{step.replace('_', ' ')} …", ending="")

    def _print(self, run: Run) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        digits = dict(Currency.objects.values_list("code", "minor_units"))
        self.stdout.write(f"Run {run.number} for {run.period:%Y-%m}: {counted(run.entry_count, 'entry')}")
        for total in run_totals(run):
            amount = f"{total.amount:,.{digits[total.currency]}f}"
            noun = noun_for(total.entries, "entry")
            self.stdout.write(f"  {total.currency}  {total.kind:<12} {amount:>18}  {total.entries:>8} {noun}")
        for added in sums_of(run.adjustments.all()):
            amount = f"{added.amount:,.{digits[added.currency]}f}"
            noun = noun_for(added.count, "adjustment")
            self.stdout.write(f"  {added.currency}  {'adjustments':<12} {amount:>18}  {added.count:>8} {noun}")
        for line in warning_lines(run):
            self.stdout.write(f"  warning: {line}")
        parked = run.parked.order_by("partner__code").values_list("partner__code", "reason").distinct()
        for code, reason in parked:
            self.stdout.write(f"  on hold: {code}: {reason}")
        if waiting := run.open_items.count():
            self.stdout.write(f"  {counted(waiting, 'difference')} outside the correction window")

    def _verify(self, run: Run) -> None:
        differences = verify_run(run)
        if differences:
            for line in differences:
                self.stderr.write(line)
            raise CommandError(f"{counted(len(differences), 'difference')} from a full recompute.")
        self.stdout.write("Verified: the same as a full recompute.")
