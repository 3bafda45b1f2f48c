"""``manage.py expire_registrations [--as-of DATE]``: the daily sweep by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deals.services.expiry import expire_registrations
from prm.models import Program

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """End registrations that are over; a second run of the same day changes nothing."""

    help = "Expire protections that are over, withdraw what waited or stayed unanswered too long."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day up to whose end things are over."""
        parser.add_argument("--as-of", metavar="DATE", help="YYYY-MM-DD; what is over by the end of that day")

    def handle(self, *args: Any, as_of: str | None = None, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Sweep and say what happened."""
        swept = expire_registrations(now=_moment(as_of))
        self.stdout.write(f"{swept.expired} expired, {swept.withdrawn} withdrawn")


def _moment(as_of: str | None) -> datetime:
    """Return now, or the end of the given day in the program's time zone."""
    if as_of is None:
        return timezone.now()
    try:
        day = date.fromisoformat(as_of)
    except ValueError as error:
        raise CommandError(f"--as-of: “{as_of}” is not a date like 2026-11-22") from error
    zone = ZoneInfo(Program.current().timezone)
    return datetime.combine(day + timedelta(days=1), time(0), zone)
