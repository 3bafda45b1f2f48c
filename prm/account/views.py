"""The page of a person's own sign-in and security."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prm import audit, formats
from prm.account.queries import factors_of, has_second_factor, sessions_of, sign_ins_of
from prm.doors import actor_of, seat_of
from prm.second_factor import standing_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Show how the person signs in, where they are signed in, and when they signed in last."""
    user = request.user
    assert user.is_authenticated  # noqa: S101 - the decorator lets in nobody else
    factors = factors_of(user)
    values = {
        "base": _base(request),
        "factors": factors,
        "has_app": any(row.name == _("Authenticator app") for row in factors),
        "lacks_codes": any(not row.is_codes for row in factors) and not any(row.is_codes for row in factors),
        "sessions": sessions_of(user, current=request.session.session_key),
        "sign_ins": sign_ins_of(user),
        "state": _state(request, protected=has_second_factor(user)),
    }
    return render(request, "account/security/security.html", values)


@require_POST
@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator] # it ships no types
def end(request: HttpRequest) -> HttpResponse:
    """End one session of the person, or all but this one."""
    wanted = request.POST.get("session", "")
    rows = UserSession.objects.filter(user_id=request.user.pk).exclude(session_key=request.session.session_key)
    if wanted != "others":
        rows = rows.filter(pk=int(wanted)) if wanted.isascii() and wanted.isdigit() else rows.none()
    ended = 0
    for row in rows:
        row.end()
        ended += 1
    if ended:
        audit.record(
            action="sessions.ended", actor=actor_of(request), now=timezone.now(), target=None, data={"count": ended}
        )
        messages.success(request, _("Signed out there."))
    return redirect("account_security:security")


def to_security(_request: HttpRequest) -> HttpResponse:
    """Lead from allauth's own pages of factors to ours, which shows them all."""
    return redirect("account_security:security")


def _state(request: HttpRequest, *, protected: bool) -> str:
    if protected:
        return _("Your account is protected by a second factor.")
    standing = standing_of(request, now=timezone.now())
    if standing is None:
        return _("A second factor protects your account even if somebody learns your password.")
    if standing.is_overdue:
        return _("Your role needs a second factor. Set one up now to go on.")
    return _("Your role needs a second factor by %(day)s.") % {"day": formats.day(standing.due_at, style="near")}


def _base(request: HttpRequest) -> str:
    if actor_of(request).is_internal:
        return "base_console.html"
    return "base_portal.html" if seat_of(request) is not None else "base_entry.html"
