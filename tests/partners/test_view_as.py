"""View as: a channel manager looks through a seat, for a while, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import InternalError, connection
from django.test import Client

from partners.middleware import VIEW_AS, ViewAsMiddleware
from partners.models import Activity, Invitation, Membership, Partner
from partners.services.people_internal import switch_account_off
from partners.services.view_as import begin_view_as, viewing_of
from prm.doors import actor_of
from prm.errors import DomainError, NotAllowedError
from prm.models import AuditEvent, User
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def seat(cast: Cast, name: str) -> Membership:
    return Membership.objects.get(user=getattr(cast, name))


def viewing(cast: Cast, who: str = "seller", by: str = "manager") -> Client:
    client = cast.signed_in(by)
    answer = client.post(f"/manage/partners/northwind/people/{getattr(cast, who).public_id}/view-as/")
    assert (answer.status_code, answer["Location"]) == (302, "/portal/")
    return client


@pytest.mark.parametrize("by", ["manager", "second_manager", "admin"])
def test_channel_managers_and_administrators_see_the_portal_as_somebody_does(cast: Cast, by: str) -> None:
    client = viewing(cast, by=by)

    page = client.get("/portal/")

    text = page.content.decode()
    assert page.status_code == 200
    assert "Nothing can be changed." in text
    assert "Jere Salmi" in text
    assert page.context["seat"].partner_name == "Northwind IT"
    assert client.get("/manage/partners/").status_code == 200  # in the console they are themselves


@pytest.mark.parametrize("by", ["finance_person", "viewer", "owner", "rival_owner", "stranger"])
def test_nobody_else_does(cast: Cast, by: str) -> None:
    client = cast.signed_in(by)
    assert client.post(f"/manage/partners/northwind/people/{cast.seller.public_id}/view-as/").status_code == 403
    with pytest.raises(NotAllowedError):
        begin_view_as(membership_id=seat(cast, "seller").pk, actor=cast.actor(by), now=datetime.now(UTC))
    session = client.session
    session[VIEW_AS] = {"membership": seat(cast, "rival_seller").pk, "by": getattr(cast, by).pk, "until": 2**33}
    session.save()
    assert "Contoso" not in client.get("/portal/company/").content.decode() or by == "rival_owner"


@pytest.mark.parametrize(("who", "status"), [("seller", 403), ("marketing", 403), ("finance", 200), ("owner", 200)])
def test_the_look_shows_what_the_seat_allows_and_no_more(cast: Cast, who: str, status: int) -> None:
    client = viewing(cast, who)

    assert client.get("/portal/earnings/").status_code == status
    assert client.get("/portal/people/").status_code == (200 if who == "owner" else 403)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_every_unsafe_method_is_refused(cast: Cast, method: str) -> None:
    client = viewing(cast, "owner")

    answer = getattr(client, method)("/portal/people/invite/", {"email": "a@b.example", "role": "owner"})

    assert answer.status_code == 403
    assert "You only look" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_pages_that_would_write_when_they_are_opened_write_nothing(cast: Cast) -> None:
    client = viewing(cast, "seller")
    before = Membership.objects.filter(user=cast.seller).values().get()
    client.get("/portal/")
    client.get("/portal/deals/")
    assert Membership.objects.filter(user=cast.seller).values().get() == before

    def writes(_request: Any) -> Any:
        User.objects.filter(pk=cast.seller.pk).update(name="Changed")

    class Request:
        viewing, method = True, "GET"

    with pytest.raises(InternalError, match="read-only"):
        ViewAsMiddleware(writes)(Request())  # type: ignore[arg-type]
    answer = ViewAsMiddleware(writes).process_exception(Request(), InternalError())  # type: ignore[arg-type]
    assert answer is not None
    assert answer.status_code == 403
    cast.seller.refresh_from_db()
    assert cast.seller.name == "Jere Salmi"
    User.objects.filter(pk=cast.seller.pk).update(name="Free again")


def test_it_is_audited_and_the_partner_reads_of_it(cast: Cast) -> None:
    client = viewing(cast)
    client.post("/manage/people/view-as/end/")

    assert [(e.action, e.user_id, e.object_id, e.data["partner"]) for e in AuditEvent.objects.order_by("id")] == [
        ("view_as.begun", cast.manager.pk, cast.seller.pk, "northwind"),
        ("view_as.ended", cast.manager.pk, cast.seller.pk, "northwind"),
    ]
    assert [(a.partner, a.kind, a.object, a.user) for a in Activity.objects.all()] == [
        (cast.partner, "viewed_as", "Jere Salmi, Anna Kowal", cast.manager)
    ]
    Membership.objects.filter(user=cast.owner).update(last_seen_at=datetime.now(UTC) - timedelta(hours=2))
    home = cast.signed_in("owner").get("/portal/").content.decode()
    assert "The program looked at the portal as" in home
    assert client.get("/portal/").status_code == 403


def test_it_ends_by_itself(cast: Cast) -> None:
    client = viewing(cast)
    session = client.session
    session[VIEW_AS] = session[VIEW_AS] | {"until": datetime.now(UTC).timestamp() - 1}
    session.save()

    assert client.get("/portal/").status_code == 403
    assert VIEW_AS not in client.session


def test_it_ends_when_either_side_may_no_more(cast: Cast) -> None:
    client = viewing(cast)
    Membership.objects.filter(user=cast.seller).update(is_active=False)
    assert client.get("/portal/").status_code == 403
    Membership.objects.filter(user=cast.seller).update(is_active=True)

    client = viewing(cast)
    User.objects.filter(pk=cast.manager.pk).update(roles=["viewer"])
    assert client.get("/portal/").status_code == 403


def test_people_of_the_program_and_those_without_access_are_nobodys_to_borrow(cast: Cast) -> None:
    User.objects.filter(pk=cast.seller.pk).update(roles=["finance"])
    switch_account_off(user_id=cast.marketing.pk, actor=cast.actor("admin"), now=datetime.now(UTC))
    for name in ("seller", "marketing"):
        with pytest.raises(DomainError) as refusal:
            begin_view_as(membership_id=seat(cast, name).pk, actor=cast.actor("admin"), now=datetime.now(UTC))
        assert refusal.value.code == "no_seat"
    client = cast.signed_in("manager")
    answer = client.post(f"/manage/partners/northwind/people/{cast.seller.public_id}/view-as/")
    assert answer["Location"].endswith(f"/people/{cast.seller.public_id}/")
    assert client.get("/portal/").status_code == 403
    assert client.post(f"/manage/partners/contoso/people/{cast.seller.public_id}/view-as/").status_code == 404


def test_a_look_is_of_whom_began_it_for_half_an_hour_and_of_a_partner_that_lets_people_in(cast: Cast) -> None:
    now = datetime.now(UTC)
    kept = begin_view_as(membership_id=seat(cast, "seller").pk, actor=cast.actor("manager"), now=now)
    assert kept["until"] == (now + timedelta(minutes=30)).timestamp()
    found = viewing_of(kept, user=cast.manager, now=now + timedelta(minutes=29))
    assert found is not None
    assert found.membership.user == cast.seller
    assert viewing_of(kept, user=cast.manager, now=now + timedelta(minutes=30)) is None
    assert viewing_of(kept, user=cast.second_manager, now=now) is None  # a session that was somebody else's
    page = viewing(cast).get("/portal/")
    assert actor_of(page.wsgi_request).user_id == cast.seller.pk
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL partners.any_step = 'on'")
    Partner.objects.filter(pk=cast.partner.pk).update(status="rejected")
    assert viewing_of(kept, user=cast.manager, now=now) is None
