"""``manage.py refresh_rollups``: bring the rollups of MRR up to date now, or make them all anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deals.batch.rollups import rebuild_rollups, refresh_rollups
from prm.models import Program

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """The same as the beat task does every few minutes."""

    help = "Roll MRR up: the days that are missing, and those again from which on facts have changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--rebuild", action="store_true", help="make every day anew from the facts")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refresh, and say what was made."""
        today = Program.current().day_of(timezone.now())
        done = rebuild_rollups(today=today) if options["rebuild"] else refresh_rollups(today=today)
        if done.busy:
            self.stdout.write("Another refresh is at work.")
        self.stdout.write(f"{len(done.days)} days made.")
