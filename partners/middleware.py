"""Makes the actor of a request: deny, then allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from partners.queries.people import seats_of
from partners.services.visits import record_visit
from prm.actors import ANONYMOUS, Actor, ActorKind, Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from prm.doors import Seat
    from prm.models import User

CHOSEN_SEAT = "membership"
"""Session key: the membership that a person of several partners has chosen."""

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
            request.actor, request.seat = _actor_and_seat(request, request.user)  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor_and_seat(request: HttpRequest, user: User) -> tuple[Actor, Seat | None]:
    channel = _channel(request.path)
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
