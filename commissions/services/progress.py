"""How a calculation that was asked for is getting on: a note in the cache, gone after a day.

The run's own row says whether it is calculated; this says only what a row cannot: that it waits for a worker, or
why it was refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.core.cache import cache

if TYPE_CHECKING:
    from datetime import datetime

KEPT_SECONDS = 86_400


class Progress(TypedDict):
    """``state`` is queued, running or failed; ``sentence`` says why it failed; ``at`` is since when."""

    state: str
    sentence: str
    at: datetime


def note_progress(*, number: int, state: str, now: datetime, sentence: str = "") -> None:
    """Note where the calculation of run ``number`` stands."""
    cache.set(_key(number), Progress(state=state, sentence=sentence, at=now), KEPT_SECONDS)


def forget_progress(*, number: int) -> None:
    """Forget the note: the calculation has ended well."""
    cache.delete(_key(number))


def progress_of(number: int) -> Progress | None:
    """Return the note on run ``number``, if a calculation has been asked for and not ended well."""
    found: Progress | None = cache.get(_key(number))
    return found


def _key(number: int) -> str:
    return f"run-progress:{number}"
