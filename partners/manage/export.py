"""The list of partners as a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.http import HttpResponse

from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from partners.models import Partner

HEADS = ("partner", "name", "type", "tier", "status", "country", "website", "manager_email", "activated_on")


def partners_file(rows: QuerySet[Partner], *, name: str) -> HttpResponse:
    """Return partners as UTF-8 CSV with the column names of the interchange files."""
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(HEADS)
    for row in rows.iterator(chunk_size=2000):
        cells = (
            row.code,
            row.name,
            row.type,
            getattr(row, "tier_name", None) or "",
            row.status,
            row.country,
            row.website,
            row.manager_email,
            f"{row.activated_on:%Y-%m-%d}" if row.activated_on else "",
        )
        writer.writerow([safe_text(cell) for cell in cells])
    return response
