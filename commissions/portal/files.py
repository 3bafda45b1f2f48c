"""Entries as a CSV file to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse

from commissions.queries.sheet import entries_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commissions.models import Entry


def entries_file(entries: Iterable[Entry], *, name: str) -> HttpResponse:
    """Return the file ``name`` with one line an entry."""
    response = HttpResponse(entries_text(entries), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
