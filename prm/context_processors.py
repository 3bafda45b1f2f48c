"""What every page knows: the program's name, the theme, the languages, and who is signed in."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from prm.doors import actor_of, seat_of
from prm.models import Program
from prm.ui.views import THEME_COOKIE, THEMES


@dataclass(frozen=True, slots=True)
class Brand:
    """The name on the bar while there is no program yet."""

    name: str


def program(request: HttpRequest) -> dict[str, object]:
    """Return ``program``, ``theme``, ``languages``, ``seat``, ``account_…`` and ``search_url``."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "program": _program(request),
        "theme": theme if theme in THEMES else "",
        "languages": settings.LANGUAGES,
        **_account(request),
        **_search(request),
    }


def _search(request: HttpRequest) -> dict[str, object]:
    """Return where the console searches; the portal has nothing to search through."""
    shown = request.path.startswith("/manage/") and actor_of(request).is_internal
    return {"search_url": reverse("prm_manage:search")} if shown else {}


def _program(request: HttpRequest) -> object:
    """Return the program's row, read once a request and only when a template asks for it.

    The generic name stands in until the first migration made the row.
    """

    def read() -> Program | Brand:
        return Program.objects.filter(pk=1).first() or Brand(_("Partner program"))

    known: object = getattr(request, "program", None)
    if known is None:
        known = SimpleLazyObject(read)
        request.program = known  # type: ignore[attr-defined]
    return known


def _account(request: HttpRequest) -> dict[str, object]:
    """Return who is signed in, for which partner, and the partners to change to."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"account_name": "", "account_title": ""}
    seat = seat_of(request)
    return {
        "account_name": str(user),
        "account_title": seat.partner_name if seat else str(user),
        "seat": seat,
        "keys_off": not user.shortcuts_enabled,
    }
