"""A time limit over several statements: the database stops the one that would pass it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class TooLongError(Exception):
    """The statements together took longer than they may; their transaction has to be rolled back."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Give everything that runs inside ``seconds`` altogether; to be used in a transaction, which holds the limit.

    Raises :class:`TooLongError` in place of the statement that was stopped, or was not begun any more.
    """
    ends = time.monotonic() + seconds

    def limited(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        left = int((ends - time.monotonic()) * 1000)
        if left <= 0:
            raise TooLongError
        with context["connection"].connection.cursor() as raw:  # not by the wrapper, which would call itself
            raw.execute("SELECT set_config('statement_timeout', %s, true)", [str(left)])
        try:
            return execute(sql, params, many, context)
        except OperationalError as stopped:
            if isinstance(stopped.__cause__, QueryCanceled):
                raise TooLongError from stopped
            raise

    with connection.execute_wrapper(limited):
        yield
