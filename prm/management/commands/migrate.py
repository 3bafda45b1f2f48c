"""``migrate`` under timeouts: it never queues behind a long transaction with all traffic behind it."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "30min"


class Command(migrate.Command):
    """Django's command on a connection that waits for locks only briefly."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then leave the connection as it was."""
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        try:
            super().handle(*args, **options)
        finally:
            connection.close()
