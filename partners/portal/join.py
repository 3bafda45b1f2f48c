"""The page behind the link of an invitation: opened without signing in, looked at without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners.people.forms import WelcomeForm
from partners.people.pages import tell
from partners.services.people_invitations import (
    InvitationOverError,
    accept_invitation,
    invited_account,
    open_invitation,
)
from prm.errors import DomainError
from prm.limits import too_many

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from partners.models import Invitation

LOOKS_PER_HOUR = 120
"""Requests from one address: enough for an office and the scanners of its mail, too few to try signatures."""


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show what somebody is invited to; on POST let them join."""
    if too_many(f"join-from:{get_adapter().get_client_ip(request)}", LOOKS_PER_HOUR):
        return _over(request, _("Too many requests. Try again in an hour."), 429)
    try:
        row = open_invitation(token, now=timezone.now())
    except InvitationOverError as over:
        return _over(request, str(over.sentence), 404)
    if request.user.is_authenticated and request.user.email != row.email:
        return _page(request, row, other=True)
    if invited_account(row) is not None:
        return _join_as_known(request, token) if request.method == "POST" else _page(request, row)
    form = WelcomeForm(request.POST or None, initial={"name": row.name})
    if request.method != "POST" or not form.is_valid():
        return _page(request, row, form=form, status=422 if form.errors else 200)
    return _join_as_new(request, row, token, form)


def _join_as_known(request: HttpRequest, token: str) -> HttpResponse:
    """Join with an account as it is; whoever is not signed in signs in as always."""
    try:
        accept_invitation(token=token, now=timezone.now())
    except DomainError as refusal:
        return _over(request, str(refusal.sentence), 422)
    messages.success(request, _("You have joined."))
    return redirect("/")


def _join_as_new(request: HttpRequest, row: Invitation, token: str, form: WelcomeForm) -> HttpResponse:
    """Make the account and sign its person in."""
    passkey, given = request.POST.get("act") == "passkey", form.cleaned_data
    password = "" if passkey else given["password"]
    try:
        user = accept_invitation(token=token, now=timezone.now(), name=given["name"], password=password)
    except InvitationOverError as over:
        return _over(request, str(over.sentence), 409)
    except DomainError as refusal:
        tell(form, refusal)
        return _page(request, row, form=form, status=422)
    messages.success(request, _("You have joined."))
    # The link proved the mailbox just now, and the person chose how to sign in: no second proof is asked for.
    record_authentication(request, user, method="invitation", reauthenticated=True)
    response: HttpResponse = perform_login(request, user, redirect_url=reverse("mfa_add_webauthn") if passkey else "/")
    return response


def _page(
    request: HttpRequest, row: Invitation, *, form: WelcomeForm | None = None, other: bool = False, status: int = 200
) -> HttpResponse:
    values = {"it": row, "form": form, "other": other, "roles": [role.replace("_", " ") for role in row.roles]}
    return _private(render(request, "partners/people/join.html", values, status=status))


def _over(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return _private(render(request, "partners/people/join_over.html", {"sentence": sentence}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is a key, out of caches, search engines and other people's logs."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
