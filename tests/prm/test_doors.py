"""Who comes in where, and what the others read."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxMiddleware

from partners.middleware import ActorMiddleware
from partners.models import Partner, PartnerStatus
from prm.doors import console_page, portal_page, version_of
from prm.models import User
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def inside(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def answer(view: object, user: User, path: str) -> tuple[int, str]:
    """Return status and body of ``view`` for ``user``, through the real middleware."""
    request = RequestFactory().get(path)
    request.user = user
    request.session = {}  # type: ignore[assignment]
    response = HtmxMiddleware(ActorMiddleware(view))(request)  # type: ignore[arg-type]
    assert isinstance(response, HttpResponse)
    return response.status_code, response.content.decode()


@pytest.mark.parametrize(
    ("options", "welcome"),
    [
        ({}, {"owner", "seller", "finance", "marketing", "rival_owner", "rival_seller"}),
        ({"money": True}, {"owner", "finance", "rival_owner"}),
        ({"registers": True}, {"owner", "seller", "rival_owner", "rival_seller"}),
        (
            {"money": True, "after_termination": True},
            {"owner", "finance", "rival_owner", "former_owner"},
        ),
    ],
)
def test_portal_pages_let_in(cast: Cast, options: dict[str, bool], welcome: set[str]) -> None:
    view = portal_page(**options)(inside)
    people = set(Cast.__dataclass_fields__) - {"tier", "partner", "rival", "former"}

    assert {name for name in people if answer(view, getattr(cast, name), "/portal/")[0] == 200} == welcome
    assert {answer(view, getattr(cast, name), "/portal/")[0] for name in people - welcome} == {403}


@pytest.mark.parametrize(
    ("roles", "welcome"),
    [
        ((), {"manager", "second_manager", "finance_person", "admin", "viewer"}),
        (("channel_manager",), {"manager", "second_manager"}),
        (("finance", "admin"), {"finance_person", "admin"}),
    ],
)
def test_console_pages_let_in(cast: Cast, roles: tuple[str, ...], welcome: set[str]) -> None:
    view = console_page(roles=roles)(inside)
    people = set(Cast.__dataclass_fields__) - {"tier", "partner", "rival", "former"}

    assert {name for name in people if answer(view, getattr(cast, name), "/manage/")[0] == 200} == welcome
    assert {answer(view, getattr(cast, name), "/manage/")[0] for name in people - welcome} == {403}


def test_decorators_work_without_brackets(cast: Cast) -> None:
    assert answer(portal_page(inside), cast.owner, "/portal/") == (200, "inside")
    assert answer(console_page(inside), cast.viewer, "/manage/") == (200, "inside")


def test_the_refused_read_why_and_where_to_go(cast: Cast) -> None:
    _, page = answer(console_page(inside), cast.owner, "/manage/")
    assert "The console is for the program’s own people." in page
    assert 'href="/portal/"' in page

    _, page = answer(portal_page(inside), cast.former_owner, "/portal/")
    assert "This partnership has ended." in page
    assert 'href="/portal/statements/"' in page

    _, page = answer(portal_page(money=True)(inside), cast.seller, "/portal/")
    assert "Only owners and finance of your company see commission." in page


def test_a_suspended_partner_still_sees_its_pages(cast: Cast) -> None:
    Partner.objects.filter(pk=cast.partner.pk).update(status=PartnerStatus.SUSPENDED)

    assert answer(portal_page(inside), cast.owner, "/portal/")[0] == 200


def test_nobody_signed_in_signs_in_first_and_htmx_moves_the_whole_page() -> None:
    client = Client()

    assert client.get("/portal/")["Location"] == "/accounts/login/?next=/portal/"
    partial = client.get("/portal/", headers={"HX-Request": "true"})
    assert partial["HX-Redirect"] == "/accounts/login/?next=/portal/"


@pytest.mark.parametrize(("name", "place"), [("manager", "/manage/"), ("owner", "/portal/"), ("admin", "/manage/")])
def test_the_front_door_leads_everybody_to_their_own(cast: Cast, name: str, place: str) -> None:
    assert cast.signed_in(name).get("/")["Location"] == place


def test_the_front_door_for_strangers(cast: Cast) -> None:
    assert Client().get("/")["Location"] == "/accounts/login/"
    assert cast.signed_in("stranger").get("/").status_code == 403


def test_signing_in_by_password_leads_to_the_front_door(cast: Cast) -> None:
    client = Client()

    answer = client.post(
        "/accounts/login/",
        {"login": "SANNA@northwind.example", "password": "correct horse battery"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_nobody_adds_an_address_to_their_account(cast: Cast) -> None:
    assert (
        cast.signed_in("rival_owner").post("/accounts/email/", {"email": "sanna@northwind.example"}).status_code == 404
    )


def test_there_is_no_sign_up() -> None:
    answer = Client().post(
        "/accounts/signup/",
        {"email": "x@example.com", "password1": "correct horse 9", "password2": "correct horse 9"},
    )

    assert answer.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "version"), [("3", 3), ("", 0), ("-1", 0), ("²", 0), ("٣", 0), ("9" * 5000, 0), ("1\n", 0)]
)
def test_a_version_that_no_page_showed_is_that_of_no_row(given: str, version: int) -> None:
    assert version_of(RequestFactory().post("/", {"version": given})) == version
