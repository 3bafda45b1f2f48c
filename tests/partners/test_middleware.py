"""Who acts in a request, and what a visit leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from partners.middleware import CHOSEN_SEAT, ActorMiddleware
from partners.models import Membership, PartnerStatus
from partners.queries.people import seats_of
from partners.services.visits import record_visit
from prm.actors import Actor, ActorKind, Channel
from prm.doors import Seat, actor_of, seat_of
from prm.models import User
from tests.cast import Cast, assemble
from tests.factories.partners import make_membership, make_partner, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def who(user: User | AnonymousUser, path: str = "/portal/", *, chosen: int | None = None) -> tuple[Actor, Seat | None]:
    """Return what the middleware says about a request of ``user``."""
    request = HttpRequest()
    request.path = path
    request.user = user
    request.session = {} if chosen is None else {CHOSEN_SEAT: chosen}  # type: ignore[assignment]
    ActorMiddleware(lambda _request: HttpResponse())(request)
    return actor_of(request), seat_of(request)


def test_nobody_signed_in_is_nobody() -> None:
    assert who(AnonymousUser()) == (Actor(), None)


@pytest.mark.parametrize(
    ("path", "channel"),
    [
        ("/manage/partners/", Channel.CONSOLE),
        ("/admin/", Channel.ADMIN),
        ("/api/v1/accounts/", Channel.API),
        ("/", Channel.PORTAL),
    ],
)
def test_an_internal_person_acts_with_roles_through_the_door_of_the_path(
    cast: Cast, path: str, channel: Channel
) -> None:
    actor, seat = who(cast.manager, path)

    assert actor == Actor(
        kind=ActorKind.INTERNAL,
        channel=channel,
        user_id=cast.manager.pk,
        label="Anna Kowal",
        internal_roles=frozenset({"channel_manager"}),
    )
    assert seat is None


def test_a_person_of_a_partner_acts_for_it_alone(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Membership.objects.filter(user=cast.seller).update(last_seen_at=datetime.now(UTC))
    with django_assert_num_queries(1):
        actor, seat = who(cast.seller)

    assert actor == cast.actor("seller")
    assert (actor.partner_id, actor.partner_role, actor.sees_money) == (
        cast.partner.pk,
        "seller",
        False,
    )
    assert seat is not None
    assert (seat.partner_name, seat.role_name, seat.others) == ("Northwind IT", "Seller", ())


def test_a_person_without_role_or_membership_is_nobody(cast: Cast) -> None:
    assert who(cast.stranger) == (Actor(), None)
    assert who(cast.stranger, "/manage/") == (Actor(), None)


def test_an_inactive_membership_gives_nothing_at_once(cast: Cast) -> None:
    Membership.objects.filter(user=cast.owner).update(is_active=False)

    assert who(cast.owner) == (Actor(), None)


@pytest.mark.parametrize("status", [PartnerStatus.APPLIED, PartnerStatus.IN_REVIEW, PartnerStatus.REJECTED])
def test_people_of_a_partner_that_is_not_let_in_are_nobody(status: str) -> None:
    user = make_user()
    make_membership(user, make_partner(status=status))

    assert who(user) == (Actor(), None)


def test_an_inactive_person_is_signed_out(cast: Cast) -> None:
    client = cast.signed_in("owner")
    User.objects.filter(pk=cast.owner.pk).update(is_active=False)

    assert client.get("/portal/")["Location"] == "/accounts/login/?next=/portal/"


def test_an_ended_partnership_is_the_last_choice() -> None:
    user = make_user()
    ended = make_membership(user, make_partner(status=PartnerStatus.TERMINATED))
    living = make_membership(user, make_partner())

    actor, seat = who(user)

    assert actor.partner_id == living.partner_id
    assert seat is not None
    assert [other.membership_id for other in seat.others] == [ended.pk]


def test_the_chosen_membership_decides_and_a_forged_one_does_not(cast: Cast) -> None:
    second = make_membership(cast.owner, make_partner("second"), "finance")
    strange = Membership.objects.get(user=cast.rival_owner)

    assert who(cast.owner, chosen=second.pk)[0].partner_id == second.partner_id
    assert who(cast.owner, chosen=strange.pk)[0].partner_id == cast.partner.pk


def test_a_colleague_with_a_membership_acts_for_the_partner_in_the_portal_alone(cast: Cast) -> None:
    make_membership(cast.manager, cast.rival)

    assert who(cast.manager, "/portal/")[0].partner_id == cast.rival.pk
    assert who(cast.manager, "/manage/")[0].kind is ActorKind.INTERNAL
    assert who(cast.manager, "/")[0].kind is ActorKind.INTERNAL


def test_switching_the_partner_takes_a_post_and_an_own_membership(cast: Cast) -> None:
    second = make_membership(cast.owner, make_partner("second"), "seller")
    strange = Membership.objects.get(user=cast.rival_owner)
    client = cast.signed_in("owner")

    assert client.get("/portal/switch/").status_code == 405
    assert client.post("/portal/switch/", {"membership": strange.pk}).status_code == 404
    assert client.post("/portal/switch/", {"membership": "x"}).status_code == 404
    answer = client.post("/portal/switch/", {"membership": second.pk})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.session[CHOSEN_SEAT] == second.pk


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def visit(user: User, at: datetime) -> Seat:
    seats = seats_of(user_id=user.pk)
    return record_visit(seat=seats[0], others=seats, now=at)


def test_a_new_visit_begins_after_a_pause_and_remembers_the_one_before(cast: Cast) -> None:
    def stored() -> tuple[datetime | None, datetime | None]:
        membership = Membership.objects.get(user=cast.owner)
        return membership.last_seen_at, membership.previous_seen_at

    assert visit(cast.owner, NOW).since is None
    assert stored() == (NOW, None)

    assert visit(cast.owner, NOW + timedelta(minutes=4)).since is None
    assert stored() == (NOW, None)

    later = NOW + timedelta(minutes=20)
    assert visit(cast.owner, later).since is None
    assert stored() == (later, None)

    next_day = NOW + timedelta(days=1)
    assert visit(cast.owner, next_day).since == later
    assert stored() == (next_day, later)

    assert visit(cast.owner, next_day + timedelta(minutes=10)).since == later
    assert stored() == (next_day + timedelta(minutes=10), later)


def test_pages_of_an_anonymous_client_write_nothing(cast: Cast) -> None:
    Client().get("/portal/")

    assert not Membership.objects.exclude(last_seen_at=None).exists()
