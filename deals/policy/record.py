"""The customer's choice of partner: who is credited from a day on (deal rules, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from prm.files.kinds import JPEG, PDF, PNG, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LETTERS = (PDF, PNG, JPEG)
"""What a letter may be."""

LARGEST_LETTER = 5 * 1024 * 1024
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A share that is credited on the days ``[start, end)``; no end: open."""

    start: date
    end: date | None
    share: Decimal


def media_type_of(content: bytes) -> str:
    """Return what a file is, by how it begins; nothing for everything that a letter may not be."""
    kind = kind_of(content)
    return kind.media_type if kind in LETTERS else ""


def in_force_from(*, wanted: date | None, first: date, today: date) -> date:
    """Return the day from which a letter holds: the wanted one, but never before ``first`` and never in the past."""
    return max(filter(None, (wanted, first, today)))


def taken_over(credits_: Iterable[Stretch], *, from_day: date) -> Sequence[Stretch]:
    """Return what the named partner is credited from ``from_day``: on each day exactly what was credited together."""
    late = [
        Stretch(max(one.start, from_day), one.end, one.share)
        for one in credits_
        if one.end is None or one.end > from_day
    ]
    cuts = sorted({one.start for one in late} | {one.end for one in late if one.end is not None})
    stretches: list[Stretch] = []
    for start, end in pairwise([*cuts, None]):
        if start is None:
            break
        share = sum(
            (one.share for one in late if one.start <= start and (one.end is None or one.end > start)), Decimal()
        )
        if not share:
            continue
        last = stretches[-1] if stretches else None
        if last is not None and last.end == start and last.share == share:
            stretches[-1] = Stretch(last.start, end, share)
        else:
            stretches.append(Stretch(start, end, share))
    return stretches
