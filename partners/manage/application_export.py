"""The list of applications as a file."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from prm.downloads import CSV, download
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from partners.models import Application

HEADS = (
    "application", "company", "website", "domain", "country", "type", "contact_name", "contact_email", "status",
    "score", "manager_email", "confirmed_at", "due_at", "decided_at", "partner",
)  # fmt: skip


def applications_file(rows: QuerySet[Application], *, name: str) -> HttpResponse:
    """Return applications as UTF-8 CSV."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    for row in rows.select_related("partner"):
        cells = (
            str(row.public_id), row.company, row.website, row.domain, row.country, row.type, row.contact_name,
            row.contact_email, row.status, str(row.score), row.manager_email, _moment(row.confirmed_at),
            _moment(row.due_at), _moment(row.decided_at), row.partner.code if row.partner else "",
        )  # fmt: skip
        writer.writerow([safe_text(cell) for cell in cells])
    return download(text.getvalue(), kind=CSV, name=name)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""
