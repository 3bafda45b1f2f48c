"""The console's pages of single sign-on; administrators alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from partners.models import MembershipRole, Partner, SignInDomain
from partners.models.single_sign_on import BY_ITSELF
from partners.people.pages import tell
from partners.services.single_sign_on import DomainEntry, store_domain
from prm.actors import InternalRole
from prm.doors import actor_of, console_page
from prm.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

ROLES = (
    ("", gettext_lazy("Nobody new")),
    (gettext_lazy("At a partner"), MembershipRole.choices),
    (gettext_lazy("At the program"), [(str(role), str(role).replace("_", " ").capitalize()) for role in BY_ITSELF]),
)


class DomainForm(forms.Form):
    """One domain and its provider."""

    domain = forms.CharField(label=gettext_lazy("Mail domain"), max_length=200)
    partner = forms.CharField(
        label=gettext_lazy("Code of the partner"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("Empty: the program's own people."),
    )
    issuer = forms.CharField(label=gettext_lazy("Issuer"), max_length=300, help_text="https://login.example.com")
    client_id = forms.CharField(label=gettext_lazy("Client id"), max_length=200)
    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        max_length=400,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stored encrypted and never shown. Empty keeps the one that is stored."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Let in people who are not here yet, as"), choices=ROLES, required=False
    )
    trusts_second_factor = forms.BooleanField(
        label=gettext_lazy("The provider asks for a second factor itself"), required=False
    )
    is_active = forms.BooleanField(label=gettext_lazy("On"), required=False, initial=True)

    def entry(self) -> DomainEntry:
        """Return what was entered; raise ``DomainError`` where there is no such partner."""
        given = self.cleaned_data
        partner = Partner.objects.filter(code=given["partner"].strip()).first() if given["partner"].strip() else None
        if given["partner"].strip() and partner is None:
            raise DomainError("unknown_partner", _("There is no partner of this code."), field="partner")
        return DomainEntry(
            domain=given["domain"],
            issuer=given["issuer"],
            client_id=given["client_id"],
            secret=given["secret"],
            partner_id=partner.pk if partner else None,
            is_active=given["is_active"],
            admits_new=bool(given["role"]),
            default_role=given["role"],
            trusts_second_factor=given["trusts_second_factor"],
        )


@require_GET
@console_page(roles=(InternalRole.ADMIN,))
def domains(request: HttpRequest) -> HttpResponse:
    """List the domains for which single sign-on is set up."""
    rows = SignInDomain.objects.select_related("partner")
    return render(request, "partners/people/domains.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@console_page(roles=(InternalRole.ADMIN,))
def domain(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Set single sign-on up for a domain, or change it."""
    row = get_object_or_404(SignInDomain.objects.select_related("partner"), public_id=public_id) if public_id else None
    form = DomainForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            store_domain(
                entry=form.entry(), actor=actor_of(request), now=timezone.now(), domain_id=row.pk if row else None
            )  # fmt: skip
        except DomainError as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("Single sign-on is stored."))
            return redirect("people_manage:domains")
    name = form["domain"].value() or "example.com"
    back = reverse("openid_connect_callback", args=[name])
    values = {"form": form, "row": row, "callback": f"{settings.SITE_URL}{back}"}
    return render(request, "partners/people/domain.html", values, status=422 if form.errors else 200)


def _initial(row: SignInDomain | None) -> dict[str, object]:
    if row is None:
        return {}
    return {
        "domain": row.domain,
        "partner": row.partner.code if row.partner else "",
        "issuer": row.issuer,
        "client_id": row.client_id,
        "role": row.default_role,
        "trusts_second_factor": row.trusts_second_factor,
        "is_active": row.is_active,
    }
