"""The guards of portal and console: every view of every app stands behind one of them.

``portal_page`` and ``console_page`` decide who comes in at all, from the actor that
``partners.middleware.ActorMiddleware`` has put on the request; *what* somebody then sees is
``visible_to(actor_of(request))`` on every query. Deny, then allow::

    @portal_page                                  # any person of the current partner
    @portal_page(money=True)                      # owners and finance: a seller sees no money
    @portal_page(registers=True)                  # owners and sellers
    @portal_page(money=True, after_termination=True)  # what a terminated partner keeps: statements
    def statement(request: HttpRequest, number: str) -> HttpResponse:
        actor = actor_of(request)

    @console_page                                 # any internal person, ``viewer`` included
    @console_page(roles=("channel_manager", "admin"))   # one of these

    @method_decorator(console_page, name="dispatch")    # on a class

Nobody signed in is sent to the sign-in page and comes back afterwards. Somebody signed in who may not
come in reads why, with status 403; never a redirect, so that nothing loops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast, overload

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from prm.actors import ANONYMOUS, Actor, ActorKind
from prm.errors import DomainError, StaleError
from prm.models import Program

Arguments = ParamSpec("Arguments")

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]

TERMINATED = "terminated"
AGREEMENT = "/portal/agreement/"
_VERSION = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Seat:
    """The membership through which a person acts in the portal, as one request knows it.

    ``since`` is the last moment of the visit before this one, for “since your last visit”; empty on
    the first visit. ``others`` are the person's other seats, to change to by ``POST /portal/switch/``.
    ``must_accept``: an agreement waits for its owner whose day has come, and nothing else opens.
    ``nothing_to_accept``: none waits, whatever its day; who only looks through the seat does not know.
    """

    membership_id: int
    partner_id: int
    partner_name: str
    partner_status: str
    role: str
    role_name: str
    since: datetime | None = None
    last_seen_at: datetime | None = None
    must_accept: bool = False
    nothing_to_accept: bool = False
    others: tuple[Seat, ...] = ()

    @property
    def is_terminated(self) -> bool:
        """Whether only statements are left to see (partner rules, section 1)."""
        return self.partner_status == TERMINATED


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request; nobody, when no middleware has said so."""
    actor = getattr(request, "actor", ANONYMOUS)
    return actor if isinstance(actor, Actor) else ANONYMOUS


def program_of(request: HttpRequest) -> Program:
    """Return the program, read once in a request; templates have it as ``program``."""
    known = getattr(request, "program", None)
    if known is None:
        known = Program.current()
        request.program = known  # type: ignore[attr-defined]
    return cast("Program", known)


def today_of(request: HttpRequest) -> date:
    """Return the day that it is in the program's time zone."""
    return program_of(request).day_of(timezone.now())


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Return the page of ours that a form names as the way ``back``, else ``otherwise``."""
    wanted = request.POST.get("back", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else otherwise


def status_of(error: DomainError) -> int:
    """Return the status of a page that shows a refusal: a conflict where somebody else was first, else bad input."""
    return HTTPStatus.CONFLICT if isinstance(error, StaleError) else HTTPStatus.UNPROCESSABLE_ENTITY


def version_of(request: HttpRequest) -> int:
    """Return the version that the form on the page was made from; 0, which no row has, for anything else."""
    given = request.POST.get("version", "")
    return int(given) if _VERSION.fullmatch(given) else 0


def seat_of(request: HttpRequest) -> Seat | None:
    """Return the seat at a partner through which the person acts, if any."""
    seat = getattr(request, "seat", None)
    return seat if isinstance(seat, Seat) else None


@overload
def portal_page(view: View[Arguments], /) -> View[Arguments]: ...
@overload
def portal_page(
    *,
    money: bool = ...,
    registers: bool = ...,
    owner: bool = ...,
    after_termination: bool = ...,
    before_acceptance: bool = ...,
) -> Callable[[View[Arguments]], View[Arguments]]: ...
def portal_page(
    view: View[Arguments] | None = None,
    /,
    *,
    money: bool = False,
    registers: bool = False,
    owner: bool = False,
    after_termination: bool = False,
    before_acceptance: bool = False,
) -> View[Arguments] | Callable[[View[Arguments]], View[Arguments]]:
    """Let in people of a partner: with ``money`` owners and finance, with ``registers`` owners and sellers.

    With ``owner`` owners alone.

    A terminated partner's people come in only where ``after_termination`` says so; an owner for whom an agreement waits
    whose day has come only where ``before_acceptance`` does, and is led to it from everywhere else.
    """

    def refusal(request: HttpRequest) -> HttpResponse | None:
        actor = actor_of(request)
        if actor.kind is not ActorKind.PARTNER or not actor.is_partner:
            return _not_a_partner(request, actor)
        seat = seat_of(request)
        if seat is not None and seat.is_terminated and not after_termination:
            return denied(
                request,
                _("This partnership has ended. Its statements stay available to owners and finance."),
            )
        if seat is not None and seat.must_accept and not before_acceptance:
            return _lead(request, AGREEMENT)
        lacks = _lacking_role(actor, money=money, registers=registers, owner=owner)
        return denied(request, lacks) if lacks else None

    return _guard(view, refusal)


@overload
def console_page(view: View[Arguments], /) -> View[Arguments]: ...
@overload
def console_page(*, roles: tuple[str, ...] = ...) -> Callable[[View[Arguments]], View[Arguments]]: ...
def console_page(
    view: View[Arguments] | None = None, /, *, roles: tuple[str, ...] = ()
) -> View[Arguments] | Callable[[View[Arguments]], View[Arguments]]:
    """Let in internal people: any, or with ``roles`` those who hold one of them (roles add up)."""

    def refusal(request: HttpRequest) -> HttpResponse | None:
        actor = actor_of(request)
        if actor.kind is not ActorKind.INTERNAL or not actor.is_internal:
            return _not_internal(request, actor)
        if roles and not actor.has_role(*roles):
            return denied(request, _("Your roles do not include this. An administrator can add one."))
        return None

    return _guard(view, refusal)


def front_door(request: HttpRequest) -> HttpResponse:
    """Answer ``/``: internal people go to the console, partners to their portal, others to the sign-in."""
    actor = actor_of(request)
    if actor.kind is ActorKind.INTERNAL and actor.is_internal:
        return redirect("/manage/")
    if actor.is_partner:
        return redirect("/portal/")
    return _not_a_partner(request, actor) if request.user.is_authenticated else redirect("account_login")


def denied(request: HttpRequest, sentence: str) -> HttpResponse:
    """Answer 403 with a page that says why, in words, and where to go instead."""
    values = {"sentence": sentence, "own_door": _own_door(actor_of(request), seat_of(request))}
    return render(request, "prm/denied.html", values, status=403)


def _guard(
    view: View[Arguments] | None, refusal: Callable[[HttpRequest], HttpResponse | None]
) -> View[Arguments] | Callable[[View[Arguments]], View[Arguments]]:
    """Return the decorator, applied at once when it was used without brackets."""

    def decorate(inner: View[Arguments]) -> View[Arguments]:
        @wraps(inner)
        def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            return refusal(request) or inner(request, *args, **kwargs)

        return guarded

    return decorate(view) if view is not None else decorate


def _lacking_role(actor: Actor, *, money: bool, registers: bool, owner: bool) -> str:
    """Return the sentence for somebody whose role at the partner does not include a page, or nothing."""
    if money and not actor.sees_money:
        return _("Only owners and finance of your company see commission.")
    if registers and not actor.registers_deals:
        return _("Only owners and sellers of your company register deals.")
    if owner and not actor.owns_portal:
        return _("Only owners of your company manage its people.")
    return ""


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page; a part of a page cannot go there alone, so htmx moves the whole one."""
    return _lead(request, redirect_to_login(request.get_full_path()).url)


def _lead(request: HttpRequest, place: str) -> HttpResponse:
    return HttpResponseClientRedirect(place) if getattr(request, "htmx", False) else redirect(place)


def _own_door(actor: Actor, seat: Seat | None) -> str:
    """Return where the person's own pages are, or nothing."""
    if actor.kind is ActorKind.INTERNAL and actor.is_internal:
        return "/manage/"
    if not actor.is_partner:
        return ""
    if seat is not None and seat.is_terminated:
        return "/portal/statements/" if actor.sees_money else ""
    return "/portal/"


def _not_a_partner(request: HttpRequest, actor: Actor) -> HttpResponse:
    if actor.is_internal:
        return denied(request, _("These pages are for people of a partner. Yours is the console."))
    return denied(request, _("Your account belongs to no partner at the moment. Ask your channel manager."))


def _not_internal(request: HttpRequest, actor: Actor) -> HttpResponse:
    if actor.is_partner:
        return denied(request, _("The console is for the program’s own people. Yours is the partner portal."))
    return denied(request, _("Your account has no role here. An administrator can give you one."))
