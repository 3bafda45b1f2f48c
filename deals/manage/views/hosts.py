"""The lists of hosts that identify nobody, as operations extend and correct them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from deals.models import KeptHost
from deals.queries.hosts import affected_account, hosts_to_read
from deals.services.decisions import DECIDERS
from deals.services.hosts import forget_host, keep_host
from prm import formats
from prm import hosts as brought
from prm.doors import actor_of, console_page, denied
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class HostForm(forms.Form):
    """A host, what it says about who is behind it, and why."""

    domain = forms.CharField(
        label=gettext_lazy("Host"), max_length=253, help_text=gettext_lazy("As market.example.com.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it says"), choices=KeptHost.Kind.choices)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=250, required=False)


@require_http_methods(["GET", "POST"])
@console_page
def hosts(request: HttpRequest) -> HttpResponse:
    """List what operations keep beside the product's own lists, and add to it."""
    form, status = HostForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if not actor_of(request).has_role(*DECIDERS):
            return denied(request, _("Channel managers keep the lists of hosts."))
        if form.is_valid() and (said := _keep(request, form)):
            messages.success(request, said)
            return redirect("deals_manage:hosts")
    words, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    values = {
        "rows": hosts_to_read(kind=kind if kind in KeptHost.Kind.values else "", words=words),
        "form": form,
        "words": words,
        "kind": kind,
        "kinds": [("", _("All")), *KeptHost.Kind.choices],
        "brought": _("The product brings %(mail)s hosts of free mail and %(shared)s shared ones.")
        % {"mail": formats.number(len(brought.FREE_MAIL)), "shared": formats.number(len(brought.SHARED_HOSTS))},
        "may_decide": actor_of(request).has_role(*DECIDERS),
    }
    return render(request, "deals/manage/hosts.html", values, status=status)


def _keep(request: HttpRequest, form: HostForm) -> str:
    """Write the entry and return what to say; a refusal goes into the form."""
    try:
        row = keep_host(
            host=form.cleaned_data["domain"],
            kind=form.cleaned_data["kind"],
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
        return ""
    said = _("%(host)s is kept, in effect from now on.") % {"host": row.domain}
    held = affected_account(row.domain)
    if held is not None and row.kind != KeptHost.Kind.OWN:
        said += " " + _("It led to %(customer)s, which is found by its name from now on.") % {"customer": held.name}
    return said


@require_POST
@console_page(roles=tuple(DECIDERS))
def forget(request: HttpRequest) -> HttpResponse:
    """Take an entry back."""
    try:
        host = request.POST.get("host", "")
        forget_host(host=host, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("%(host)s is off the list; the product’s own lists decide again.") % {"host": host})
    return redirect("deals_manage:hosts")
