"""``manage.py sweep_leads``: bring leads on their way by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deals.services.leads import sweep_leads


class Command(BaseCommand):
    """Offer new leads, pass on unanswered ones, take back unregistered ones; a second run changes nothing."""

    help = "Offer new leads, pass on those that were not answered in time."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Sweep and say what happened."""
        swept = sweep_leads(now=timezone.now())
        self.stdout.write(f"{swept.offered} offered, {swept.lapsed} lapsed, {swept.returned} returned")
