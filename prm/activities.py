"""Kinds of partner activity and the sentence that each makes in “since your last visit” and on timelines.

The app that reports a kind registers it from ``AppConfig.ready``. A kind without a sentence (a file may bring any)
reads as its code in plain words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class ActivityKind:
    """``sentence`` has one place, ``%(object)s``, which the page prints in bold; none at all is fine too.

    ``money`` kinds speak of commission and are shown to those who may see it. ``qualifying`` kinds count in the
    activity rate (partner rules, section 3).
    """

    code: str
    sentence: str | _StrPromise
    qualifying: bool = False
    money: bool = False


_kinds: dict[str, ActivityKind] = {}


def register(kinds: Iterable[ActivityKind]) -> None:
    """Add kinds; a code that is there already is replaced, so that ``ready`` may run twice."""
    _kinds.update({kind.code: kind for kind in kinds})


def kind_of(code: str) -> ActivityKind:
    """Return the kind of a code; an unknown one reads as its words, followed by the object."""
    known = _kinds.get(code)
    return known or ActivityKind(code, code.replace("_", " ").capitalize() + ": %(object)s")


def money_kinds() -> list[str]:
    """Return the codes that only people who see money may read."""
    return sorted(kind.code for kind in _kinds.values() if kind.money)


def qualifying_codes() -> list[str]:
    """Return the codes that count in the activity rate, as delivered."""
    return sorted(kind.code for kind in _kinds.values() if kind.qualifying)
