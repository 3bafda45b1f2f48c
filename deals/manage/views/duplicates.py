"""Pairs of customers that may be one, side by side; one key for each answer, and merges with their undoing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from deals.models import Account, AccountCandidate, AccountMerge, Registration
from deals.queries.customers import merges_to_read, pairs, sides_of, undoable_until
from deals.queries.merging import Preview, preview_of
from deals.services.candidates import ask_again, keep_apart
from deals.services.decisions import DECIDERS
from deals.services.merging import merge_accounts, undo_merge
from prm import formats
from prm.doors import actor_of, console_page, status_of
from prm.errors import DomainError
from prm.ui.inputs import country_name
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from deals.queries.customers import Side

LISTED = 100
"""Pairs on the page; the rest come up as these are decided."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison: what both records say, and whether it is the same."""

    label: str
    one: str
    other: str

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return bool(self.one) and self.one.casefold() == self.other.casefold()


@require_GET
@console_page
def duplicates(request: HttpRequest) -> HttpResponse:
    """List the pairs that wait; the surest is open beside the list."""
    return _page(request, None)


@require_http_methods(["GET", "POST"])
@console_page
def duplicate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one pair; by POST decide about it and go to the next."""
    if request.method == "GET":
        return _page(request, public_id)
    found = AccountCandidate.objects.filter(public_id=public_id).select_related("account", "other").first()
    if found is None or not actor_of(request).has_role(*DECIDERS):
        raise Http404
    act = request.POST.get("act", "")
    if act in {"merge", "merge_other"}:
        survivor, merged = (found.other, found.account) if act == "merge" else (found.account, found.other)
        return redirect(f"/manage/customers/{survivor.public_id}/merge/?other={merged.public_id}")
    try:
        if act == "again":
            ask_again(candidate_id=found.pk, actor=actor_of(request), now=timezone.now())
            messages.success(request, _("The two are open again."))
            return redirect("deals_manage:duplicate", public_id=found.public_id)
        _keep_apart(request, found, act)
    except DomainError as error:
        return _page(request, public_id, error=str(error.sentence), status=status_of(error))
    words = {"one": found.account.name, "other": found.other.name}
    messages.success(request, _("%(one)s and %(other)s are different; nobody is asked again.") % words)
    return redirect("deals_manage:duplicates")


def _keep_apart(request: HttpRequest, found: AccountCandidate, act: str) -> None:
    if act != "different":
        raise DomainError("unknown_act", _("Choose one of the decisions."))
    keep_apart(candidate_id=found.pk, actor=actor_of(request), now=timezone.now())


def _page(request: HttpRequest, public_id: UUID | None, *, error: str = "", status: int = 200) -> HttpResponse:
    waiting = pairs(decided=False)
    listed = list(waiting[:LISTED])
    shown = next(iter(listed), None)
    if public_id is not None:
        everyone = AccountCandidate.objects.select_related("account", "other")
        shown = (
            next((pair for pair in listed if pair.public_id == public_id), None)
            or everyone.filter(public_id=public_id).first()
        )
        if shown is None:
            raise Http404
    count = waiting.count()
    values: dict[str, object] = {
        "listed": listed,
        "summary": ngettext("%(count)s pair waits", "%(count)s pairs wait", count) % {"count": formats.number(count)},
        "pair": shown,
        "has_item": public_id is not None,
        "error": error,
        "may_decide": actor_of(request).has_role(*DECIDERS),
    }
    if shown is not None:
        one, other = sides_of(shown)
        values |= {"lines": _compared(one, other), "one": one, "other": other}
    return render(request, "deals/manage/duplicates.html", values, status=status)


def _compared(one: Side, other: Side) -> list[Compared]:
    def of(page: Side) -> dict[str, str]:
        account = page.account
        return {
            _("Name"): account.name,
            _("Website"): account.website,
            _("Domains"): ", ".join(page.domains),
            _("Country"): country_name(account.country) if account.country else "",
            _("Segment"): account.segment,
            _("External id"): f"{account.source_system} {account.external_id or ''}".strip(),
            _("Above it"): account.parent.name if account.parent else "",
            _("Registrations"): ", ".join(
                f"{held.reference} ({held.get_status_display()}, {held.holder.name})" for held in page.registrations[:5]
            ),
            _("Subscriptions"): ", ".join(
                f"{sold.external_id} ({sold.product.family.name})" for sold in page.subscriptions[:5]
            ),
            _("First seen"): formats.day(account.created_at.date()),
        }

    left, right = of(one), of(other)
    return [Compared(label, left[label], right[label]) for label in left if left[label] or right[label]]


@require_http_methods(["GET", "POST"])
@console_page(roles=tuple(DECIDERS))
def merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what merging ``other`` into this customer would do, and do it."""
    survivor = _current(request, str(public_id))
    merged = _current(request, request.POST.get("other") or request.GET.get("other", ""))
    if survivor is None or merged is None or survivor == merged:
        raise Http404
    error, status = "", 200
    if request.method == "POST":
        chosen = [str(value) for name, value in request.POST.items() if name.startswith("keep-")]
        try:
            merge_accounts(
                survivor_id=survivor.pk,
                merged_id=merged.pk,
                actor=actor_of(request),
                now=timezone.now(),
                keep=list(Registration.objects.filter(public_id__in=_uuids(chosen)).values_list("pk", flat=True)),
                reason=request.POST.get("reason", "")[:500],
            )
        except DomainError as refusal:
            error, status = str(refusal.sentence), status_of(refusal)
        else:
            words = {"merged": merged.name, "survivor": survivor.name}
            messages.success(request, _("%(merged)s is %(survivor)s from now on; 30 days to take it back.") % words)
            return redirect("deals_manage:customer", public_id=survivor.public_id)
    seen: Preview = preview_of(survivor=survivor, merged=merged, now=timezone.now())
    values = {
        "seen": seen,
        "survivor": survivor,
        "merged": merged,
        "error": error,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "deals/manage/merge.html", values, status=status)


def _current(request: HttpRequest, public_id: str) -> Account | None:
    found = _uuids([public_id])
    return Account.objects.visible_to(actor_of(request)).current().filter(public_id__in=found).first()


def _uuids(typed: list[str]) -> list[UUID]:
    found = []
    for text in typed:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_GET
@console_page
def merges(request: HttpRequest) -> HttpResponse:
    """List merges, and which of them can still be undone."""
    page = Paginator(merges_to_read().prefetch_related("moves"), PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [
        {"merge": row, "moves": row.moves.all(), "until": undoable_until(row), "open": _is_open(row, now)}
        for row in page
    ]
    values = {"page": page, "rows": rows, "may_decide": actor_of(request).has_role(*DECIDERS)}
    return render(request, "deals/manage/merges.html", values)


def _is_open(row: AccountMerge, now: datetime) -> bool:
    return row.undone_at is None and now <= undoable_until(row)


@require_POST
@console_page(roles=tuple(DECIDERS))
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a merge back."""
    row = merges_to_read().filter(public_id=public_id).first()
    if row is None:
        raise Http404
    try:
        undo_merge(merge_id=row.pk, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
        return redirect("deals_manage:merges")
    messages.success(request, _("%(merged)s is a customer of its own again.") % {"merged": row.merged.name})
    return redirect("deals_manage:customer", public_id=row.merged.public_id)
