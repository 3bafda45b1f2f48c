"""Which part of the queue an address asks for, and the position that a browser remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from deals.policy import RULE_CODES
from deals.policy.wording import HEADINGS
from deals.queries.desk import SORTS, STATES, Desk, Wanted, desk_of
from prm.doors import actor_of
from prm.ui.states import state_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse, QueryDict

    from prm.models import Program

FILTERS = ("who", "state", "family", "partner", "rule", "late", "sort")
POSITION = "prm_queue"
"""The cookie that remembers where in the queue a person was: the query of the address, and what was open."""

PLACE = "/manage/decisions/"
LONGEST_POSITION = 600
LONGEST_WORDS = 200


def wanted_of(given: QueryDict) -> Wanted:
    """Return what an address asks for; words that mean nothing are left out."""
    state = given.get("state", "")
    rule = given.get("rule", "")
    sort = given.get("sort", "")
    return Wanted(
        who="mine" if given.get("who") == "mine" else "",
        state=state if state in STATES[1:] else "",
        family=given.get("family", "")[:64],
        partner=given.get("partner", "")[:64],
        rule=rule if rule in RULE_CODES else "",
        late=given.get("late") == "1",
        sort=sort if sort.removeprefix("-") in SORTS and sort != "due" else "",
    )


def listing_of(given: QueryDict, *, state: str, sort: str = "") -> dict[str, str]:
    """Return what the address of a list asks for: a state, words to find, an order; else those of the arguments."""
    return {
        "state": given.get("state", state),
        "words": given.get("q", "").strip()[:LONGEST_WORDS],
        "sort": given.get("sort", sort),
    }


def query_of(wanted: Wanted) -> str:
    """Return the query of the address that asks for ``wanted``, with its question mark; nothing for everything."""
    values = {name: getattr(wanted, name) for name in FILTERS}
    asked = {name: "1" if value is True else value for name, value in values.items() if value}
    return f"?{urlencode(asked)}" if asked else ""


def desk_for(request: HttpRequest, *, now: datetime, program: Program) -> Desk:
    """Return the desk of the person of this request."""
    email = cast("Any", request.user).email
    return desk_of(user_id=actor_of(request).user_id, email=email, today=program.day_of(now))


def options_of(wanted: Wanted, desk: Desk) -> dict[str, object]:
    """Return the choices of the filters."""
    sorts = {
        "": _("Due first"),
        "-due": _("Due last"),
        "submitted": _("Oldest first"),
        "customer": _("Customer"),
        "partner": _("Partner"),
        "-expected": _("Largest first"),
    }
    return {
        "wanted": wanted,
        "whose": [("", _("All")), ("mine", _("Mine"))],
        "states": [("", state_of("registration", STATES[0]).word)]
        + [(str(code), _inside(str(code))) for code in STATES[1:]],
        "families": [("", _("All")), *desk.families],
        "rules": [("", _("All"))] + [(code, _(HEADINGS[code])) for code in RULE_CODES],
        "lateness": [("", _("All")), ("1", _("Late"))],
        "sorts": list(sorts.items()),
    }


def position_of(request: HttpRequest) -> tuple[str, UUID | None]:
    """Return the query and the registration that this browser had open last."""
    query, _bar, item = request.COOKIES.get(POSITION, "")[:LONGEST_POSITION].partition("|")
    try:
        return query, UUID(item)
    except ValueError:
        return query, None


def remember_position(response: HttpResponse, *, query: str, item: UUID | None) -> None:
    """Have the browser remember the position for the next visit."""
    kept = f"{query}|{item or ''}"
    if len(kept) <= LONGEST_POSITION:
        response.set_cookie(POSITION, kept, max_age=30 * 86400, path=PLACE, httponly=True, samesite="Lax")


def _inside(code: str) -> str:
    words = {"returned": _("More information requested"), "waiting": _("Waiting in line")}
    return words.get(code, str(state_of("registration", code).word))
