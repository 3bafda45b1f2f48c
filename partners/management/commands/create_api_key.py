"""``create_api_key``: the key is the last line printed, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.models import Partner
from partners.services.api_keys import create_api_key
from prm.actors import OPERATOR
from prm.api import scopes as known_scopes
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from argparse import ArgumentParser

USAGE = 2


class Command(BaseCommand):
    """Makes an API key of a system, or of one partner."""

    help = "Make an API key of a system, or of one partner. The key is printed once, as the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the options; the scopes that exist stand at the end of the help."""
        parser.add_argument("name", help="what the key is for, as it appears in the audit trail")
        parser.add_argument("--partner", metavar="CODE", help="the partner whose key it is (default: a system's key)")
        parser.add_argument(
            "--scopes",
            metavar="SCOPES",
            action="append",
            default=[],
            help='for example "accounts:read accounts:write"; * = all of its kind; default: reading only',
        )
        parser.add_argument("--expires", metavar="DATE", help="last day on which the key works (YYYY-MM-DD)")
        parser.epilog = (
            f"A system's scopes: {', '.join(known_scopes.known(for_partner=False))}. "
            f"A partner's: {', '.join(known_scopes.known(for_partner=True))}."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the key and print it."""
        words = " ".join(options["scopes"]).replace(",", " ").split()
        try:
            key, text = create_api_key(
                actor=OPERATOR,
                now=timezone.now(),
                name=options["name"],
                partner=_partner(options["partner"]),
                scopes=words,
                expires_at=_end_of(options["expires"]),
            )
        except DomainError as error:
            code = USAGE if error.code == "unknown_scope" else 1
            raise CommandError(str(error.sentence), returncode=code) from None
        whose = f"partner {key.partner.code}" if key.partner else "a system"
        self.stderr.write(f"Key of {whose}, scopes: {' '.join(key.scopes)}. It is shown this once:")
        self.stdout.write(text)


def _partner(code: str | None) -> Partner | None:
    if code is None:
        return None
    partner = Partner.objects.filter(code=code).first() if "\x00" not in code else None
    if partner is None:
        raise CommandError(f"there is no partner with the code {code}", returncode=1)
    return partner


def _end_of(text: str | None) -> datetime | None:
    """Return the end of the day in the program's time zone."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
        local = datetime.combine(day, time.max, ZoneInfo(Program.current().timezone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(f"--expires: {text} is not a date (YYYY-MM-DD)", returncode=USAGE) from None
