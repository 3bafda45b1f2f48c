"""Refusals of services, about the members of a body instead of the columns behind them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def about_members(**members: str) -> Iterator[None]:
    """Let a refusal about a column point at the member that says so: ``column="member"``."""
    try:
        yield
    except DomainError as refusal:
        refusal.field = members.get(refusal.field, refusal.field)
        raise
