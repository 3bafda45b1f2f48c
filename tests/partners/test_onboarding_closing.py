"""Onboardings that lead nowhere: closed with a reason, out of every list and mail, and opened again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from partners.models import (
    Activity,
    ChecklistStep,
    ChecklistTemplate,
    Onboarding,
    OnboardingStep,
    Partner,
    StatusPeriod,
)
from partners.queries.onboarding import open_onboardings
from partners.services.onboarding import begin_onboarding, complete_step, sweep_onboardings
from partners.services.onboarding_closing import close_onboarding, reopen_onboarding
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.mail import html_of
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
CONSOLE = "/manage/partners/newcomer/onboarding/"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


@pytest.fixture
def newcomer(cast: Cast) -> Partner:
    """Begin the onboarding of a newcomer with one required step by hand."""
    template = ChecklistTemplate.objects.create(type="reseller", version=2)
    ChecklistStep.objects.create(template=template, title="Call us", due_days=7)
    partner = Partner.objects.create(
        code="newcomer", name="Newcomer", type="reseller", status="onboarding", manager_email="anna@vendor.example"
    )
    StatusPeriod.objects.create(partner=partner, status="onboarding", valid_from=TODAY)
    for person in (cast.owner, cast.seller):
        person.memberships.update(partner=partner)
    begin_onboarding(partner=partner, now=NOW)
    return partner


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", "", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


def close(cast: Cast, partner: Partner, who: str = "manager", reason: str = " No answer since May. ") -> Onboarding:
    return close_onboarding(partner_id=partner.pk, reason=reason, actor=cast.actor(who), now=NOW)


def mails() -> list[tuple[str, str]]:
    rows = OutboxMessage.objects.filter(topic="mail").order_by("pk")
    return [(row.payload["to"], row.payload["subject"]) for row in rows]


def test_a_closed_one_leaves_every_list_and_mail_and_its_owners_read_why(cast: Cast, newcomer: Partner) -> None:
    closed = close(cast, newcomer)
    assert (closed.closed_at, closed.closed_by, closed.closed_reason) == (NOW, "Anna Kowal", "No answer since May.")
    assert mails() == [(cast.owner.email, "The onboarding of Newcomer in Partner program is closed")]
    [mail] = OutboxMessage.objects.filter(topic="mail")
    assert "No answer since May." in mail.payload["text"]
    assert "<p>No answer since May.</p>" in " ".join(html_of(mail.payload).split())
    actor = cast.actor("manager")
    assert open_onboardings(actor=actor, on=TODAY) == []
    [found] = open_onboardings(actor=actor, on=TODAY + 90 * DAY, which="closed")
    assert (found.partner.code, found.stalled) == ("newcomer", False)
    assert sweep_onboardings(now=NOW + 90 * DAY) == 0
    assert len(mails()) == 1  # nobody is reminded
    assert list(Activity.objects.filter(partner=newcomer).values_list("kind", "object")) == [
        ("onboarding_closed", "No answer since May."),
    ]  # fmt: skip
    [event] = AuditEvent.objects.filter(action="onboarding_closed")
    assert (event.reason, event.actor) == ("No answer since May.", "Anna Kowal")
    newcomer.refresh_from_db()
    assert (newcomer.status, newcomer.activated_on) == ("onboarding", None)


def test_nothing_moves_in_a_closed_one_until_it_is_opened_again(cast: Cast, newcomer: Partner) -> None:
    step = OnboardingStep.objects.get(onboarding__partner=newcomer)
    close(cast, newcomer)
    for who in ("owner", "manager"):
        with pytest.raises(DomainError) as refused:
            complete_step(step_id=step.pk, actor=cast.actor(who), now=NOW)
        assert (refused.value.code, str(refused.value.sentence)) == (
            "closed", "This onboarding was closed: No answer since May.",
        )  # fmt: skip
    OnboardingStep.objects.update(done_on=TODAY)
    assert sweep_onboardings(now=NOW) == 0
    newcomer.refresh_from_db()
    assert newcomer.status == "onboarding"

    opened = reopen_onboarding(partner_id=newcomer.pk, actor=cast.actor("manager"), now=NOW + DAY)
    opened.refresh_from_db()
    newcomer.refresh_from_db()
    assert (opened.closed_at, opened.closed_by, opened.closed_reason) == (None, "", "")
    assert (newcomer.status, newcomer.activated_on, opened.ended_on) == ("active", TODAY + DAY, TODAY + DAY)


def test_who_closes_and_opens_and_when(cast: Cast, newcomer: Partner) -> None:
    for who in ("owner", "seller", "rival_owner", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            close(cast, newcomer, who)
        with pytest.raises(NotAllowedError):
            reopen_onboarding(partner_id=newcomer.pk, actor=cast.actor(who), now=NOW)
    with pytest.raises(DomainError) as silent:
        close(cast, newcomer, reason="  ")
    assert (silent.value.code, silent.value.field) == ("reason_missing", "reason")
    with pytest.raises(StaleError):
        reopen_onboarding(partner_id=newcomer.pk, actor=cast.actor("admin"), now=NOW)
    close(cast, newcomer, "admin")
    with pytest.raises(StaleError):
        close(cast, newcomer)
    reopen_onboarding(partner_id=newcomer.pk, actor=cast.actor("second_manager"), now=NOW)
    Onboarding.objects.update(ended_on=TODAY)
    with pytest.raises(StaleError):
        close(cast, newcomer)


def test_the_database_keeps_that_it_ends_once_and_has_a_reason(newcomer: Partner) -> None:
    rows = Onboarding.objects.filter(partner=newcomer)
    for wrong in ({"closed_at": NOW}, {"closed_at": NOW, "closed_reason": "x", "ended_on": TODAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


def test_the_pages_close_and_open(cast: Cast, newcomer: Partner) -> None:
    manager = cast.signed_in("manager")
    assert "Close the onboarding" in text(manager.get("/manage/partners/newcomer/"))
    assert "Close the onboarding" not in text(cast.signed_in("viewer").get("/manage/partners/newcomer/"))
    empty = manager.post(f"{CONSOLE}close/", {"reason": ""})
    assert empty.status_code == 422
    done = manager.post(f"{CONSOLE}close/", {"reason": "No answer."}, follow=True)
    assert "The onboarding of Newcomer is closed." in text(done)
    assert "Go on with the onboarding" in text(done)
    portal = text(cast.signed_in("owner").get("/portal/onboarding/"))
    assert "This onboarding is closed." in portal
    assert "No answer." in portal
    assert "Done: Call us" not in portal
    assert "is being onboarded" not in text(manager.get("/manage/partners/onboarding/?which=closed"))
    assert "1 onboarding is closed." in text(manager.get("/manage/partners/onboarding/?which=closed"))
    again = manager.post(f"{CONSOLE}close/", {"reason": "Twice."})
    assert again.status_code == 409
    assert "This onboarding is over already." in text(again)
    back = manager.post(f"{CONSOLE}reopen/", follow=True)
    assert "The onboarding of Newcomer goes on." in text(back)
    twice = manager.post(f"{CONSOLE}reopen/", follow=True)
    assert "This onboarding goes on already." in text(twice)
    for path in ("/manage/partners/northwind/onboarding/close/", "/manage/partners/nobody/onboarding/close/"):
        assert manager.get(path).status_code == 404
