"""The sentences under the headings of the console's pages about partners, and the lines of a partner's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.queries.book import MINE
from prm import formats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partners.queries.book import BookFilter
    from partners.queries.page import PartnerPage


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What held from which to which day; both ends may be open."""

    what: str
    value: str
    valid_from: date | None
    last_day: date | None


def list_sentence(*, count: int, choice: BookFilter) -> str:
    """Return the list’s sentence: “12 partners in your book.”."""
    shown = {"count": formats.number(count)}
    if choice.manager == MINE:
        return ngettext("%(count)s partner in your book.", "%(count)s partners in your book.", count) % shown
    return ngettext("%(count)s partner.", "%(count)s partners.", count) % shown


def partner_sentence(page: PartnerPage) -> str:
    """Return the partner’s sentence: “Reseller, Gold, managed by anna@vendor.example”."""
    parts = [page.partner.get_type_display()]
    if page.tier is not None:
        parts.append(page.tier.name)
    if page.partner.manager_email:
        parts.append(_("managed by %(email)s") % {"email": page.partner.manager_email})
    return _("%(facts)s.") % {"facts": _(", ").join(parts)}


def history(page: PartnerPage) -> list[HistoryLine]:
    """Return everything effective-dated, newest first; voided rows held on no day and are left out."""
    lines = [
        *_lines(_("Status"), ((row, row.get_status_display()) for row in page.statuses)),
        *_lines(_("Tier"), ((row, row.tier.name) for row in page.tiers)),
        *_lines(_("Parent"), ((row, row.parent.name) for row in page.parents)),
    ]
    return sorted(lines, key=lambda line: line.valid_from or date.min, reverse=True)


def _lines(what: str, rows: Iterable[tuple[object, str]]) -> list[HistoryLine]:
    lines = []
    for row, value in rows:
        begins, ends = getattr(row, "valid_from", None), getattr(row, "valid_until", None)
        if ends is None or ends != begins:
            lines.append(HistoryLine(what, value, begins, ends - timedelta(days=1) if ends else None))
    return lines
