"""Uploads between the dry run and the confirmation: private files that belong to one person and expire."""

from __future__ import annotations

import re
import secrets
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

EXPIRES_AFTER = 3600
"""Seconds."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def stage(files: Mapping[str, bytes], *, user_id: int, now: datetime) -> str:
    """Keep ``files`` for ``user_id`` and return the token under which only that person finds them."""
    discard_expired(now=now)
    token = secrets.token_urlsafe(32)
    path = _folder() / f"{user_id}-{token}.zip"
    path.touch(mode=0o600)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return token


def staged(token: str, *, user_id: int, now: datetime) -> dict[str, bytes] | None:
    """Return the files kept under ``token``; None when they are another person's, expired or applied already."""
    discard_expired(now=now)
    path = _path(token, user_id)
    try:
        with zipfile.ZipFile(path) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except FileNotFoundError:
        return None


def discard(token: str, *, user_id: int) -> None:
    """Forget what is kept under ``token``."""
    _path(token, user_id).unlink(missing_ok=True)


def discard_expired(*, now: datetime) -> None:
    """Forget what nobody has confirmed in time."""
    for path in _folder().glob("*.zip"):
        try:
            if now.timestamp() - path.stat().st_mtime > EXPIRES_AFTER:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue


def _path(token: str, user_id: int) -> Path:
    """Return where a token leads; one that is no token leads to nothing."""
    name = token if TOKEN.fullmatch(token) else "none"
    return _folder() / f"{user_id}-{name}.zip"


def _folder() -> Path:
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
