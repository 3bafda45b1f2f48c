"""The link in a reminder: no sign-in, one person, one deal, no change by looking, and an end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from deals.models import Registration, RegistrationEvent
from deals.services.mail_links import PURPOSE, VALID, LinkError, link_for, open_link
from deals.services.reminding import remind_of_protection
from partners.models import Membership
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_registration

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_has_asked() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def deal(cast: Cast) -> Registration:
    account = make_account("Haapala Oy")
    return make_registration(
        cast.partner, account=account, status="approved", now=timezone.now(), submitted_by=cast.seller
    )


def text(response: Any) -> str:
    return str(response.content.decode())


def path_for(registration: Registration, who: Any, now: datetime | None = None) -> str:
    address = link_for(registration, who, now=now or timezone.now())
    return address.removeprefix("http://127.0.0.1:8000")


def answer(path: str, registration: Registration, act: str, **fields: str) -> Any:
    registration.refresh_from_db()
    return Client().post(path, {"act": act, "version": str(registration.version), **fields}, follow=True)


def test_the_reminder_brings_each_person_a_link_of_their_own(cast: Cast) -> None:
    make_registration(cast.partner, status="approved", now=timezone.now(), days_left=2, submitted_by=cast.seller)
    remind_of_protection(now=timezone.now())
    mails = OutboxMessage.objects.filter(topic="mail").order_by("payload__to")
    sent = {mail.payload["to"]: mail.payload["text"] for mail in mails}
    assert "/reply/" not in sent.pop("anna@vendor.example")
    assert sorted(sent) == ["jere@northwind.example", "sanna@northwind.example"]
    links = {line.split("alone: ")[1] for text_ in sent.values() for line in text_.splitlines() if "alone: " in line}
    assert len(links) == 2
    for to, mail in sent.items():
        token = mail.split("/reply/")[1].split("/")[0]
        person = {"jere": cast.seller, "sanna": cast.owner}[to.split("@")[0]]
        assert open_link(token, now=timezone.now()).actor.user_id == person.pk


def test_looking_changes_nothing(cast: Cast, deal: Registration) -> None:
    path = path_for(deal, cast.seller)
    for _again in range(2):
        page = Client().get(path)
        assert page.status_code == 200
        assert "Haapala Oy" in text(page)
        assert page["Cache-Control"] == "private, no-store"
        assert page["Referrer-Policy"] == "same-origin"
    deal.refresh_from_db()
    assert deal.version == 1
    assert not RegistrationEvent.objects.exists()


def test_one_click_says_that_the_deal_is_alive(cast: Cast, deal: Registration) -> None:
    done = answer(path_for(deal, cast.seller), deal, "alive")
    assert "Thank you: we know that you are at work on it." in text(done)
    deal.refresh_from_db()
    assert deal.active_at is not None
    event = RegistrationEvent.objects.get()
    assert (event.kind, event.user, event.channel, event.by_partner) == ("noted", cast.seller, "mail", True)
    used = AuditEvent.objects.get(action="mail_link.used")
    assert (used.user, used.data) == (cast.seller, {"act": "alive"})


def test_stage_note_and_withdrawal(cast: Cast, deal: Registration) -> None:
    path = path_for(deal, cast.owner)
    assert "the stage is Proposal now" in text(answer(path, deal, "stage", stage="proposal"))
    assert "the note was written" in text(answer(path, deal, "note", text="They signed the NDA."))
    empty = answer(path, deal, "note", text=" ")
    assert empty.status_code == 422
    assert "The registration was withdrawn." in text(answer(path, deal, "withdraw"))
    deal.refresh_from_db()
    assert (deal.stage, deal.status) == ("proposal", "withdrawn")
    page = text(Client().get(path))
    assert 'name="act"' not in page
    assert answer(path, deal, "extend").status_code == 422


def test_a_stale_answer_is_409(cast: Cast, deal: Registration) -> None:
    path = path_for(deal, cast.seller)
    assert Client().post(path, {"act": "alive", "version": "7"}).status_code == 409


def test_the_link_ends(cast: Cast, deal: Registration) -> None:
    old = timezone.now() - VALID
    assert Client().get(path_for(deal, cast.seller, old + timedelta(minutes=1))).status_code == 200
    assert Client().get(path_for(deal, cast.seller, old - timedelta(seconds=1))).status_code == 404


def test_who_has_left_or_changed_work_holds_a_dead_link(cast: Cast, deal: Registration) -> None:
    path = path_for(deal, cast.seller)
    seat = Membership.objects.filter(user=cast.seller)
    for change, back in (
        ({"is_active": False}, {"is_active": True}),
        ({"role": "marketing"}, {"role": "seller"}),
    ):
        seat.update(**change)
        assert Client().get(path).status_code == 404
        assert answer(path, deal, "withdraw").status_code == 404
        seat.update(**back)
    cast.seller.is_active = False
    cast.seller.save()
    assert Client().get(path).status_code == 404
    deal.refresh_from_db()
    assert deal.status == "approved"


def test_a_deal_that_was_handed_over_is_no_longer_theirs(cast: Cast, deal: Registration) -> None:
    path = path_for(deal, cast.seller)
    Registration.objects.filter(pk=deal.pk).update(holder=cast.rival)
    assert Client().get(path).status_code == 404


def test_nothing_else_that_we_signed_opens_it(cast: Cast, deal: Registration) -> None:
    ends = int(timezone.now().timestamp()) + 1000
    claim = [str(deal.public_id), cast.seller.pk, ends]
    for token in (signing.dumps(claim, salt="another"), signing.dumps("x", salt=PURPOSE), "a:b:c", "0" * 32):
        with pytest.raises(LinkError):
            open_link(token, now=timezone.now())
        assert Client().get(f"/reply/{token}/").status_code == 404
    assert open_link(signing.dumps(claim, salt=PURPOSE), now=timezone.now()).registration == deal


def test_many_answers_and_many_guesses_are_refused(cast: Cast, deal: Registration) -> None:
    path = path_for(deal, cast.seller)
    for _again in range(20):
        assert Client().post(path, {"act": "alive", "version": "0"}).status_code == 409
    assert Client().post(path, {"act": "alive", "version": "1"}).status_code == 429
    for _again in range(120 - 21):
        Client().get("/reply/guess/")
    assert Client().get(path).status_code == 429
    deal.refresh_from_db()
    assert deal.version == 1
