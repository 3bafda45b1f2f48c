"""Numbers in words on the operator's terminal, which is in English."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return ``1 payout``, ``2 payouts``, ``1 entry``, ``2 entries``."""
    return f"{count} {noun_for(count, noun)}"


def noun_for(count: int, noun: str) -> str:
    """Return the noun alone, for a table whose numbers stand in a column."""
    if count == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
