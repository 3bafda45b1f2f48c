"""Steps of onboarding that complete themselves: who knows a fact registers it from ``AppConfig.ready``.

A fact answers for many partners at once: of the ids that it is asked about, those for which it holds today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

    from prm.ui.states import Words


@dataclass(frozen=True, slots=True)
class Fact:
    """``holds(ids, on)`` returns those of the ids for which it holds; ``url_name`` is where a partner sees to it."""

    code: str
    label: Words
    holds: Callable[[Collection[int], date], Iterable[int]]
    url_name: str = ""


_facts: dict[str, Fact] = {}


def register(fact: Fact) -> None:
    """Add a fact; the same code replaces it, so that ``ready`` may run twice."""
    _facts[fact.code] = fact


def fact_of(code: str) -> Fact | None:
    """Return the fact of a code; a step without one is completed by hand."""
    return _facts.get(code)


def codes() -> list[str]:
    """Return the codes of all facts."""
    return sorted(_facts)
