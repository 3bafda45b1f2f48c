"""``manage.py revoke_registrations``: ends by hand what terminated partners still hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deals.services.release import revoke_of_terminated


class Command(BaseCommand):
    """Revoke live registrations of partners whose partnership ended; a second run changes nothing."""

    help = "Revoke the live registrations of partners whose partnership has ended."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Revoke and say how many."""
        self.stdout.write(f"{revoke_of_terminated(now=timezone.now())} revoked")
