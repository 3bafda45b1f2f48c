"""Websites and e-mail addresses made comparable: the registrable domain, or why there is none."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import idna
from publicsuffixlist import PublicSuffixList

from prm import hosts

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NOT_LABEL = re.compile(r"[^\w.-]", re.UNICODE)


class HostKind(StrEnum):
    """What a host says about who is behind it."""

    FREE_MAIL = "free_mail"
    SHARED_HOST = "shared_host"
    OWN = "own"


NOTHING_KEPT: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Website:
    """What was typed: the host, its registrable domain, and of which kind they are.

    ``domain`` is empty where nothing was typed, and where what was typed has no registrable domain.
    """

    host: str
    domain: str
    kind: HostKind

    @property
    def identifying(self) -> str:
        """Return the domain that identifies a customer, or "" where it identifies nobody."""
        return self.domain if self.kind is HostKind.OWN else ""


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
    return _registrable(host_of(website_or_email))


def _registrable(host: str) -> str:
    if not host:
        return ""
    labels = host.split(".")
    if labels[-1] in hosts.RESERVED_SUFFIXES:
        return ".".join(labels[-2:])
    return _suffixes().privatesuffix(host) or ""


def understood(website_or_email: str, *, kept: Mapping[str, str] = NOTHING_KEPT) -> Website:
    """Return what was typed, understood; ``kept`` are the hosts that operations wrote down, with their kind.

    The host itself is asked about before its registrable domain, and what operations say before what the product
    brings: a market place may be shared, and the company behind it a customer of its own.
    """
    host = host_of(website_or_email)
    domain = _registrable(host)
    for name in (host, domain):
        if said := kept.get(name):
            return Website(host, domain, HostKind(said))
    for name in (host, domain):
        if name in hosts.FREE_MAIL:
            return Website(host, domain, HostKind.FREE_MAIL)
        if name in hosts.SHARED_HOSTS:
            return Website(host, domain, HostKind.SHARED_HOST)
    return Website(host, domain, HostKind.OWN)


def domain_of(website_or_email: str, *, kept: Mapping[str, str] = NOTHING_KEPT) -> str:
    """Return the domain that identifies a customer, or "" where it identifies nobody."""
    return understood(website_or_email, kept=kept).identifying
