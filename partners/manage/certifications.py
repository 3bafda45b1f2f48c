"""The console's list of certifications: who holds what, what expires soon, and recording one by hand."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from partners.queries.certifications import certifications as wanted_certifications
from partners.queries.certifications import expiring
from partners.services.eligibility import record_certification
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, status_of, today_of
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from partners.models import Certification

PAGE_SIZE = 25
RECORDERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
COLUMNS = ("person_email", "certification", "from", "until")


class CertificationForm(forms.Form):
    """Who passed what, and from when until when it holds."""

    person_email = forms.EmailField(label=gettext_lazy("E-mail of the person"))
    certification = forms.CharField(label=gettext_lazy("Certification"), max_length=120)
    valid_from = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("The first day on which it counts no more. Empty: it does not expire."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def values(self) -> dict[str, object]:
        """Return what was typed, for the service."""
        typed = self.cleaned_data
        email = str(typed["person_email"]).lower()
        dates = {"from": typed["valid_from"], "until": typed["valid_until"]}
        return {"person_email": email, "certification": typed["certification"].strip(), **dates}


@require_GET
@console_page
def certifications(request: HttpRequest) -> HttpResponse:
    """List who holds what; what expires within 60 days is one click away."""
    soon = expiring(on=today_of(request)).count()
    sentence = ngettext(
        "%(count)s certification expires within 60 days.", "%(count)s certifications expire within 60 days.", soon
    )
    values = {
        "page": Paginator(_wanted(request), PAGE_SIZE).get_page(request.GET.get("page")),
        "state": sentence % {"count": formats.number(soon)} if soon else _("Nothing expires within 60 days."),
        "words": request.GET.get("q", ""),
        "only": request.GET.get("only", ""),
        "onlys": [("", _("Held today")), ("expiring", _("Expiring soon")), ("expired", _("Expired"))],
        "may_record": actor_of(request).has_role(*RECORDERS),
    }
    return render(request, "partners/certifications.html", values)


@require_GET
@console_page
def certifications_csv(request: HttpRequest) -> HttpResponse:
    """Download the list with its filters, in the columns of the interchange file."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _wanted(request):
        named = (safe_text(row.user.email), safe_text(row.certification))
        writer.writerow((*named, row.valid_from or "", row.valid_until or ""))
    return download(text.getvalue(), kind=CSV, name="certifications.csv")


@require_http_methods(["GET", "POST"])
@console_page(roles=RECORDERS)
def record(request: HttpRequest) -> HttpResponse:
    """Record that somebody passed a certification."""
    form, status = CertificationForm(request.POST or None, initial={"valid_from": today_of(request)}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                record_certification(values=form.values(), actor=actor_of(request), now=timezone.now())
            except DomainError as refused:
                status = status_of(refused)
                form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
            else:
                messages.success(request, _("The certification is recorded."))
                return redirect("partners_manage:certifications")
    return render(request, "partners/certification_record.html", {"form": form}, status=status)


def _wanted(request: HttpRequest) -> QuerySet[Certification]:
    asked = request.GET
    words, only = asked.get("q", "").strip(), asked.get("only", "")
    return wanted_certifications(actor=actor_of(request), on=today_of(request), words=words, only=only)
