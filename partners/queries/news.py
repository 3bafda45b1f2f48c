"""What happened at a partner: the log as its own people and the console read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Window
from django.utils.html import format_html
from django.utils.safestring import SafeString

from partners.models import Activity
from prm.activities import kind_of, money_kinds

if TYPE_CHECKING:
    from prm.actors import Actor

LATEST = 6
"""Lines of news on home; the number beside the heading counts all."""


@dataclass(frozen=True, slots=True)
class News:
    """One line: when, a sentence with its object in bold, and under it (on timelines) who did it."""

    at: datetime
    text: SafeString
    reason: str = ""


def sentence(code: str, thing: str) -> SafeString:
    """Return the sentence of an activity; ``thing``, made by users, stands isolated and bold in its place."""
    template = str(kind_of(code).sentence)
    if "%(object)s" not in template:
        return format_html("{}", template)
    before, after = template.split("%(object)s", 1)
    if not thing:
        return format_html("{}", (before + after).strip().rstrip(":"))
    return format_html("{}<b><bdi>{}</bdi></b>{}", before, thing, after)


def news_since(*, actor: Actor, since: datetime, limit: int = LATEST) -> tuple[list[News], int]:
    """Return the latest news of the actor's partner after ``since``, and how many there are. One query.

    What a person did is news to colleagues, not to the person; money is news to those who see it.
    """
    rows = Activity.objects.visible_to(actor).filter(occurred_at__gt=since)
    if actor.user_id is not None:
        rows = rows.exclude(user_id=actor.user_id)
    if not actor.sees_money:
        rows = rows.exclude(kind__in=money_kinds())
    newest = list(rows.annotate(total=Window(Count("pk"))).order_by("-occurred_at", "-pk")[:limit])
    latest = [News(at=row.occurred_at, text=sentence(row.kind, row.object)) for row in newest]
    return latest, newest[0].total if newest else 0


def timeline_of(*, actor: Actor, partner_id: int, limit: int = 20) -> list[News]:
    """Return a partner's latest activity for the console, with who did it. One query."""
    rows = Activity.objects.visible_to(actor).filter(partner_id=partner_id).select_related("user")
    return [
        News(
            at=row.occurred_at,
            text=sentence(row.kind, row.object),
            reason=str(row.user) if row.user is not None else "",
        )
        for row in rows.order_by("-occurred_at", "-id")[:limit]
    ]
