"""The editor of what tiers ask for and give: tried on paper before it is put in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from partners.manage.tier_forms import TierForm
from partners.models import Tier
from partners.services.tiers.criteria import set_criteria, simulate_criteria
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, program_of, status_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "POST"])
@console_page(roles=(InternalRole.ADMIN,))
def edit(request: HttpRequest) -> HttpResponse:
    """Show criteria and benefits of all tiers; on POST try them on paper, or put them in force."""
    forms = [TierForm(request.POST or None, tier=tier) for tier in Tier.objects.prefetch_related("criteria")]
    values: dict[str, object] = {"forms": forms, "currency": program_of(request).base_currency}
    status = 200
    if request.method == "POST":
        status = 422
        valid = [form.is_valid() for form in forms]  # every form says what is wrong with it
        if all(valid):
            wanted = [form.wanted() for form in forms]
            actor, now = actor_of(request), timezone.now()
            try:
                if request.POST.get("act") == "save":
                    changed = set_criteria(wanted=wanted, actor=actor, now=now)
                    done = ngettext("%(count)s tier was changed.", "%(count)s tiers were changed.", changed)
                    messages.success(request, done % {"count": changed} if changed else _("Nothing was changed."))
                    return redirect("partners_manage:tiers")
                values["simulation"], status = simulate_criteria(wanted=wanted, actor=actor, now=now), 200
            except DomainError as refused:
                values["error"], status = str(refused.sentence), status_of(refused)
    return render(request, "partners/tier_editor.html", values, status=status)
