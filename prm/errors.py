"""Errors of the domain, and the one place where a constraint becomes a sentence for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db import IntegrityError
    from django.utils.functional import _StrPromise


class DomainError(Exception):
    """A refusal that a person can read and act on.

    ``code`` is stable and machine readable; ``sentence`` is for people; ``field`` names the input it
    is about, where there is one.
    """

    def __init__(self, code: str, sentence: str | _StrPromise, *, field: str = "") -> None:
        super().__init__(str(sentence))
        self.code = code
        self.sentence = sentence
        self.field = field


class NotAllowedError(DomainError):
    """The actor may not do this."""

    def __init__(self, sentence: str | _StrPromise | None = None) -> None:
        super().__init__("not_allowed", sentence or _("You are not allowed to do this."))


class StaleError(DomainError):
    """Somebody else changed the object first (optimistic concurrency)."""

    def __init__(self, sentence: str | _StrPromise) -> None:
        super().__init__("stale", sentence)


_SENTENCES: dict[str, str | _StrPromise] = {}


def register_constraints(sentences: Mapping[str, str | _StrPromise]) -> None:
    """Name the sentence that a person reads when the database refuses by a named constraint."""
    _SENTENCES.update(sentences)


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint behind ``error``, or the empty string."""
    diag = getattr(error.__cause__, "diag", None)
    return (getattr(diag, "constraint_name", None) or "") if diag is not None else ""


def as_domain_error(error: IntegrityError) -> DomainError:
    """Turn a database refusal into the domain's words; unknown ones say which constraint it was."""
    name = constraint_of(error)
    sentence = _SENTENCES.get(name) or _("The database refused this change (%(name)s).") % {"name": name or "?"}
    return DomainError(name or "integrity", sentence)
