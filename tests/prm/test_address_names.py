"""Names of addresses: each that code or a template says is one that the product has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.urls import URLResolver, get_resolver

ROOMS = ("prm", "partners", "deals", "commissions", "templates")
WRITTEN = (".py", ".html", ".txt")


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            yield from names(found, f"{prefix}{found.namespace}:" if found.namespace else prefix)
        elif found.name:
            yield f"{prefix}{found.name}"


def test_every_name_of_an_address_is_known() -> None:
    known = {name for name in names(get_resolver()) if ":" in name}
    spaces = "|".join(sorted({name.split(":")[0] for name in known}))
    quoted = re.compile(rf"[\"']((?:{spaces}):[a-z_]+)[\"']")
    said: set[tuple[str, str]] = set()
    for room in ROOMS:
        for path in (Path(settings.BASE_DIR) / room).rglob("*"):
            if path.suffix in WRITTEN:
                said |= {(path.name, name) for name in quoted.findall(path.read_text())}
    assert {one for one in said if one[1] not in known} == set()
    assert len(said) > 300
