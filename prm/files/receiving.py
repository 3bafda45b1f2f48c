"""Takes in files that people send: looked at by content, scanned, kept under a name of ours. All of them, or none."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from prm.errors import DomainError
from prm.files.kinds import LARGEST, MOST, Kind, kind_of
from prm.files.scanning import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from prm.actors import Actor
    from prm.models.files import StoredFile

FIELD = "papers"
"""The input by which several files come, in every form and body."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, by which the same file is known under any name."""
        return hashlib.sha256(self.content).hexdigest()


def check_uploads(uploads: Sequence[Upload]) -> list[Kind]:
    """Return what each file is. Raises ``DomainError`` for one that is not taken, with its name in the sentence."""
    require_few(len(uploads))
    return [_checked(upload) for upload in uploads]


def scan_all(uploads: Sequence[Upload]) -> None:
    """Have the scanner of the settings look at each, before anything is written. Raises as ``scan``."""
    for upload in uploads:
        scan(name=upload.name, content=upload.content, field=FIELD)


@contextmanager
def all_or_none() -> Iterator[list[StoredFile]]:
    """Collect the rows whose files were written; what fails leaves no file behind. It stands around the transaction."""
    written: list[StoredFile] = []
    try:
        yield written
    except BaseException:
        for row in written:
            row.file.delete(save=False)
        raise


def keep(row: StoredFile, upload: Upload, kind: Kind, *, actor: Actor, now: datetime) -> None:
    """Write the file under a name that nobody can guess, and its row; the name that people see is cleaned."""
    row.name = clean_name(upload.name, kind)
    row.media_type, row.size, row.digest = kind.media_type, len(upload.content), upload.digest
    row.uploaded_at, row.uploaded_by_id = now, actor.user_id
    row.uploaded_label = actor.label or actor.kind.value
    key = uuid4().hex
    row.file.save(f"{key[:2]}/{key}", ContentFile(upload.content), save=False)
    row.save()


def forget(row: StoredFile) -> None:
    """Delete the row, and its file once that is committed."""
    file, storage = row.file.name, row.file.storage
    row.delete()
    transaction.on_commit(lambda: storage.delete(str(file)))


def clean_name(given: str, kind: Kind) -> str:
    """Return the last part of the name, printable, with the ending of what the file really is."""
    stem = PurePath(given.replace("\\", "/")).name.rsplit(".", 1)[0]
    clean = "".join(letter for letter in stem if letter.isprintable() and letter not in '"\\/:*?<>|').strip(" .")
    return f"{(clean or 'file')[:180]}.{kind.ending}"


def require_few(count: int) -> None:
    """Raise ``DomainError`` where there would be more files than one thing may have."""
    if count > MOST:
        raise DomainError("too_many_files", _("Attach at most %(most)s files.") % {"most": MOST}, field=FIELD)


def _checked(upload: Upload) -> Kind:
    words = {"name": upload.name[:80]}
    if not upload.content:
        raise DomainError("file_empty", _("“%(name)s” is empty.") % words, field=FIELD)
    if len(upload.content) > LARGEST:
        raise DomainError("file_too_large", _("“%(name)s” is larger than 10 MB.") % words, field=FIELD)
    kind = kind_of(upload.content)
    if kind is None:
        sentence = _("“%(name)s” is not a PDF, PNG or JPEG file, nor a Word, Excel or PowerPoint file without macros.")
        raise DomainError("file_kind", sentence % words, field=FIELD)
    return kind
