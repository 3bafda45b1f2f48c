"""The second way to sign in: an app's codes, passkeys, recovery codes; their secrets are sealed in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from prm import vault
from prm.account.queries import has_second_factor
from prm.doors import seat_of
from prm.models import Program, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

PURPOSE = "second factor"
BY_PROVIDER = "second_factor_by_provider"
"""Session key: the person whom a single sign-on brought that asked for a second factor itself."""

OPEN = ("/accounts/", "/account/", "/ui/", "/api/", "/scim/", "/join/", "/static/")
"""Where nobody is stopped: signing in and out, setting a factor up, and what needs no session."""


class SealedAdapter(DefaultMFAAdapter):  # type: ignore[misc] # it ships no types
    """allauth's factors, with sealed secrets and the program's name in the person's app."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return vault.seal(text, purpose=PURPOSE, bound_to="")

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was sealed."""
        return vault.unseal(encrypted_text, purpose=PURPOSE, bound_to="")

    def get_totp_issuer(self) -> str:
        """Return the name over the code in the person's app."""
        return Program.current().name


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody needs a second factor and has none: until when they may go on without."""

    due_at: datetime
    is_overdue: bool


def standing_of(request: HttpRequest, *, now: datetime) -> Standing | None:
    """Return where a person stands who needs a second factor and has none; nothing for everybody else.

    Internal people need one, and partners' people whose role is in ``SECOND_FACTOR_ROLES``. The grace begins when it
    is first asked for. A provider that asks for a second factor itself counts as one.
    """
    user = request.user
    if not user.is_authenticated or not _is_needed(request, user):
        return None
    if request.session.get(BY_PROVIDER) == user.pk or has_second_factor(user):
        return None
    asked = user.second_factor_asked_at
    if asked is None:
        asked = now
        User.objects.filter(pk=user.pk, second_factor_asked_at=None).update(second_factor_asked_at=now)
    due_at = asked + timedelta(days=settings.SECOND_FACTOR_GRACE_DAYS)
    return Standing(due_at, is_overdue=now >= due_at)


class SecondFactorMiddleware:
    """Leads whoever needs a second factor, has none and has no time left to the page where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on, or lead there."""
        if request.path.startswith(OPEN):
            return self.get_response(request)
        standing = standing_of(request, now=timezone.now())
        if standing is None or not standing.is_overdue:
            return self.get_response(request)
        place = reverse("account_security:security")
        return HttpResponseClientRedirect(place) if getattr(request, "htmx", False) else redirect(place)


def _is_needed(request: HttpRequest, user: User) -> bool:
    if not settings.SECOND_FACTOR or (user.loopback_only and settings.SECOND_FACTOR_EXEMPTS_DEMONSTRATION):
        return False
    seat = seat_of(request)
    return bool(user.roles) or (seat is not None and seat.role in settings.SECOND_FACTOR_ROLES)
