"""Answers that are files to keep."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

CSV: Final = "text/csv; charset=utf-8"
PDF: Final = "application/pdf"


def download(content: str | bytes, *, kind: str, name: str) -> HttpResponse:
    """Return ``content`` as the file ``name``, which is one of ours: no quotes, no line ends."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
