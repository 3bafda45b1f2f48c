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

    ``covers`` names pages beside the item's own address on which it is marked as current.
    """

    area: Area
    label: Words
    url_name: str
    position: int
    visible: Callable[[Any], bool] = _everyone
    counter: Callable[[HttpRequest], int | None] | None = None
    external: bool = False
    covers: tuple[str, ...] = ()


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
    actor = getattr(request, "actor", None)
    seen = [
        item for item in sorted(_items.values(), key=lambda i: i.position) if item.area == area and item.visible(actor)
    ]
    urls = [reverse(item.url_name) for item in seen]
    covered = [
        (len(address), url)
        for item, url in zip(seen, urls, strict=True)
        for address in (url, *map(reverse, item.covers))
        if request.path.startswith(address)
    ]
    current = max(covered, default=(0, ""))[1]
    return [_entry(request, item, url, current=current) for item, url in zip(seen, urls, strict=True)]


def _entry(request: HttpRequest, item: Item, url: str, *, current: str) -> Entry:
    count = (item.counter(request) or 0) if item.counter else 0
    return Entry(label=item.label, url=url, active=url == current, count=count, external=item.external)
