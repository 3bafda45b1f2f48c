"""The pages about money beside each other, under the bar's item for runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prm.actors import InternalRole
from prm.doors import actor_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

EDITORS = (InternalRole.ADMIN,)
"""Who changes plans and rules; the services decide again."""

SIMULATORS = (InternalRole.ADMIN, InternalRole.FINANCE)
"""Who may try out a rule without putting it in force."""

MONEY = (InternalRole.FINANCE,)
"""Who pays."""

ADJUSTERS = (InternalRole.FINANCE, InternalRole.CHANNEL_MANAGER)
"""Who enters adjustments and decides about differences."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages, as one request sees it."""

    label: str | _StrPromise
    url: str
    is_current: bool


PAGES: tuple[tuple[str, str | _StrPromise, tuple[str, ...]], ...] = (
    ("runs", _("Runs"), ()),
    ("adjustments", _("Adjustments"), ()),
    ("differences", _("Differences"), ()),
    ("leakage", _("Leakage"), ()),
    ("payouts", _("Payouts"), MONEY),
    ("plans", _("Plans and rules"), ()),
)
"""Name of the address, word, and the roles that see it (none: every internal person)."""


def tabs(request: HttpRequest, current: str) -> list[Tab]:
    """Return the pages that this person may open; ``current`` names the one that is shown."""
    actor = actor_of(request)
    return [
        Tab(label, reverse(f"commissions_manage:{name}"), name == current)
        for name, label, roles in PAGES
        if not roles or actor.has_role(*roles)
    ]
