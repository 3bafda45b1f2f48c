"""Which customer it is: domains and names made comparable (deal rules, section 2). Pure.

Two things identify a customer: its registrable domain, and its name together with its country.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import idna
from cleanco.clean import get_unique_terms
from publicsuffixlist import PublicSuffixList

from deals import hosts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_NAME_KEY = 250
_LONGEST_FORM = 6
"""Words that a legal form has at most once folded (“s a r l d e” does not happen)."""

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NOT_LABEL = re.compile(r"[^\w.-]", re.UNICODE)
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


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def host_of(website_or_email: str) -> str:
    """Return the host in what a person typed, lower case and in ASCII (IDNA), or the empty string.

    Takes addresses with or without scheme, path, port and user, and e-mail addresses.
    """
    text = unicodedata.normalize("NFKC", website_or_email).strip().strip("<>").lower()
    text = _SCHEME.sub("", text).removeprefix("mailto:").removeprefix("//")
    text = re.split(r"[/?#\\]", text, maxsplit=1)[0]
    text = text.rpartition("@")[2].partition(":")[0].strip().strip(".")
    if not text or "." not in text or _NOT_LABEL.search(text) or _is_address(text):
        return ""
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def registrable_domain(website_or_email: str) -> str:
    """Return the registrable domain by the public-suffix list, private suffixes included, or "".

    ``shop.example.co.uk`` → ``example.co.uk``; two shops under one hosting suffix are two domains; a
    suffix by itself (``co.uk``) and an unknown one are none.
    """
    host = host_of(website_or_email)
    if not host:
        return ""
    labels = host.split(".")
    if labels[-1] in hosts.RESERVED_SUFFIXES:
        return ".".join(labels[-2:])
    return _suffixes().privatesuffix(host) or ""


def is_shared(domain: str, *, extra: Collection[str] = ()) -> bool:
    """Whether ``domain`` is free mail or a shared host, and so identifies nobody."""
    return domain in hosts.FREE_MAIL or domain in hosts.SHARED_HOSTS or domain in extra


def domain_of(website_or_email: str, *, extra_shared: Collection[str] = ()) -> str:
    """Return the domain that identifies a customer, or "" where it identifies nobody.

    ``extra_shared`` are the hosts that operations added to the kept lists.
    """
    domain = registrable_domain(website_or_email)
    if not domain or is_shared(domain, extra=extra_shared):
        return ""
    host = host_of(website_or_email)
    return "" if is_shared(host, extra=extra_shared) else domain


def name_key(name: str) -> str:
    """Return ``name`` made comparable: NFKC, case folded, without accents, punctuation and legal form.

    A name that is nothing but a legal form keeps it; at most 250 characters.
    """
    folded = _fold(_without_unspaced(unicodedata.normalize("NFKC", name).strip()))
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


def _fold(text: str) -> str:
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
    for ending in hosts.UNSPACED_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            name = name.removesuffix(ending)
            break
    for beginning in hosts.UNSPACED_BEGINNINGS:
        if name.startswith(beginning) and len(name) > len(beginning):
            return name.removeprefix(beginning)
    return name


def _compact(forms: Iterable[str]) -> frozenset[str]:
    """Return folded forms without spaces, so that “s. r. o.”, “s.r.o.” and “sro” are one."""
    return frozenset(_fold(form).replace(" ", "") for form in forms) - {""}


@cache
def _endings() -> frozenset[str]:
    return _compact([*get_unique_terms(), *hosts.LEGAL_ENDINGS]) - hosts.AMBIGUOUS_FORMS


@cache
def _beginnings() -> frozenset[str]:
    return _compact(hosts.LEGAL_BEGINNINGS)


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
