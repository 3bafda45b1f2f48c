"""The console's board of tiers, what evaluations found, and tiers by hand."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.manage.tier_forms import ByHandForm
from partners.models import Partner, Tier, TierRun
from partners.queries.progress import evaluations_of, overrides_of, progress_of
from partners.queries.tier_board import BY_HAND, MOVES, WARNED, board, lines_of, runs, standings
from partners.queries.tier_lines import criterion_lines
from partners.queries.tier_words import figure_name
from partners.services.tiers.overrides import end_by_hand, set_by_hand
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, denied, program_of, status_of, today_of
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.metrics import metric_of
from prm.metrics.writing import words_of
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 25
RECENT_RUNS = 6
ADMIN = (InternalRole.ADMIN,)
COLUMNS = ("partner", "name", "tier", "next_tier", "next_from", "warned_on", "warned_about", "by_hand_until")


@require_GET
@console_page
def tiers(request: HttpRequest) -> HttpResponse:
    """Show who holds which tier, whom a warning or a tier by hand concerns, and the last evaluations."""
    wanted, today = _wanted(request), today_of(request)
    held = standings(on=today)
    values = {
        "page": Paginator(wanted, PAGE_SIZE).get_page(request.GET.get("page")),
        "standings": held,
        "tiers": [("", _("All")), *((one.code, one.name) for one in held)],
        "tier": request.GET.get("tier", ""),
        "only": request.GET.get("only", ""),
        "onlys": [
            ("", _("All")),
            (MOVES, _("Changes ahead")),
            (WARNED, _("Warned")),
            (BY_HAND, _("By hand")),
        ],
        "runs": list(runs()[:RECENT_RUNS]),
        "may_edit": actor_of(request).has_role(*ADMIN),
    }
    values["state"] = _state(values["runs"])  # type: ignore[arg-type]
    return render(request, "partners/tiers.html", values)


def _state(found: list[TierRun]) -> str:
    if not found:
        return _("Tiers were not evaluated yet; it happens as a month ends, where a tier asks for anything.")
    last = found[0]
    values = {"day": formats.day(last.as_of), "from": formats.day(last.effective_on)}
    return _("Last evaluated on the facts of %(day)s, counting from %(from)s.") % values


@require_GET
@console_page
def tiers_csv(request: HttpRequest) -> HttpResponse:
    """Download the board with its filters, all pages of it."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _wanted(request).iterator(chunk_size=2000):
        named = (row.code, safe_text(row.name), row.tier_code or "", row.next_tier or "")  # type: ignore[attr-defined]
        days = (row.next_on, row.warned_on, row.warned_of, row.by_hand_until)  # type: ignore[attr-defined]
        writer.writerow((*named, *(day or "" for day in days)))
    return download(text.getvalue(), kind=CSV, name="tiers.csv")


def _wanted(request: HttpRequest) -> QuerySet[Partner]:
    asked = request.GET
    return board(actor=actor_of(request), on=today_of(request), tier=asked.get("tier", ""), only=asked.get("only", ""))


@require_GET
@console_page
def run(request: HttpRequest, as_of: str) -> HttpResponse:
    """Show what one evaluation found about each partner, with the figures that it used."""
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise Http404 from None
    found = get_object_or_404(runs(), as_of=day)
    page = Paginator(lines_of(found, actor=actor_of(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    codes = sorted({code for line in page for code in line.figures})
    names, currency = dict(Tier.objects.values_list("code", "name")), program_of(request).base_currency
    values = {
        "run": found,
        "page": page,
        "heads": [figure_name(code) for code in codes],
        "rows": [
            (
                line,
                names.get(line.held, line.held),
                names.get(line.tier, line.tier),
                [_used(line.figures.get(code, {}).get("value"), code, currency) for code in codes],
            )
            for line in page
        ],
        "state": _run_state(found),
    }
    return render(request, "partners/tier_run.html", values)


def _used(value: str | None, code: str, currency: str) -> str:
    """Return a figure that was stored with an evaluation as people read it."""
    return words_of(None if value is None else Decimal(value), metric_of(code).unit, currency)


def _run_state(found: TierRun) -> str:
    number = found.partners  # type: ignore[attr-defined]
    sentence = ngettext(
        "%(count)s partner: %(promoted)s promoted, %(demoted)s demoted, %(warned)s warned. It counts from %(day)s.",
        "%(count)s partners: %(promoted)s promoted, %(demoted)s demoted, %(warned)s warned. It counts from %(day)s.",
        number,
    )
    return sentence % {
        "count": formats.number(number),
        "promoted": formats.number(found.promoted),  # type: ignore[attr-defined]
        "demoted": formats.number(found.demoted),  # type: ignore[attr-defined]
        "warned": formats.number(found.warned),  # type: ignore[attr-defined]
        "day": formats.day(found.effective_on),
    }


@require_http_methods(["GET", "POST"])
@console_page
def partner_tier(request: HttpRequest, code: str) -> HttpResponse:
    """Show how a partner stands towards its tiers and how it came to hold its own; administrators set one by hand."""
    actor, program, today = actor_of(request), program_of(request), today_of(request)
    partner = Partner.objects.visible_to(actor).filter(code=code).first()
    if partner is None:
        raise Http404
    may_set = actor.has_role(*ADMIN)
    if request.method == "POST" and not may_set:
        return denied(request, _("Only administrators set a tier by hand."))
    form = ByHandForm(request.POST or None, initial={"valid_from": today})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                set_by_hand(partner_id=partner.pk, actor=actor, now=timezone.now(), **form.cleaned_data)
            except DomainError as refused:
                status = status_of(refused)
                form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
            else:
                messages.success(request, _("The tier is set by hand."))
                return redirect("partners_manage:partner_tier", code=code)
    found = progress_of(partner_id=partner.pk, on=today, review_month=program.tier_review_month)
    form.offer(found.names)
    values = {
        "partner": partner,
        "it": found,
        "held_lines": criterion_lines(found.held_checks, program),
        "next_lines": criterion_lines(found.next_checks, program),
        "overrides": list(overrides_of(actor, partner_id=partner.pk)),
        "evaluations": [
            (line, found.names.get(line.held, line.held), found.names.get(line.tier, line.tier))
            for line in evaluations_of(actor, partner_id=partner.pk)[:PAGE_SIZE]
        ],
        "today": today,
        "form": form if may_set else None,
    }
    return render(request, "partners/partner_tier.html", values, status=status)


@require_POST
@console_page(roles=ADMIN)
def end_override(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """End a tier by hand today; what was computed last applies."""
    try:
        end_by_hand(public_id=public_id, actor=actor_of(request), now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, _("The tier by hand has ended; what was computed last applies."))
    return redirect("partners_manage:partner_tier", code=code)
