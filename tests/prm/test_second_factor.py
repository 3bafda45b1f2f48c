"""Second factors: who needs one, from when; signing in with an app, a recovery code, a code by mail; sessions."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from prm.models import AuditEvent, OutboxMessage, User
from tests.cast import Cast, assemble
from tests.factories.partners import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SECURITY = "/account/security/"


@pytest.fixture(autouse=True)
def no_counts_from_before() -> None:
    cache.clear()


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.SECOND_FACTOR = True
    return assemble()


def overdue(user: User) -> None:
    User.objects.filter(pk=user.pk).update(second_factor_asked_at=datetime.now(UTC) - timedelta(days=7))


def with_app(user: User) -> str:
    """Give a person an authenticator app and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return str(secret)


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def signs_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_internal_people_have_a_grace_and_then_set_one_up(cast: Cast) -> None:
    manager = cast.signed_in("manager")

    assert manager.get("/manage/partners/").status_code == 200
    cast.manager.refresh_from_db()
    assert cast.manager.second_factor_asked_at is not None
    assert "Your role needs a second factor by" in manager.get(SECURITY).content.decode()

    overdue(cast.manager)
    stopped = manager.get("/manage/partners/")
    assert (stopped.status_code, stopped["Location"]) == (302, SECURITY)
    part = manager.get("/manage/partners/", headers={"hx-request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (200, SECURITY)
    assert manager.post("/manage/partners/northwind/status/", {"reason": "x"})["Location"] == SECURITY
    assert "Set one up now" in manager.get(SECURITY).content.decode()

    with_app(cast.manager)
    assert manager.get("/manage/partners/").status_code == 200


def test_recovery_codes_alone_are_no_factor(cast: Cast) -> None:
    RecoveryCodes.activate(cast.manager)
    overdue(cast.manager)

    assert cast.signed_in("manager").get("/manage/partners/")["Location"] == SECURITY


@pytest.mark.parametrize(
    ("name", "roles", "stopped"),
    [
        ("finance", ["finance"], True),
        ("owner", ["finance"], False),
        ("seller", ["finance"], False),
        ("owner", ["finance", "owner"], True),
        ("finance", [], False),
    ],
)
def test_which_of_a_partners_people_need_one_is_a_setting(
    cast: Cast, settings: Any, name: str, roles: list[str], stopped: bool
) -> None:
    settings.SECOND_FACTOR_ROLES = roles
    overdue(getattr(cast, name))

    assert cast.signed_in(name).get("/portal/").status_code == (302 if stopped else 200)


@pytest.mark.parametrize(("days", "stopped"), [(0, True), (1, False)])
def test_the_grace_is_a_setting(cast: Cast, settings: Any, days: int, stopped: bool) -> None:
    settings.SECOND_FACTOR_GRACE_DAYS = days

    assert cast.signed_in("viewer").get("/manage/partners/").status_code == (302 if stopped else 200)


@pytest.mark.parametrize(("exempt", "status"), [(True, 200), (False, 302)])
def test_the_demonstration_needs_none_where_the_setting_says_so(
    cast: Cast, settings: Any, exempt: bool, status: int
) -> None:
    settings.SECOND_FACTOR_EXEMPTS_DEMONSTRATION = exempt
    User.objects.filter(pk=cast.manager.pk).update(loopback_only=True)
    overdue(cast.manager)

    assert cast.signed_in("manager").get("/manage/partners/").status_code == status


def test_who_has_an_app_signs_in_with_its_code(cast: Cast) -> None:
    secret = with_app(cast.manager)
    client = signs_in(cast.manager.email)
    assert not is_in(client)
    assert client.get("/manage/").status_code == 302

    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert (wrong.status_code, is_in(client)) == (200, False)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert is_in(client)
    event = AuditEvent.objects.get(action="signed_in")
    assert (event.object_id, event.data["methods"], event.data["ip"]) == (
        cast.manager.pk, ["password", "mfa"], "127.0.0.1",
    )  # fmt: skip
    assert "Password, Second factor" in client.get(SECURITY).content.decode()


def test_a_recovery_code_works_once(cast: Cast) -> None:
    with_app(cast.manager)
    code = RecoveryCodes.activate(cast.manager).get_unused_codes()[0]
    for allowed in (True, False):
        client = signs_in(cast.manager.email)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_in(client) is allowed


def test_secrets_are_sealed_in_the_database(cast: Cast) -> None:
    secret = with_app(cast.manager)

    stored = Authenticator.objects.get(user=cast.manager).data["secret"]

    assert secret not in stored
    assert Authenticator.objects.get(user=cast.manager).wrap().validate_code(code_of(secret))


def test_an_app_is_set_up_after_the_password_was_asked_for_again(cast: Cast) -> None:
    client = signs_in(cast.seller.email)
    asked = client.get("/accounts/2fa/totp/activate/")
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/totp/activate/", {"password": PASSWORD})

    page = client.get("/accounts/2fa/totp/activate/")
    assert "Partner%20program" in page.context["totp_url"]
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(client.session["mfa.totp.secret"])})

    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    assert len(client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]) == 10
    assert sorted(Authenticator.objects.values_list("type", flat=True)) == ["recovery_codes", "totp"]


def mailed_code(email: str) -> str:
    text = str(OutboxMessage.objects.get(topic="mail", payload__to=email).payload["text"])
    return text.split("\n\n")[1]


def test_a_code_by_mail_signs_in(cast: Cast) -> None:
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.seller.email})
    wrong = client.post("/accounts/login/code/confirm/", {"code": "XXXXXX"})
    assert (wrong.status_code, is_in(client)) == (200, False)

    client.post("/accounts/login/code/confirm/", {"code": mailed_code(cast.seller.email)})

    assert is_in(client)
    assert AuditEvent.objects.get(action="signed_in").data["methods"] == ["code"]


def test_a_code_by_mail_is_no_way_around_the_second_factor(cast: Cast) -> None:
    with_app(cast.manager)
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.manager.email})
    answer = client.post("/accounts/login/code/confirm/", {"code": mailed_code(cast.manager.email)})

    assert (answer["Location"], is_in(client)) == ("/accounts/2fa/authenticate/", False)


@pytest.mark.parametrize(
    ("path", "field"), [("/accounts/login/code/", "email"), ("/accounts/password/reset/", "email")]
)
def test_nobody_learns_who_has_an_account(cast: Cast, path: str, field: str) -> None:
    known = Client().post(path, {field: cast.seller.email})
    unknown = Client().post(path, {field: "nobody@northwind.example"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [row.payload["to"] for row in OutboxMessage.objects.all()] == [cast.seller.email]


def test_people_of_the_demonstration_do_not_come_in_by_code_from_elsewhere(settings: Any, cast: Cast) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    demo = make_user("demo@halden.example", loopback_only=True)
    for host, allowed in (("partners.halden.example", False), ("localhost", True)):
        OutboxMessage.objects.all().delete()
        client = Client(headers={"host": host})
        client.post("/accounts/login/code/", {"email": demo.email})
        client.post("/accounts/login/code/confirm/", {"code": mailed_code(demo.email)})
        assert is_in(client) is allowed


def test_wrong_passwords_are_limited_by_account(cast: Cast) -> None:
    for _turn in range(5):
        assert not is_in(signs_in(cast.seller.email, "guess"))

    assert not is_in(signs_in(cast.seller.email))
    assert is_in(signs_in(cast.rival_seller.email))


def test_a_person_ends_other_sessions_after_confirming_that_it_is_them(cast: Cast) -> None:
    other, mine = signs_in(cast.seller.email), signs_in(cast.seller.email)
    row = UserSession.objects.get(session_key=other.session.session_key)
    assert mine.post("/account/security/end/", {"session": row.pk})["Location"].startswith("/accounts/reauthenticate/")
    mine.post("/accounts/reauthenticate/", {"password": PASSWORD})

    stranger = signs_in(cast.rival_seller.email)
    stranger.post("/accounts/reauthenticate/", {"password": PASSWORD})
    stranger.post("/account/security/end/", {"session": row.pk})
    assert other.get("/portal/").status_code == 200
    for nonsense in ("x", "", "99999999"):
        assert mine.post("/account/security/end/", {"session": nonsense}).status_code == 302
    mine.post("/account/security/end/", {"session": row.pk})

    assert (other.get("/portal/").status_code, mine.get("/portal/").status_code) == (302, 200)
    third = signs_in(cast.seller.email)
    mine.post("/account/security/end/", {"session": "others"})
    assert (third.get("/portal/").status_code, mine.get("/portal/").status_code) == (302, 200)


def test_the_page_is_each_persons_own(cast: Cast) -> None:
    assert Client().get(SECURITY).status_code == 302
    for name in ("owner", "manager", "stranger", "former_owner"):
        assert cast.signed_in(name).get(SECURITY).status_code == 200
    assert cast.signed_in("owner").get("/accounts/2fa/")["Location"] == SECURITY
