"""The navigation of portal and console: the apps register items from ``AppConfig.ready``, pages only show them.

An item appears only when its page is real and this person may open it; its counter says what waits for this person and
must agree with the list that it opens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse

from prm.ui.states import Words

Area = Literal["portal", "console"]


def _everyone(_actor: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: ``visible`` decides by the actor of the request, ``counter`` counts waiting work (0 hides it).

    ``covers`` names pages beside the item's own address on which it is marked as current. ``counted`` is the query that
    leads to what was counted, where the page itself lists more. Once a partnership has ended only entries with
    ``after_termination`` stay, and lead to the page of that name (partner rules, section 1).
    """

    area: Area
    label: Words
    url_name: str
    position: int
    visible: Callable[[Any], bool] = _everyone
    counter: Callable[[HttpRequest], int | None] | None = None
    external: bool = False
    covers: tuple[str, ...] = ()
    after_termination: str = ""
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as one request sees it."""

    label: Words
    url: str
    active: bool
    count: int
    external: bool


_items: dict[tuple[Area, str], Item] = {}


def register(item: Item) -> None:
    """Add an item; the same area and URL name replaces it, so that ``ready`` may run twice."""
    _items[item.area, item.url_name] = item


def items_for(request: HttpRequest, area: Area) -> list[Entry]:
    """Return what this request may see, in order, the deepest matching address marked as current."""
    actor, ended = getattr(request, "actor", None), _has_ended(request)
    seen = [
        item
        for item in sorted(_items.values(), key=lambda i: i.position)
        if item.area == area and item.visible(actor) and (item.after_termination or not ended)
    ]
    depths = [_depth(request, item) for item in seen]
    current = max(depths, default=0)
    return [
        _entry(request, item, ended=ended, active=0 < depth == current)
        for item, depth in zip(seen, depths, strict=True)
    ]


def _has_ended(request: HttpRequest) -> bool:
    seat = getattr(request, "seat", None)
    return bool(seat and seat.is_terminated)


def _depth(request: HttpRequest, item: Item) -> int:
    """Return how much of the address lies below the item’s own pages; the area’s front page owns itself alone."""
    front = f"/{request.path.split('/')[1]}/"
    urls = [reverse(name) for name in (item.url_name, *item.covers)]
    matching = [url for url in urls if request.path == url or (url != front and request.path.startswith(url))]
    return max(map(len, matching), default=0)


def _entry(request: HttpRequest, item: Item, *, ended: bool, active: bool) -> Entry:
    count = (item.counter(request) or 0) if item.counter and not ended else 0
    url = reverse(item.after_termination if ended else item.url_name)
    if count:
        url += item.counted
    return Entry(label=item.label, url=url, active=active, count=count, external=item.external)
