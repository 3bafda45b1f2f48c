"""Who may sign in: people whom the program or their own company has made, nobody else."""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import Http404, HttpRequest, HttpResponse

from prm.models import User

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_VIA",
)
"""Any of these says that a proxy stands between; which of them it sends differs."""


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth without sign-up: partners apply, and approval makes their people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False always."""
        return False


def closed(request: HttpRequest) -> HttpResponse:
    """Answer 404 where allauth lets people add addresses: who somebody is, the program says, not they."""
    raise Http404(request.path)


class PlaceBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's check of the password; people of the demonstration come in from this machine only.

    Their passwords are printed on a terminal, and whoever makes an installation public forgets them there.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Return the person, or nobody: a wrong place answers exactly as a wrong password does."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and user.loopback_only and not (request is not None and is_from_here(request)):
            return None
        return user


def is_from_here(request: HttpRequest) -> bool:
    """Whether a request comes from this machine itself, not through a proxy that runs on it."""
    meta = request.META
    if any(meta.get(name) for name in FORWARDED):
        return False
    host, colon, port = str(meta.get("HTTP_HOST", "")).rpartition(":")
    name = host if colon and port.isdigit() else f"{host}{colon}{port}"
    return name.lower() in LOOPBACK_NAMES and _is_loopback(meta.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
