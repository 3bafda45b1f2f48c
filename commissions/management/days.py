"""Days on the command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date


def day_argument(text: str) -> date:
    """Return the day written as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a day like 2026-05-31") from None
