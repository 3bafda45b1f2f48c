"""Turns an upload (a zip, or several CSV files) into a folder in memory, within limits.

Nothing of an archive is ever unpacked to disk: its names are labels here, so none of them can lead anywhere,
and what it claims about its sizes is not believed.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

MEGABYTE = 1024 * 1024
UPLOAD_LIMIT = 32 * MEGABYTE
"""Bytes of one upload as sent. Larger folders are loaded by ``load_csv``."""

CONTENT_LIMIT = 96 * MEGABYTE
"""Bytes of all CSV files together, unpacked: a zip bomb stops here."""

FILE_LIMIT = 200
"""Files in an archive, whatever they are."""

ENCRYPTED = 0x1
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class UploadError(DomainError):
    """The upload cannot be read as a folder of CSV files; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__("upload", sentence, field="upload")


def folder_of(uploads: Iterable[tuple[str, int, IO[bytes]]]) -> dict[str, bytes]:
    """Return the CSV files (name → content) of ``uploads``: (name, size, open file). Raises UploadError."""
    folder: dict[str, bytes] = {}
    given = list(uploads)
    if sum(size for _name, size, _file in given) > UPLOAD_LIMIT:
        raise UploadError(_too_large(UPLOAD_LIMIT))
    for name, _size, file in given:
        suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
        if suffix == ".zip":
            _add_archive(folder, name, file)
        elif suffix == ".csv":
            _add(folder, name, file)
        else:
            raise UploadError(_("“%(name)s” is neither a zip nor a CSV file.") % {"name": name})
    if not folder:
        raise UploadError(_("There is no CSV file in this upload."))
    return folder


def _add_archive(folder: dict[str, bytes], name: str, file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > FILE_LIMIT:
                raise UploadError(_("“%(name)s” holds more than %(n)s files.") % {"name": name, "n": FILE_LIMIT})
            for entry in entries:
                if _is_csv(entry):
                    if entry.flag_bits & ENCRYPTED:
                        raise UploadError(_("“%(name)s” is encrypted.") % {"name": name})
                    with archive.open(entry) as content:
                        _add(folder, entry.filename, content)
    except BROKEN:
        raise UploadError(_("“%(name)s” cannot be read as a zip file.") % {"name": name}) from None


def _is_csv(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a CSV file, and none of the shadows that some systems put beside each."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return not entry.is_dir() and not hidden and path.suffix.lower() == ".csv"


def _add(folder: dict[str, bytes], name: str, file: IO[bytes]) -> None:
    """Read one file, at most as much as is left: what an archive says about sizes may be a lie."""
    base = PurePosixPath(name.replace("\\", "/")).name
    if base in folder:
        raise UploadError(_("“%(name)s” is there twice.") % {"name": base})
    left = CONTENT_LIMIT - sum(map(len, folder.values()))
    content = file.read(left + 1)
    if len(content) > left:
        raise UploadError(_too_large(CONTENT_LIMIT))
    folder[base] = content


def _too_large(limit: int) -> str:
    return _("The upload is larger than %(n)s MB; load such a folder with “manage.py load_csv”.") % {
        "n": limit // MEGABYTE
    }
