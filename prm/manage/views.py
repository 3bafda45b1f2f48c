"""The console's entry and its search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render

from prm import search
from prm.doors import actor_of, console_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SHORTEST = 2


@console_page
def entry(_request: HttpRequest) -> HttpResponse:
    """Lead to the console's home: the program in a few figures."""
    return redirect("figures:program")


@console_page
def find(request: HttpRequest) -> HttpResponse:
    """Find customers, partners and deals; words that name exactly one thing open it."""
    words = request.GET.get("q", "").strip()
    found = search.find(actor_of(request), words) if len(words) >= SHORTEST else []
    hits = [hit for _source, those in found for hit in those]
    exact = [hit for hit in hits if hit.exact]
    if len(exact) == 1:
        return redirect(exact[0].url)
    values = {
        "search_query": words,
        "found": found,
        "count": len(hits),
        "limit": search.LIMIT,
        "more": any(len(each) == search.LIMIT for _source, each in found),
        "too_short": len(words) < SHORTEST,
    }
    return render(request, "prm/search.html", values)
