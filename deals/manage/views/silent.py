"""Protected customers of whom nothing was heard for long: a manager releases them, one by one or several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from deals.manage.asking import listing_of
from deals.manage.console import beside
from deals.manage.sheets import sheet
from deals.manage.views.case import program_of
from deals.models import Registration
from deals.queries.protection import to_release
from deals.services.decisions import DECIDERS
from deals.services.release import release_registration
from prm.doors import actor_of, console_page
from prm.errors import DomainError
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

COLUMNS = (
    "reference",
    "customer",
    "partner",
    "manager",
    "family",
    "expected_mrr",
    "currency",
    "last_update",
    "protected_until",
)


@require_GET
@console_page
def silent(request: HttpRequest) -> HttpResponse:
    """List them, the longest silence on top."""
    return _page(request)


@require_GET
@console_page
def silent_csv(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV."""
    rows = (
        (
            deal.reference,
            deal.account.name if deal.account else deal.company,
            deal.holder.name,
            deal.holder.manager_email,
            deal.family.name,
            deal.expected_mrr,
            deal.currency,
            deal.last_update,
            deal.ends,
        )
        for deal in to_release(actor_of(request), now=timezone.now(), **_asked(request))
    )
    return sheet("silent-deals.csv", COLUMNS, rows)


@require_POST
@console_page(roles=tuple(DECIDERS))
def release(request: HttpRequest) -> HttpResponse:
    """Release the one that was pressed, or all that were picked; each is looked at again under its lock."""
    reason, actor, now = request.POST.get("text", ""), actor_of(request), timezone.now()
    one = request.POST.get("one", "")
    picked = [one] if one else request.POST.getlist("pick")
    found = _found(request, picked)
    if not found:
        return _page(request, error=_("Choose at least one."), status=422)
    refused: list[str] = []
    for deal, version in found:
        try:
            release_registration(registration_id=deal.pk, actor=actor, now=now, version=version, reason=reason)
        except DomainError as error:
            refused.append(
                _("%(customer)s: %(why)s") % {"customer": deal.account or deal.company, "why": error.sentence}
            )
    done = len(found) - len(refused)
    if refused and not done:
        return _page(request, error=" ".join(dict.fromkeys(refused)), status=422)
    messages.success(
        request,
        ngettext("%(count)d customer was released.", "%(count)d customers were released.", done) % {"count": done},
    )
    for sentence in refused:
        messages.warning(request, sentence)
    return redirect("deals_manage:silent")


def _found(request: HttpRequest, picked: Sequence[str]) -> list[tuple[Registration, int]]:
    """Return what was picked with the version that was on the page; what means nothing is left out."""
    versions: dict[UUID, int] = {}
    for mark in picked[:PAGE_SIZE]:
        public_id, _colon, version = mark.partition(":")
        try:
            versions[UUID(public_id)] = int(version)
        except ValueError:
            continue
    found = Registration.objects.visible_to(actor_of(request)).filter(public_id__in=versions)
    return [(deal, versions[deal.public_id]) for deal in found.select_related("account").order_by("pk")]


def _page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    actor, now, asked = actor_of(request), timezone.now(), _asked(request)
    _program, settings = program_of(request, now=now)
    days = settings.inactive_release_days
    page = Paginator(to_release(actor, now=now, days=days, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    count = page.paginator.count
    values = {
        "page_obj": page,
        "rows": [(deal, (now - deal.last_update).days) for deal in page],
        "asked": asked,
        "summary": ngettext(
            "Of %(count)d protected deal nothing was heard for %(days)d days.",
            "Of %(count)d protected deals nothing was heard for %(days)d days.",
            count,
        )
        % {"count": count, "days": days},
        "reason": request.POST.get("text") or _("Nothing was reported for %(days)d days.") % {"days": days},
        "beside": beside(request, now=now, settings=settings),
        "days": days,
        "may_release": actor.has_role(*DECIDERS),
        "error": error,
        "now": now,
    }
    return render(request, "deals/manage/silent.html", values, status=status)


def _asked(request: HttpRequest) -> dict[str, Any]:
    asked = listing_of(request.GET, state="", sort="silent")
    return {"words": asked["words"], "sort": asked["sort"]}
