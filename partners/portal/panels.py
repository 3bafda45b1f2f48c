"""What this app puts on portal home: news since the last visit, and where the partner stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partners.queries.news import news_since
from partners.queries.standing import tier_of
from prm import panels
from prm.doors import actor_of, seat_of, today_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def news(request: HttpRequest, _subject: object) -> dict[str, object] | None:
    """Return what happened since the last visit; nothing on the first."""
    seat = seat_of(request)
    if seat is None or seat.since is None:
        return None
    lines, count = news_since(actor=actor_of(request), since=seat.since)
    return {"news": lines, "count": count, "more": count - len(lines)}


def standing(request: HttpRequest, _subject: object) -> dict[str, object] | None:
    """Return the partner's tier of today with its benefits."""
    seat = seat_of(request)
    if seat is None:
        return None
    today = today_of(request)
    tier = tier_of(actor=actor_of(request), partner_id=seat.partner_id, on=today)
    return {"tier": tier} if tier is not None else None


def register() -> None:
    """Put both beside what other apps bring: money stands above, at 10."""
    for name, position, context in (("news", 20, news), ("standing", 30, standing)):
        panels.register(
            panels.Panel(
                place="portal_home_side",
                name=name,
                position=position,
                template=f"partners/home_{name}.html",
                context=context,
            )
        )
