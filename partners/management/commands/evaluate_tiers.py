"""``manage.py evaluate_tiers --as-of DATE [--dry-run]``: the monthly evaluation by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.policy.tiers import Move, Notice
from partners.services.tiers.evaluation import evaluate_tiers
from prm.actors import OPERATOR
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from partners.services.tiers.evaluation import Evaluated


class Command(BaseCommand):
    """Evaluate everybody on the facts of a day; a second run for that day changes nothing."""

    help = (
        "Evaluate the tiers of all partners on the facts of a day. What changes counts from the first day of the month"
        " after it, and never from a past day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day and whether to write anything."""
        parser.add_argument("--as-of", metavar="DATE", required=True, help="YYYY-MM-DD: the day of the facts")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")

    def handle(self, *args: Any, as_of: str, dry_run: bool, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Evaluate, print each partner that moves or is warned, and the count."""
        try:
            day = date.fromisoformat(as_of)
        except ValueError as error:
            raise CommandError(f"--as-of: “{as_of}” is not a date like 2026-11-22", returncode=2) from error
        now = timezone.now()
        if day > (today := Program.current().day_of(now)) and not dry_run:
            sentence = (
                f"--as-of: {day} is still to come, its facts are not known; today is {today} (--dry-run may look)"
            )
            raise CommandError(sentence, returncode=2)
        try:
            found = evaluate_tiers(as_of=day, actor=OPERATOR, now=now, dry_run=dry_run)
        except DomainError as refused:
            raise CommandError(str(refused.sentence)) from refused
        self._tell(found, dry_run=dry_run)

    def _tell(self, found: Evaluated, *, dry_run: bool) -> None:
        if not found.is_new:
            self.stdout.write(f"evaluated for {found.as_of} already, nothing to do")
            return
        for line in found.lines:
            decision = line.decision
            told = [] if decision.move is Move.KEPT else [decision.move.value]
            told += [f"warning {decision.notice.value}"] if decision.notice is not Notice.NONE else []
            if told:
                change = f"{line.held or '-'} -> {decision.tier or '-'}"
                self.stdout.write(f"{line.partner}: {change} ({', '.join(told)})")
        moves = [line.decision.move for line in found.lines]
        verb = "would count" if dry_run else "counts"
        self.stdout.write(
            f"{len(moves)} partners, {moves.count(Move.PROMOTED)} promoted, {moves.count(Move.DEMOTED)} demoted;"
            f" {verb} from {found.effective_on}{' (review)' if found.is_review else ''}"
        )
