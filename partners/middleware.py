"""Makes the actor of a request: deny, then allow."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.db import InternalError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.queries.people import seat_of_membership, seats_of
from partners.services.view_as import Viewing, viewing_of
from partners.services.visits import record_visit
from prm.actors import ANONYMOUS, Actor, ActorKind, Channel
from prm.doors import denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from prm.doors import Seat
    from prm.models import User

CHOSEN_SEAT = "membership"
"""Session key: the membership that a person of several partners has chosen."""

VIEW_AS = "view_as"
"""Session key: through whose seat somebody of the vendor looks at the portal."""

SAFE = ("GET", "HEAD", "OPTIONS")

_CHANNELS = (
    ("/manage/", Channel.CONSOLE),
    ("/admin/", Channel.ADMIN),
    ("/api/", Channel.API),
)


class ActorMiddleware:
    """Sets ``request.actor`` and ``request.seat`` for the doors, with one query for partners' people.

    A person with internal roles acts for the vendor, and under ``/portal/`` for a partner where they
    belong to one. Inactive people, memberships and partners not yet let in give nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach the actor."""
        request.actor, request.seat = ANONYMOUS, None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            request.viewing = _viewing(request, request.user)  # type: ignore[attr-defined]
            request.actor, request.seat = _actor_and_seat(request, request.user)  # type: ignore[attr-defined]
        return self.get_response(request)


class ViewAsMiddleware:
    """Keeps a look through somebody's seat a look: unsafe methods are refused here, and the database writes nothing.

    What a page would write beside the way (drafts, counts) stops at the database: its transaction is read-only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or go on without writing."""
        if getattr(request, "viewing", None) is None:
            return self.get_response(request)
        if request.method not in SAFE:
            return denied(request, _("You only look: end the view to change anything."))
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            response = self.get_response(request)
            transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say in words what a page may not do while somebody only looks."""
        if getattr(request, "viewing", None) is None or not isinstance(error, InternalError):
            return None
        text = _("This page writes something when it is opened, and you only look.")
        return HttpResponse(text, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


def _viewing(request: HttpRequest, user: User) -> Viewing | None:
    """Return through whose seat the request looks: in the portal alone, while it lasts."""
    kept = request.session.get(VIEW_AS)
    if kept is None or not request.path.startswith("/portal/"):
        return None
    found = viewing_of(kept, user=user, now=timezone.now())
    if found is None:
        del request.session[VIEW_AS]
    return found


def _borrowed(viewing: Viewing, user: User) -> tuple[Actor, Seat]:
    """Return the actor that the person of the seat would be, so that the look shows what they see and no more."""
    row = viewing.membership
    actor = Actor(
        kind=ActorKind.PARTNER,
        channel=Channel.PORTAL,
        user_id=row.user_id,
        label=f"{user} ({row.user})",
        partner_id=row.partner_id,
        partner_role=row.role,
    )
    return actor, seat_of_membership(row)


def _actor_and_seat(request: HttpRequest, user: User) -> tuple[Actor, Seat | None]:
    channel = _channel(request.path)
    viewing: Viewing | None = request.viewing  # type: ignore[attr-defined]
    if viewing is not None:
        return _borrowed(viewing, user)
    if user.roles and not request.path.startswith("/portal/"):
        return _internal(user, channel), None
    seat = _current_seat(request, user)
    if seat is not None:
        actor = Actor(
            kind=ActorKind.PARTNER,
            channel=channel,
            user_id=user.pk,
            label=str(user),
            partner_id=seat.partner_id,
            partner_role=seat.role,
        )
        return actor, seat
    return (_internal(user, channel), None) if user.roles else (ANONYMOUS, None)


def _internal(user: User, channel: Channel) -> Actor:
    return Actor(
        kind=ActorKind.INTERNAL,
        channel=channel,
        user_id=user.pk,
        label=str(user),
        internal_roles=frozenset(user.roles),
    )


def _channel(path: str) -> Channel:
    return next((channel for start, channel in _CHANNELS if path.startswith(start)), Channel.PORTAL)


def _current_seat(request: HttpRequest, user: User) -> Seat | None:
    seats = seats_of(user_id=user.pk)
    if not seats:
        return None
    chosen = request.session.get(CHOSEN_SEAT)
    current = next((seat for seat in seats if seat.membership_id == chosen), seats[0])
    return record_visit(seat=current, others=seats, now=timezone.now())
