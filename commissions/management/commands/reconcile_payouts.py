"""``manage.py reconcile_payouts``: what a bank answered about a batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from commissions.management.counted import counted
from commissions.models import PayoutBatch
from commissions.providers.results import ResultFileError
from commissions.queries.payment_files import PROBLEMS
from commissions.services.reconciliation import confirm_answer, preview_answer, upload_answer
from prm.actors import OPERATOR

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from commissions.policy.reconciliation import Reconciliation


class Command(BaseCommand):
    """Brings the payouts of a batch up to date with a provider's file, all of them or none."""

    help = "Record a provider's answer (pain.002 or CSV) about a batch; with a line that cannot be taken, nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("batch", type=int, metavar="BATCH", help="number of the batch")
        parser.add_argument("file", metavar="FILE", help="the provider's file")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, match, print, and confirm."""
        batch = PayoutBatch.objects.filter(number=options["batch"]).first()
        if batch is None:
            raise CommandError(f"There is no batch {options['batch']}.")
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path.name}: {error.strerror}") from error
        with translation.override("en"), transaction.atomic():
            self._reconcile(batch, path.name, content, dry=options["dry_run"])
            transaction.set_rollback(options["dry_run"])

    def _reconcile(self, batch: PayoutBatch, name: str, content: bytes, *, dry: bool) -> None:
        now = timezone.now()
        try:
            answer = upload_answer(batch=batch, name=name, content=content, actor=OPERATOR, now=now)
        except ResultFileError as refusal:
            for problem in refusal.problems:
                self.stderr.write(f"{name}: {problem}")
            raise CommandError("Nothing was changed.") from refusal
        if answer.confirmed_at is not None:
            self.stdout.write("This file was confirmed before; nothing was changed.")
            return
        found = preview_answer(answer)
        self._print(found)
        if found.problems:
            for one in found.problems:
                sentence = PROBLEMS[one.problem] if one.problem else ""
                self.stderr.write(f"{name}:{one.answer.line}: {one.answer.key}: {sentence}")
            raise CommandError("Nothing was changed.")
        if dry:
            self.stdout.write(f"{counted(len(found.news), 'payout')} would change.")
            return
        confirmed = confirm_answer(answer_id=answer.pk, actor=OPERATOR, now=now)
        self.stdout.write(f"{counted(confirmed.changed, 'payout')} changed.")

    def _print(self, found: Reconciliation) -> None:
        for one in found.news:
            self.stdout.write(f"{one.number}: {one.was} → {one.becomes}")
        for known in found.silent:
            self.stdout.write(f"{known.number}: no answer, {known.status}")
