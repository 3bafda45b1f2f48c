"""Names made comparable: what is left of a company's name when case, accents, punctuation and legal form are off."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from cleanco.clean import get_unique_terms

from deals.identity import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME_KEY = 250
_LONGEST_FORM = 6
"""Words that a legal form has at most once folded (“s a r l d e” does not happen)."""

_FOLDED_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")
_SINGLE_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ي": "ی",
        "ى": "ی",
        "ك": "ک",
        "ة": "ه",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ـ": None,
        "&": " and ",
        "+": " and ",
        "'": None,
        "’": None,
        "ʼ": None,
        "״": None,
        '"': None,
    }
)


def name_key(name: str) -> str:
    """Return ``name`` made comparable: NFKC, case folded, without accents, punctuation and legal form.

    A name that is nothing but a legal form keeps it; at most 250 characters, of at most as many that are looked at.
    """
    folded = fold(_without_unspaced(unicodedata.normalize("NFKC", name[:MAX_NAME_KEY]).strip()))
    words = folded.split()
    kept = _without_beginning(_without_ending(words))
    return " ".join(kept or words)[:MAX_NAME_KEY].strip()


def identity_keys(*, domain: str, name: str, country: str) -> list[str]:
    """Return the keys under which a customer may be found, to be locked before resolving.

    The domain's, and the one of name key and country; without a country a name alone identifies nobody,
    yet it is locked so that two equal submissions come one after the other.
    """
    keys = [f"domain:{domain}"] if domain else []
    if key := name_key(name):
        keys.append(f"name:{country.upper()}:{key}")
    return sorted(keys)


def fold(text: str) -> str:
    """Fold case, accents (of scripts where they are marks, not letters) and punctuation."""
    text = text.casefold().translate(_SINGLE_LETTERS)
    text = "".join(_without_accents(char) for char in text).translate(_SINGLE_LETTERS)
    text = re.sub(r"(?<=\w)\.(?=\w)", "", text).replace(".", " ")
    return " ".join("".join(c if _is_word(c) else " " for c in text).split())


def _without_accents(char: str) -> str:
    if unicodedata.combining(char):
        return ""
    if char.isascii() or not unicodedata.name(char, "").startswith(_FOLDED_SCRIPTS):
        return char
    return "".join(c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c))


def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _without_unspaced(name: str) -> str:
    """Take off legal forms that are written without a space, as in Chinese and Japanese."""
    for ending in forms.UNSPACED_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            name = name.removesuffix(ending)
            break
    for beginning in forms.UNSPACED_BEGINNINGS:
        if name.startswith(beginning) and len(name) > len(beginning):
            return name.removeprefix(beginning)
    return name


def _compact(written: Iterable[str]) -> frozenset[str]:
    """Return folded forms without spaces, so that “s. r. o.”, “s.r.o.” and “sro” are one."""
    return frozenset(fold(form).replace(" ", "") for form in written) - {""}


@cache
def _endings() -> frozenset[str]:
    return _compact([*get_unique_terms(), *forms.LEGAL_ENDINGS]) - forms.AMBIGUOUS_FORMS


@cache
def _beginnings() -> frozenset[str]:
    return _compact(forms.LEGAL_BEGINNINGS)


def _without_ending(words: list[str]) -> list[str]:
    """Take legal forms off the end, longest first, as long as a name remains."""
    for count in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        if "".join(words[-count:]) in _endings():
            return _without_ending(_without_trailing_and(words[:-count]))
    return words


def _without_trailing_and(words: list[str]) -> list[str]:
    return words[:-1] if len(words) > 1 and words[-1] == "and" else words


def _without_beginning(words: list[str]) -> list[str]:
    for count in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        if "".join(words[:count]) in _beginnings():
            return words[count:]
    return words
