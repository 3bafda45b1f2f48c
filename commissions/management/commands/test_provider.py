"""``manage.py test_provider``: a payout provider for trying things out, on loopback; it moves no money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from commissions.providers.rehearsal import Rehearsal

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Serves until it is interrupted."""

    help = (
        "Serve the test provider on loopback. With PAYOUT_PROVIDER=test every payout goes to it. It pays at once, and "
        "fails, delays, answers twice or drops its answer when POST /commands says so."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, default=urlsplit(settings.PAYOUT_TEST_URL).port, metavar="PORT")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve."""
        with Rehearsal(options["port"]) as server:
            self.stdout.write(f"The test provider listens on {server.url}; Ctrl-C ends it.")
            self.stdout.flush()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("Ended.")
