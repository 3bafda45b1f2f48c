"""What every benchmark's page says about the machine, and the page's parts: each command writes its own."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from django.conf import settings
from django.db import connection

MIB = 1024 * 1024
PARTS = ("commissions", "deals", "figures")
"""In the order of the page."""


def write_part(name: str, text: str) -> None:
    """Write one part of ``docs/benchmarks.md`` and leave the others as they are."""
    page = Path(settings.BASE_DIR) / "docs" / "benchmarks.md"
    parts = _parts(page.read_text(encoding="utf-8") if page.exists() else "")
    parts[name] = text.strip()
    written = [f"{_mark(part)}\n{parts[part]}\n" for part in PARTS if parts.get(part)]
    page.write_text("\n".join(written), encoding="utf-8")


def _parts(text: str) -> dict[str, str]:
    """Return the parts of the page; what stands before the first mark is the engine's."""
    pieces = re.split(r"<!-- part: (\w+) -->\n", text)
    found = {PARTS[0]: pieces[0].strip()} if pieces[0].strip() else {}
    return found | {name: body.strip() for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}


def _mark(name: str) -> str:
    return f"<!-- part: {name} -->"


def machine() -> str:
    """Return processor, cores and memory."""
    about = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+)$", about.read_text(), re.MULTILINE) if about.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024 / MIB
    return f"{named[1] if named else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory"


def server() -> str:
    """Return the server's version and the settings that decide how much it waits for the disk."""
    with connection.cursor() as cursor:
        shown = {}
        for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers"):
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]
    told = ", ".join(f"{name} {value}" for name, value in shown.items() if name != "server_version")
    return f"PostgreSQL {shown['server_version'].split()[0]} as it comes with the product ({told})"
