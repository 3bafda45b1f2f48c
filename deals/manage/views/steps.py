"""What a manager does with a registration beside deciding it: the steps that are rare, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.claims import ClaimForm
from deals.models import LIVE_STATUSES, UNDECIDED_STATUSES, RegistrationStatus
from deals.queries.decisions import case_of
from deals.queries.distribution import partner_coded, sub_partners_of
from deals.queries.protection import is_inactive, last_update
from deals.queries.rules import day_of, rules_in_force
from deals.queries.tenders import open_tender_on
from deals.services.changing import change_claim
from deals.services.decisions import DECIDERS
from deals.services.handover import hand_over
from deals.services.progress import add_note
from deals.services.release import release_registration
from deals.services.reversal import reverse_rejection
from deals.services.tenders import open_tender
from prm.doors import actor_of, console_page, program_of, status_of, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from deals.models import Registration


@console_page(roles=tuple(DECIDERS))
def steps(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what is possible with this registration today, or do one of it."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    form = ClaimForm(request.POST if request.POST.get("act") == "change" else None, registration=case)
    if request.method != "POST":
        return _page(request, case, form)
    try:
        said = _do(request, case, form)
    except DomainError as error:
        status = status_of(error)
        return _page(request, case, form, error=str(error.sentence), status=status)
    if said is None:
        return _page(request, case, form, status=422)
    messages.success(request, said)
    return redirect("deals_manage:registration", public_id=public_id)


def _written() -> dict[str, tuple[Callable[..., Registration], str, str]]:
    """Return what is done with a few words: the service, the name of the words, and what is said afterwards."""
    return {
        "note": (add_note, "text", _("The note was written.")),
        "release": (release_registration, "reason", _("The customer was released.")),
        "reverse": (reverse_rejection, "reason", _("The rejection was taken back.")),
    }


def _do(request: HttpRequest, case: Registration, form: ClaimForm) -> str | None:
    """Carry out the act and say so; nothing where the form needs to be put right."""
    act, text = request.POST.get("act", ""), request.POST.get("text", "")
    actor, now, version, pk = actor_of(request), timezone.now(), version_of(request), case.pk
    if act in (written := _written()):
        service, name, said = written[act]
        service(registration_id=pk, actor=actor, now=now, version=version, **{name: text})
        return said
    if act == "hand_over":
        to = partner_coded(request.POST.get("to", ""))
        hand_over(registration_id=pk, to_partner_id=to, actor=actor, now=now, version=version, reason=text)
        return _("The registration was handed over.")
    if act == "tender":
        open_tender(account_id=case.account_id or 0, family_id=case.family_id, reason=text, actor=actor, now=now)
        return _("The tender is open.")
    if act == "change":
        if not form.is_valid():
            return None
        claim, reason = form.claim, form.cleaned_data["reason"]
        change_claim(registration_id=pk, claim=claim, actor=actor, now=now, version=version, reason=reason)
        return _("Customer and product family were changed.")
    raise DomainError("unknown_act", _("Choose one of the actions on the page."))


def _page(
    request: HttpRequest, case: Registration, form: ClaimForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    now, program = timezone.now(), program_of(request)
    distributor = case.distributor_id or case.holder_id
    is_live = case.status in LIVE_STATUSES
    days = rules_in_force(now=now).inactive_release_days
    is_protected = case.status == RegistrationStatus.APPROVED
    values = {
        "case": case,
        "form": form,
        "error": error,
        "is_live": is_live,
        "last_update": last_update(case) if is_protected else None,
        "may_release": is_protected and is_inactive(case, days=days, now=now),
        "may_reverse": case.status == RegistrationStatus.REJECTED,
        "may_change": case.status in UNDECIDED_STATUSES,
        "receivers": [
            partner
            for partner in (sub_partners_of(distributor, day=day_of(now, program)) if is_live else ())
            if partner.pk != case.holder_id
        ],
        "tender": open_tender_on(account_id=case.account_id or 0, family_id=case.family_id),
        "release_days": days,
    }
    return render(request, "deals/manage/steps.html", values, status=status)
