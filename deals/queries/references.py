"""Objects by the names that other systems give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from prm.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet

REFUSED = "unknown_reference"


@dataclass(frozen=True, slots=True)
class Reference:
    """An external id in its source system; where that names nothing, ``text`` may be our own public id."""

    source_system: str
    text: str


def find(queryset: QuerySet[Any], reference: Reference, *, field: str) -> Any:
    """Return the row of ``queryset`` that ``reference`` names.

    Another system's ids may look like ours, so theirs come first. Raises ``DomainError`` about ``field``.
    """
    found = queryset.filter(source_system=reference.source_system, external_id=reference.text).first()
    if found is None and (own := _uuid(reference.text)):
        found = queryset.filter(public_id=own).first()
    if found is None:
        raise unknown(reference.text, field=field)
    # A customer that was merged into another is that other, under both ids.
    return getattr(found, "merged_into", None) or found


def find_code(queryset: QuerySet[Any], code: str, *, field: str) -> Any:
    """Return the row of ``queryset`` with this code, or raise ``DomainError`` about ``field``."""
    found = queryset.filter(code=code).first()
    if found is None:
        raise unknown(code, field=field)
    return found


def unknown(text: str, *, field: str) -> DomainError:
    """Return the refusal of a name that names nothing."""
    return DomainError(REFUSED, _("“%(name)s” names nothing that is known.") % {"name": text}, field=field)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
