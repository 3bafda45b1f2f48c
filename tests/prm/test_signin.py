"""People of the demonstration sign in from this machine only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from prm.models import User
from tests.factories.partners import PASSWORD, make_user

HERE: dict[str, Any] = {"HTTP_HOST": "localhost:8000", "REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def demo_person(db: None) -> User:
    return make_user("manager@halden.example", roles=("channel_manager",), loopback_only=True)


def signs_in(user: User, **meta: Any) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, **(HERE | meta))
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"HTTP_HOST": "127.0.0.1"},
        {"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"},
    ],
)
def test_a_person_of_the_demonstration_signs_in_on_this_machine(demo_person: User, meta: dict[str, Any]) -> None:
    assert signs_in(demo_person, **meta)


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_CF_CONNECTING_IP": "192.0.2.7"},
        {"HTTP_HOST": "partners.halden.example"},
        {"HTTP_HOST": "localhost.halden.example"},
    ],
)
def test_but_not_from_elsewhere_nor_through_a_proxy(demo_person: User, meta: dict[str, Any], settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert not signs_in(demo_person, **meta)


def test_everybody_else_signs_in_from_anywhere(db: None) -> None:
    assert signs_in(make_user("anna@vendor.example"), REMOTE_ADDR="192.0.2.7")


def test_a_wrong_password_is_wrong_here_too(demo_person: User) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": demo_person.email, "password": "guess"}, **HERE)
    assert "_auth_user_id" not in client.session
