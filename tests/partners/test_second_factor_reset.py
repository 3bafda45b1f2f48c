"""Somebody has lost the phone and the recovery codes: an administrator takes the second factor away."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache

from partners.models import Activity
from partners.services.second_factor import reset_second_factor
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.mail import html_of
from prm.models import AuditEvent, OutboxMessage, User
from tests.cast import Cast, assemble
from tests.factories.partners import PASSWORD
from tests.prm.test_second_factor import SECURITY, overdue, signs_in, with_app

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.SECOND_FACTOR = True
    cache.clear()
    made = assemble()
    for person in (made.finance, made.admin, made.manager):
        person.set_password(PASSWORD)
        person.save()
    return made


def text(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page.content.decode()).split())


def reset(cast: Cast, person: User, by: str = "admin", reason: str = "Called back on the number we know.") -> User:
    return reset_second_factor(user_id=person.pk, reason=reason, actor=cast.actor(by), now=NOW)


def test_everything_goes_and_all_who_are_concerned_are_told(cast: Cast) -> None:
    User.objects.filter(pk=cast.finance.pk).update(language="pl")
    with_app(cast.finance)
    with_app(cast.seller)
    RecoveryCodes.activate(cast.finance)
    session = cast.signed_in("finance")
    assert session.get("/portal/").status_code == 200

    reset(cast, cast.finance)

    assert list(Authenticator.objects.values_list("user_id", flat=True)) == [cast.seller.pk]
    assert session.get("/portal/").status_code == 302
    event = AuditEvent.objects.get(action="people.second_factor_reset")
    assert (event.reason, event.data, event.object_id) == (
        "Called back on the number we know.", {"kinds": ["recovery_codes", "totp"]}, cast.finance.pk,
    )  # fmt: skip
    assert list(Activity.objects.values_list("partner_id", "kind", "object")) == [
        (cast.partner.pk, "second_factor_reset", str(cast.finance)),
    ]  # fmt: skip
    mail = OutboxMessage.objects.get(topic="mail").payload
    assert (mail["to"], mail["language"]) == (cast.finance.email, "pl")
    assert mail["subject"] == "Twój drugi składnik w Partner program został usunięty"
    assert "/account/security/" in mail["text"]
    assert '<html lang="pl" dir="ltr">' in html_of(mail)
    with pytest.raises(StaleError):
        reset(cast, cast.finance)


def test_a_new_one_is_set_up_before_anything_else_where_the_grace_is_over(cast: Cast) -> None:
    overdue(cast.finance)
    with_app(cast.finance)
    reset(cast, cast.finance)

    client = signs_in(cast.finance.email)

    assert client.get("/portal/")["Location"] == SECURITY
    with_app(cast.finance)
    assert client.get("/portal/").status_code == 200


@pytest.mark.parametrize("by", ["owner", "finance", "rival_owner", "manager", "finance_person", "viewer"])
def test_administrators_alone_and_never_their_own(cast: Cast, by: str) -> None:
    with_app(cast.finance)
    with_app(cast.admin)
    with pytest.raises(NotAllowedError):
        reset(cast, cast.finance, by)
    with pytest.raises(DomainError) as own:
        reset(cast, cast.admin)
    with pytest.raises(DomainError) as silent:
        reset(cast, cast.finance, reason="  ")

    assert (own.value.code, silent.value.code, silent.value.field) == ("own_factor", "reason_missing", "reason")
    assert Authenticator.objects.count() == 2
    assert not AuditEvent.objects.filter(action="people.second_factor_reset").exists()


def test_the_page_asks_for_the_administrators_password_again(cast: Cast) -> None:
    with_app(cast.manager)
    path = f"/manage/people/{cast.manager.public_id}/second-factor/"
    assert f'href="{path}"' in cast.signed_in("admin").get(path.removesuffix("second-factor/")).content.decode()
    seat = f"/manage/partners/northwind/people/{cast.seller.public_id}/"
    link = f"/manage/people/{cast.seller.public_id}/second-factor/"
    assert link in cast.signed_in("admin").get(seat).content.decode()
    assert link not in cast.signed_in("manager").get(seat).content.decode()
    assert cast.signed_in("manager").get(path).status_code == 403
    client = cast.signed_in("admin")
    for answer in (client.get(path), client.post(path, {"reason": "x"})):
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.count() == 1
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert "Authenticator app" in text(client.get(path))
    assert client.post(path, {"reason": ""}).status_code == 422
    done = client.post(path, {"reason": "Met in the office."}, follow=True)

    assert "The second factor of Anna Kowal is removed." in text(done)
    assert "This person has no second factor." in text(done)
    assert not Authenticator.objects.exists()
    assert client.post(path, {"reason": "Twice."}).status_code == 409


def test_ones_own_page_leads_to_recovery_codes(cast: Cast) -> None:
    client = cast.signed_in("owner")
    assert "Make recovery codes" not in text(client.get(SECURITY))
    with_app(cast.owner)
    assert 'href="/accounts/2fa/recovery-codes/generate/"' in client.get(SECURITY).content.decode()
    RecoveryCodes.activate(cast.owner)
    page = client.get(SECURITY).content.decode()
    assert 'href="/accounts/2fa/recovery-codes/generate/"' not in page
    assert 'href="/accounts/2fa/recovery-codes/"' in page


def test_a_form_that_waited_too_long_is_carried_out_once_the_password_is_given(cast: Cast) -> None:
    with_app(cast.seller)
    path = f"/manage/people/{cast.seller.public_id}/second-factor/"
    client = cast.signed_in("admin")

    asked = client.post(path, {"reason": "Called back."})["Location"]
    client.post(asked, {"password": "guess"})
    assert Authenticator.objects.count() == 1
    answer = client.post(asked, {"password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, path)
    event = AuditEvent.objects.get(action="people.second_factor_reset")
    assert (event.actor, event.reason) == ("Ada Berg", "Called back.")
    assert not Authenticator.objects.exists()
