"""``manage.py settle_letters``: puts partner-of-record letters in force by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deals.services.settling_letters import settle_letters


class Command(BaseCommand):
    """Put letters in force whose day has come; a second run changes nothing."""

    help = "Put partner-of-record letters in force whose day has come and to which nobody objects."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Settle and say how many."""
        self.stdout.write(f"{settle_letters(now=timezone.now())} in force")
