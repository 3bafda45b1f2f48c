"""The message catalogues: every sentence of the product in every language, and what is wrong with them.

The sentences stand in the code, in English. ``locale/<language>/LC_MESSAGES/django.po`` holds their translations as
GNU gettext keeps them, ``django.mo`` beside it what a running program reads. Both are committed, so that a program
speaks every language without a build step; ``manage.py catalogues --check`` says when they no longer fit the code.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import to_locale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages import Catalog, Message

SOURCE = "en"
_PLACE = re.compile(r"%\((\w+)\)[sd]|%%|%[sd]|\{(\w*)\}")
_TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one sentence of one language, in words for whoever mends it."""

    language: str
    sentence: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.language}: {self.wrong}: {self.sentence!r}"


def languages() -> list[str]:
    """Return the codes of the languages that are translated into, ``zh-hans`` among them."""
    return [code for code, _name in settings.LANGUAGES if code != SOURCE]


def file_of(language: str, ending: str = "po") -> Path:
    """Return where a language's catalogue lies."""
    folder: Path = settings.LOCALE_PATHS[0] / to_locale(language) / "LC_MESSAGES"
    return folder / f"django.{ending}"


def read(path: Path) -> Catalog:
    """Return the catalogue in a file."""
    with path.open("rb") as file:
        return read_po(file)


def compiled(catalogue: Catalog) -> bytes:
    """Return what the running program reads, the same bytes for the same sentences."""
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def faults_of(language: str, *, wanted: Catalog) -> Iterator[Fault]:
    """Say what keeps ``language`` from being complete and right, sentence by sentence of ``wanted``.

    A sentence is missing, is only a guess (fuzzy), lacks a plural form, or has other places or tags than its source.
    """
    known = read(file_of(language))
    for message in wanted:
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        text = message.id if isinstance(message.id, str) else message.id[0]
        if found is None or not _filled(found, known.num_plurals):
            yield Fault(language, text, "is not translated")
        elif found.fuzzy:
            yield Fault(language, text, "is marked as a guess")
        elif wrong := _differs(message, found):
            yield Fault(language, text, wrong)


def missing(catalogue: Catalog) -> int:
    """Return how many sentences of a catalogue have no translation yet."""
    return len([message for message in catalogue if message.id and not _filled(message, catalogue.num_plurals)])


def _filled(message: Message, plurals: int) -> bool:
    if isinstance(message.id, str):
        return bool(message.string)
    return len(message.string) == plurals and all(message.string)


def _differs(source: Message, translated: Message) -> str:
    """Return what a translation has otherwise than its source: places for values, tags, outer line breaks."""
    plural = isinstance(source.id, tuple | list)
    originals = tuple(source.id) if plural else (str(source.id),)
    answers = tuple(translated.string) if plural else (str(translated.string),)
    allowed = [_places(text) for text in originals]
    for answer in answers:
        # "One customer" may spell its number out, in either language.
        fits = _places(answer) <= allowed[-1] if plural else _places(answer) == allowed[0]
        if not fits:
            return f"has the places {sorted(_places(answer))} instead of {sorted(allowed[-1])}"
        if sorted(_TAG.findall(answer)) != sorted(_TAG.findall(originals[-1])):
            return "has other tags than its source"
        if answer.strip() == "" or answer.startswith("\n") != originals[0].startswith("\n"):
            return "begins otherwise than its source"
    return ""


def _places(text: str) -> set[str]:
    return {found[0] for found in _PLACE.finditer(text)} - {"%%"}
