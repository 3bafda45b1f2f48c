"""Months on the command line."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import date


def month_argument(text: str) -> date:
    """Parse ``YYYY-MM`` to the first day of that month."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < 1:  # noqa: PLR2004 - months of a year
        raise ArgumentTypeError(f"“{text}” is not a month; write it as YYYY-MM, such as 2026-05")
    return date(int(match[1]), int(match[2]), 1)
