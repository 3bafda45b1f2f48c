"""Several decisions in one act, and the answer for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.manage.asking import query_of, wanted_of
from deals.services.bulk import Pick, Result, decide_several
from deals.services.decisions import DECIDERS
from prm.doors import actor_of, console_page
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

RESULTS = "deals_bulk_results"


@require_POST
@console_page(roles=tuple(DECIDERS))
def bulk(request: HttpRequest) -> HttpResponse:
    """Decide what was selected; the next page says of every row what happened."""
    act, query = request.POST.get("act", ""), query_of(wanted_of(request.GET))
    try:
        results = decide_several(
            picks=_picks(request.POST.getlist("pick")),
            act=act,
            reason=request.POST.get("reason", ""),
            actor=actor_of(request),
            now=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, str(error.sentence))
        return redirect(f"{reverse('deals_manage:decisions')}{query}")
    request.session[RESULTS] = {"act": act, "query": query, "rows": [_row(result) for result in results]}
    return redirect("deals_manage:bulk_results")


@console_page(roles=tuple(DECIDERS))
def results(request: HttpRequest) -> HttpResponse:
    """Show what the last act of this person did to each row."""
    kept = request.session.get(RESULTS)
    if not isinstance(kept, dict):
        return redirect("deals_manage:decisions")
    rows = kept["rows"]
    done = sum(1 for row in rows if not row["code"])
    values = {"rows": rows, "summary": _summary(str(kept["act"]), done, len(rows) - done), "query": kept["query"]}
    return render(request, "deals/manage/bulk.html", values)


def _picks(given: list[str]) -> list[Pick]:
    """Return what was selected, each once; what is no selection is left out."""
    picks = {}
    for word in given:
        public_id, _colon, version = word.partition(":")
        try:
            key = UUID(public_id)
        except ValueError:
            continue
        picks[key] = Pick(key, int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0)  # noqa: PLR2004 - digits of an integer
    return list(picks.values())


def _row(result: Result) -> dict[str, str]:
    found = result.registration
    if found is None:
        return {"id": "", "name": _("A registration"), "code": result.code, "sentence": result.sentence}
    return {
        "id": str(found.public_id),
        "reference": found.reference,
        "name": found.account.name if found.account else found.company,
        "partner": found.holder.name,
        "code": result.code,
        "sentence": result.sentence,
    }


def _summary(act: str, done: int, skipped: int) -> str:
    words = {
        "approve": ngettext("%(count)d approved.", "%(count)d approved.", done),
        "reject": ngettext("%(count)d rejected.", "%(count)d rejected.", done),
        "return": ngettext("%(count)d returned.", "%(count)d returned.", done),
    }
    said = words[act] % {"count": done}
    if not skipped:
        return said
    left = ngettext("%(count)d was left as it is.", "%(count)d were left as they are.", skipped) % {"count": skipped}
    return f"{said} {left}"
