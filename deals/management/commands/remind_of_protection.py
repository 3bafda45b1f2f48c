"""``manage.py remind_of_protection``: the daily letters by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deals.services.reminding import remind_of_protection


class Command(BaseCommand):
    """Write the letters that are due; a second run of the same day writes none."""

    help = "Warn before protection ends, and of deals on which nothing is reported."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Write them and say how many."""
        sent = remind_of_protection(now=timezone.now())
        self.stdout.write(f"{sent.ends} end soon, {sent.inactive} inactive, {sent.release} to release")
