"""The console's search: each app registers what it finds; ``/manage/search/`` shows all of it on one page.

::

    from prm import search
    search.register(search.Source("customers", _("Customers"), position=10, find=find_customers))

``find(actor, words, limit)`` returns at most ``limit`` hits of what ``actor`` may see, the best first. It gets at
least two characters, as typed, and knows references (``R-2419``) by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prm.actors import Actor
from prm.ui.states import Words

LIMIT = 10
"""Hits of one source on the page; who sees ten types a longer word."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a result: a name made by users, where it leads, and what tells it from others of that name.

    ``exact`` says that the words name exactly this one (a reference, a code): alone, it is opened at once.
    """

    title: str
    url: str
    text: Words = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What one app finds of one kind."""

    name: str
    label: Words
    position: int
    find: Callable[[Actor, str, int], Sequence[Hit]]


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a source; the same name replaces it, so that ``ready`` may run twice."""
    _sources[source.name] = source


def find(actor: Actor, words: str) -> list[tuple[Source, Sequence[Hit]]]:
    """Return the hits of every source that has any, in order."""
    found = [(source, source.find(actor, words, LIMIT)) for source in sorted(_sources.values(), key=_position)]
    return [(source, hits) for source, hits in found if hits]


def _position(source: Source) -> int:
    return source.position
