"""Lists and their furniture: sorting, paging, timelines, differences, checklists."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from prm.ui.tags.library import register
from prm.ui.tags.values import icon

PAGE_SIZE = 25


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """Return this page's query string with changes (``None`` removes): ``href="{% query page=2 %}"``. Never empty."""
    params = _params(context)
    for name, value in changes.items():
        if value is None:
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


def _params(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if isinstance(request, HttpRequest) else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def sort_th(context: Context, word: str, key: str, css: str = "") -> SafeString:
    """Return a heading cell that sorts by ``?sort=key`` and, clicked again, ``?sort=-key``."""
    now = _params(context).get("sort", "")
    upward, downward = now == key, now == f"-{key}"
    href = query(context, sort=f"-{key}" if upward else key, page=None)
    aria = ' aria-sort="ascending"' if upward else ' aria-sort="descending"' if downward else ""
    drawing = icon("up") if upward else icon("down") if downward else ""
    return format_html(
        '<th scope="col" class="{}"{}><a href="{}">{}{}</a></th>', css, SafeString(aria), href, word, drawing
    )


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], noun: str = "", parameter: str = "page") -> dict[str, object]:
    """``1–25 of 287`` and links; keeps the other parameters of the address, those of another list's page too."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    gap = str(page.paginator.ELLIPSIS)
    links = [(None if str(number) == gap else number, query(context, **{parameter: number})) for number in numbers]
    return {
        "page": page,
        "links": links,
        "noun": noun,
        "previous": query(context, **{parameter: page.number - 1}),
        "next": query(context, **{parameter: page.number + 1}),
    }


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Any], style: str = "moment") -> dict[str, object]:
    """Newest first. Each event has ``at``, ``actor``, ``text`` and maybe ``reason``, ``href``, ``link``."""
    return {"events": events, "style": style}


@register.inclusion_tag("components/diff.html")
def diff(rows: Iterable[Any], caption: str, unchanged: int = 0) -> dict[str, object]:
    """Was, now, change. Each row has ``name``, ``was``, ``now``, ``change`` and ``kind`` (added, removed, changed).

    Where no row has a change to count, its column is left out.
    """
    words = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
    shown = [(row, words.get(_kind(row), "")) for row in rows]
    return {
        "rows": shown,
        "caption": caption,
        "unchanged": unchanged,
        "has_change": any(_read(row, "change") for row, _word in shown),
    }


def _kind(row: Any) -> str:
    return _read(row, "kind")


def _read(row: Any, name: str) -> str:
    return str(row.get(name, "") if isinstance(row, Mapping) else getattr(row, name, ""))


@register.inclusion_tag("components/checklist.html")
def checklist(tasks: Iterable[Any]) -> dict[str, object]:
    """Return ``3 of 8 done`` over verb-first tasks.

    Each has ``title``, ``state`` (open, done, waiting, blocked), ``note``, ``href`` and ``action``.
    """
    rows = list(tasks)
    done = sum(1 for task in rows if _state(task) == "done")
    return {"tasks": [(task, _state(task)) for task in rows], "done": done, "total": len(rows)}


def _state(task: Any) -> str:
    return str(task.get("state", "open") if isinstance(task, Mapping) else getattr(task, "state", "open"))


@register.simple_tag
def expander(target: str, href: str, label: str, open: bool = False) -> SafeString:  # noqa: A002, FBT001, FBT002
    """Return a chevron that opens the row ``id=target`` in place; without JavaScript ``href`` does."""
    return format_html(
        '<a class="chev" href="{}" role="button" data-expand aria-controls="{}" aria-expanded="{}" aria-label="{}">{}'
        "</a>",
        href,
        target,
        "true" if open else "false",
        label,
        icon("down"),
    )
