"""The timeline of a partner as portal and console show it: one reading, so that both agree."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from partners.queries.activity import kinds_at, qualifying_kinds, timeline
from partners.queries.news import News, sentence
from prm.activities import kind_of
from prm.doors import actor_of
from prm.downloads import CSV, download
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 50
MOST_LINES = 100_000
HEADS = ("at", "kind", "object", "person", "qualifying")


def timeline_values(request: HttpRequest, *, partner_id: int) -> dict[str, object]:
    """Return the page of the address with its lines, and the kinds to filter by. Four queries."""
    actor, kind = actor_of(request), request.GET.get("kind", "")
    page = Paginator(timeline(actor=actor, partner_id=partner_id, kind=kind), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    lines = [
        News(at=row.occurred_at, text=sentence(row.kind, row.object), reason=str(row.user) if row.user else "")
        for row in page.object_list
    ]
    kinds = [(code, _word(code)) for code in kinds_at(actor=actor, partner_id=partner_id)]
    return {"page": page, "lines": lines, "kinds": [("", _("All")), *kinds], "kind": kind}


def timeline_file(request: HttpRequest, *, partner_id: int, name: str) -> HttpResponse:
    """Return the timeline with its filter as UTF-8 CSV."""
    counts = set(qualifying_kinds())
    rows = timeline(actor=actor_of(request), partner_id=partner_id, kind=request.GET.get("kind", ""))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    for row in rows[:MOST_LINES]:
        counted = "true" if row.kind in counts else "false"
        cells = (f"{row.occurred_at:%Y-%m-%dT%H:%M:%SZ}", row.kind, row.object, str(row.user or ""), counted)
        writer.writerow([safe_text(cell) for cell in cells])
    return download(text.getvalue(), kind=CSV, name=name)


def _word(code: str) -> str:
    """Return a kind's name for the filter: its sentence without the object."""
    return str(kind_of(code).sentence).replace("%(object)s", "…").strip(" :")
