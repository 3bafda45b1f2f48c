"""What a person's own security page reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.urls import reverse
from django.utils.translation import gettext as _

from prm.models import AuditEvent

if TYPE_CHECKING:
    from prm.models import User

SIGNED_IN = "signed_in"
LATEST = 10
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
NAMES = {"Edg": "Edge", "OPR": "Opera"}


@dataclass(frozen=True, slots=True)
class Factor:
    """Something beside the password that proves who it is, and where it is managed."""

    name: str
    last_used_at: datetime | None
    url: str
    action: str
    is_codes: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A session: where somebody is signed in."""

    pk: int
    browser: str
    ip: str
    since: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """One past sign-in."""

    at: datetime
    how: str
    ip: str


def factors_of(user: User) -> list[Factor]:
    """Return a person's factors: app, passkeys, recovery codes. One query."""
    found = []
    for row in Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"):
        if row.type == Authenticator.Type.TOTP:
            place = (_("Authenticator app"), reverse("mfa_deactivate_totp"), _("Remove"))
        elif row.type == Authenticator.Type.WEBAUTHN:
            place = (row.wrap().name, reverse("mfa_remove_webauthn", args=[row.pk]), _("Remove"))
        else:
            place = (_("Recovery codes"), reverse("mfa_view_recovery_codes"), _("Show"))
        is_codes = row.type == Authenticator.Type.RECOVERY_CODES
        found.append(Factor(place[0], row.last_used_at, place[1], place[2], is_codes))
    return found


def has_second_factor(user: User) -> bool:
    """Whether the person has an app or a passkey; recovery codes alone are none. One query."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists())


def sessions_of(user: User, *, current: str | None) -> list[Place]:
    """Return where a person is signed in, the latest first; ``current`` is the key of the session that asks."""
    return [
        Place(row.pk, browser_of(row.user_agent), row.ip, row.created_at, is_current=row.session_key == current)
        for row in UserSession.objects.filter(user_id=user.pk).order_by("-created_at", "-pk")
    ]


def sign_ins_of(user: User) -> list[SignIn]:
    """Return a person's latest sign-ins. One query."""
    rows = AuditEvent.objects.filter(action=SIGNED_IN, object_type="prm.user", object_id=user.pk)
    return [
        SignIn(row.at, how=_in_words(row.data.get("methods", [])), ip=row.data.get("ip", ""))
        for row in rows.order_by("-at", "-id")[:LATEST]
    ]


def browser_of(agent: str) -> str:
    """Return “Firefox 128” of what a browser says of itself, or that it is not known."""
    for name in BROWSERS:
        if found := re.search(rf"{name}/(\d+)", agent):
            return f"{NAMES.get(name, name)} {found[1]}"
    return _("Unknown")


def _in_words(methods: list[str]) -> str:
    words = {
        "password": _("Password"),
        "code": _("Code by mail"),
        "mfa": _("Second factor"),
        "socialaccount": _("Single sign-on"),
        "invitation": _("Invitation"),
    }
    return ", ".join(words.get(method, method) for method in methods) or _("Unknown")
