"""The sentences under the headings of the console's pages about partners, and the lines of a partner's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.queries.book import MINE
from prm import formats
from prm.ui.states import state_of

if TYPE_CHECKING:
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
    if page.partner.tier:
        parts.append(page.partner.tier["name"])
    if page.partner.manager_email:
        parts.append(_("managed by %(person)s") % {"person": page.partner.manager_name or page.partner.manager_email})
    return _("%(facts)s.") % {"facts": _(", ").join(parts)}


def history(page: PartnerPage) -> list[HistoryLine]:
    """Return the partner’s own history as the page prints it, newest first."""
    names = {"status": _("Status"), "tier": _("Tier"), "parent": _("Parent")}
    return [
        HistoryLine(
            what=names[held.what],
            value=str(state_of("partner", held.value).word) if held.what == "status" else held.value,
            valid_from=held.valid_from,
            last_day=held.valid_until - timedelta(days=1) if held.valid_until else None,
        )
        for held in page.history
        if held.what in names
    ]
