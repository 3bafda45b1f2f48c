"""What every page answers to whatever is sent to it, and who may keep a copy."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("owner", "/portal/deals/?q=%00"),
        ("owner", "/portal/deals/deals.csv?family=%00"),
        ("owner", "/portal/statements/%00/"),
        ("manager", "/manage/partners/?status=a%00b"),
        ("manager", "/manage/registrations/?q=%00"),
        ("admin", "/admin/deals/account/?country=%00"),
    ],
)
def test_what_no_database_can_hold_is_a_bad_request(cast: Cast, who: str, address: str) -> None:
    answer = cast.signed_in(who).get(address)
    assert answer.status_code == 400
    assert "Nothing was changed." in answer.content.decode()


def test_a_form_with_a_nul_is_a_bad_request(cast: Cast) -> None:
    client = cast.signed_in("seller")
    assert client.post("/portal/deals/check/", {"website": "a.fi", "family": "\0"}).status_code == 400


@pytest.mark.parametrize("address", ["/portal/", "/portal/deals/", "/portal/deals/deals.csv", "/portal/nowhere/"])
def test_private_pages_are_kept_by_nobody(cast: Cast, address: str) -> None:
    answer = cast.signed_in("owner").get(address)
    assert answer["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer["Vary"]


def test_a_sheet_that_is_the_same_for_all_may_be_kept() -> None:
    assert "public" in Client().get("/ui/brand/1d5fd0.css")["Cache-Control"]
