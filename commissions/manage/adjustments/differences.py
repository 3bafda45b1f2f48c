"""Differences outside the correction window: one list, decided one by one or many at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from commissions.kinds import Kind
from commissions.manage.adjustments import words
from commissions.manage.files import csv_file, plain
from commissions.manage.tabs import ADJUSTERS, tabs
from commissions.models import StandingDifference
from commissions.queries.differences import DifferenceFilter, differences_matching, sums_waiting
from commissions.services.standing import accept_difference, settle_difference
from partners.models import Partner
from prm import formats
from prm.doors import actor_of, console_page, today_of
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from prm.actors import Actor

A_PAGE = 50
MOST_TOLD = 5
HEADS = (
    "partner", "subscription", "customer", "kind", "currency", "earned_period", "earned", "posted", "difference",
    "first_seen_run", "last_seen_run", "decision", "decided", "decided_by", "reason",
)  # fmt: skip
AMOUNTS = frozenset({"earned", "posted", "difference"})


@require_GET
@console_page
def differences(request: HttpRequest) -> HttpResponse:
    """List the differences by partner, kind, currency and decision."""
    return _show(request)


def _show(request: HttpRequest, *, problems: tuple[str, ...] = (), status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    wanted, rows = _asked(request)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    visible = StandingDifference.objects.visible_to(actor)
    count, sums = sums_waiting(actor, wanted)
    partners = Partner.objects.filter(pk__in=visible.values("partner")).order_by("name")
    currencies = visible.order_by("currency").values_list("currency", flat=True).distinct()
    values: dict[str, Any] = {
        "tabs": tabs(request, "differences"),
        "page": page,
        "rows": [(row, f"{row.pk}:{row.amount.normalize():f}", words.about_words(row)) for row in page.object_list],
        "state": words.differences_sentence(count, sums),
        "wanted": wanted,
        "is_filtered": wanted != DifferenceFilter(),
        "partners": [("", _("All")), *partners.values_list("code", "name")],
        "kinds": [("", _("All")), *Kind.choices],
        "currencies": [("", _("All")), *((code, code) for code in currencies)],
        "decisions": [
            ("", _("Waiting")),
            ("settled", words.DIFFERENCE_STATES["settled"].word),
            ("accepted", words.DIFFERENCE_STATES["accepted"].word),
            ("all", _("All")),
        ],
        "may_decide": actor.has_role(*ADJUSTERS) and any(not row.decision for row in page.object_list),
        "problems": problems,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "commissions/manage/adjustments/differences.html", values, status=status)


def _asked(request: HttpRequest) -> tuple[DifferenceFilter, QuerySet[StandingDifference]]:
    names = DifferenceFilter.__dataclass_fields__
    wanted = DifferenceFilter(**{name: request.GET.get(name, "") for name in names})
    return wanted, differences_matching(actor_of(request), wanted)


@require_GET
@console_page
def differences_csv(request: HttpRequest) -> HttpResponse:
    """Give the list with its filters as a file."""
    _wanted, rows = _asked(request)
    day = today_of(request)
    return csv_file(f"differences-{day:%Y-%m-%d}.csv", HEADS, _lines(rows), amounts=AMOUNTS)


def _lines(rows: QuerySet[StandingDifference]) -> Iterator[tuple[str, ...]]:
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.partner.code,
            row.subscription.external_id if row.subscription else "",
            row.subscription.account.name if row.subscription else "",
            row.kind,
            row.currency,
            f"{row.earned_period:%Y-%m}",
            plain(row.entitlement, row.currency),
            plain(row.posted, row.currency),
            plain(row.amount, row.currency),
            str(row.first_seen_run.number),
            str(row.seen_run.number),
            row.decision,
            row.decided_at.isoformat(timespec="seconds") if row.decided_at else "",
            row.decided_label,
            row.reason,
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """A difference that somebody decides about, and the amount that the page showed."""

    pk: int
    expected: Decimal


@require_POST
@console_page(roles=ADJUSTERS)
def decide(request: HttpRequest) -> HttpResponse:
    """Settle or accept: one difference by its own button, or those that are ticked; each for itself."""
    accepts = "accept" in request.POST
    one = request.POST.get("settle_one", "")
    chosen = [_chosen(text) for text in ([one] if one else request.POST.getlist("row"))]
    wanted = [choice for choice in chosen if choice is not None]
    if not wanted:
        return _show(request, problems=(_("Tick the differences that you decide about."),), status=422)
    reason = request.POST.get("reason", "").strip()
    actor, done, problems, stale = actor_of(request), 0, list[str](), False
    for choice in wanted:
        try:
            _decide(choice, accepts=accepts, reason=reason, actor=actor)
            done += 1
        except DomainError as error:
            stale = stale or isinstance(error, StaleError)
            problems.append(str(error.sentence))
    if problems:
        told = tuple(dict.fromkeys(problems))[:MOST_TOLD]
        if done:
            told = (_told(done, accepts=accepts), *told)
        return _show(request, problems=told, status=409 if stale else 422)
    messages.success(request, _told(done, accepts=accepts))
    query = request.GET.urlencode()
    return redirect(f"{reverse('commissions_manage:differences')}{'?' if query else ''}{query}")


def _chosen(text: str) -> Chosen | None:
    number, _colon, amount = text.partition(":")
    try:
        return Chosen(int(number), Decimal(amount))
    except (ValueError, InvalidOperation):
        return None


def _decide(choice: Chosen, *, accepts: bool, reason: str, actor: Actor) -> None:
    values: dict[str, Any] = {"difference_id": choice.pk, "expected": choice.expected, "actor": actor}
    if accepts:
        accept_difference(**values, reason=reason, now=timezone.now())
        return
    settle_difference(**values, reason=reason or _usual_reason(choice.pk), now=timezone.now())


def _usual_reason(pk: int) -> str:
    """Say what a settlement is for, where nobody said it better."""
    found = StandingDifference.objects.filter(pk=pk).values_list("earned_period", flat=True).first()
    month = formats.month(found) if found else ""
    return _("Difference of %(month)s, learnt after its correction window") % {"month": month}


def _told(count: int, *, accepts: bool) -> str:
    if accepts:
        return ngettext(
            "%(count)s difference is left as posted.", "%(count)s differences are left as posted.", count
        ) % {"count": count}
    return ngettext(
        "%(count)s difference is settled by an adjustment that waits for the next run.",
        "%(count)s differences are settled by adjustments that wait for the next run.",
        count,
    ) % {"count": count}
