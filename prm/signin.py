"""Who may sign in: people whom the program or their own company has made, nobody else."""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from prm import audit, mail
from prm.actors import Actor, Channel
from prm.models import Program, User

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

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """Stop people of the demonstration who come from elsewhere, whatever they sign in with."""
        if user.loopback_only and not is_from_here(request):
            clear_login(request)
            return redirect("account_login")
        answer: HttpResponse | None = super().pre_login(request, user, **options)
        return answer

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """Note the sign-in where its person sees it."""
        methods = [record["method"] for record in get_authentication_records(request, user)]
        data = {
            "methods": list(dict.fromkeys(methods)),
            "ip": self.get_client_ip(request),
            "browser": self.get_http_user_agent(request)[:200],
        }
        actor = Actor(channel=Channel.PORTAL, user_id=user.pk, label=str(user))
        audit.record(action="signed_in", actor=actor, now=timezone.now(), target=user, data=data)
        answer: HttpResponse = super().post_login(request, user, **options)
        return answer

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send what allauth writes the way of all mail: through the outbox."""
        known = {"request": self.request, "email": email, "program": Program.current(), **context}
        message = self.render_mail(template_prefix, email, known)
        mail.send_later(to=[email], subject=message.subject, text=message.body, now=timezone.now())


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
