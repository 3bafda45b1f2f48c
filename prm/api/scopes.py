"""What a key may be allowed to do. Every app registers its resources in ``AppConfig.ready``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL = "*"
ALL_READ = "*:read"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource and which of ``read`` and ``write`` a system's and a partner's key may hold on it."""

    name: str
    system: frozenset[str]
    partner: frozenset[str]


_RESOURCES: dict[str, Resource] = {}


def register(name: str, *, system: str = "", partner: str = "") -> None:
    """Make a resource known; ``system`` and ``partner`` list ``read`` and ``write``, separated by spaces."""
    _RESOURCES[name] = Resource(name, frozenset(system.split()), frozenset(partner.split()))


def known(*, for_partner: bool) -> list[str]:
    """Return every scope that a key of this kind may hold, sorted."""
    return sorted(
        f"{resource.name}:{verb}"
        for resource in _RESOURCES.values()
        for verb in (resource.partner if for_partner else resource.system)
    )


def unknown(scopes: Iterable[str], *, for_partner: bool) -> list[str]:
    """Return those of ``scopes`` that a key of this kind cannot hold."""
    return sorted(set(scopes) - set(known(for_partner=for_partner)) - {ALL, ALL_READ})


def expand(scopes: Iterable[str], *, for_partner: bool) -> frozenset[str]:
    """Return what ``scopes`` allow today: ``*`` and ``*:read`` grow with the resources of the key's kind.

    A scope that a key of this kind cannot hold (any more) allows nothing.
    """
    held = set(scopes)
    possible = set(known(for_partner=for_partner))
    if ALL in held:
        return frozenset(possible)
    if ALL_READ in held:
        held |= {scope for scope in possible if scope.endswith(":read")}
    return frozenset(held & possible)
