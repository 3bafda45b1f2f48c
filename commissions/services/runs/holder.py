"""The session that holds a calculation together: the program-wide claim, and the snapshot that all workers read.

It is a connection of its own, beside those that work: its transaction stays open while theirs come and go. When its
process dies the database ends both claim and snapshot, and another may begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import connection

if TYPE_CHECKING:
    from types import TracebackType

COMPUTING_LOCK = 7_201
"""Advisory lock, program-wide: one computation at a time."""

CHANGED_SINCE = (
    "SELECT EXISTS (SELECT FROM commissions_changedfact WHERE NOT pg_visible_in_snapshot(xid, %s::pg_snapshot))"
)


class Holder:
    """Holds claim and snapshot until it is left."""

    def __init__(self) -> None:
        self._session: Any = None

    def __enter__(self) -> Self:
        """Open the session."""
        self._session = connection.get_new_connection(connection.get_connection_params())
        self._session.autocommit = True
        self._session.execute("SET idle_in_transaction_session_timeout = 0")
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the session, and with it claim and snapshot."""
        self._session.close()

    def claim(self) -> bool:
        """Take the claim; False when another calculation has it."""
        return bool(self._session.execute("SELECT pg_try_advisory_lock(%s)", [COMPUTING_LOCK]).fetchone()[0])

    def sees_the_same(self, snapshot: str) -> bool:
        """Open a snapshot; whether no fact has changed between an earlier one and it."""
        self._open()
        return not self._session.execute(CHANGED_SINCE, [snapshot]).fetchone()[0]

    def share_snapshot(self) -> tuple[str, str]:
        """Open a snapshot, if none is, and return it with the name by which other sessions import it."""
        self._open()
        current = self._session.execute("SELECT pg_current_snapshot()::text").fetchone()[0]
        return str(current), str(self._session.execute("SELECT pg_export_snapshot()").fetchone()[0])

    def release_snapshot(self) -> None:
        """Let go of the snapshot: nobody reads it any more."""
        if self._session.info.transaction_status.name != "IDLE":
            self._session.execute("ROLLBACK")

    def _open(self) -> None:
        if self._session.info.transaction_status.name == "IDLE":
            self._session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
