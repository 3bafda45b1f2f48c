"""Answers that are files to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from prm.models.files import StoredFile

Answer = TypeVar("Answer", bound=HttpResponseBase)

CSV: Final = "text/csv; charset=utf-8"
PDF: Final = "application/pdf"


def download(content: str | bytes, *, kind: str, name: str) -> HttpResponse:
    """Return ``content`` as the file ``name``, which is one of ours: no quotes, no line ends."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def file_download(row: StoredFile) -> FileResponse:
    """Return a file that somebody sent, to keep: no browser shows it as a page of ours, whatever it holds."""
    response = FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.media_type)
    return harmless(response)


def harmless(response: Answer) -> Answer:
    """Add the headers of a file that somebody else made: nothing in it runs, and no shared cache keeps it."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
