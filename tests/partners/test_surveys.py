"""Surveys: who is asked, by which mails, how one answers, and what the database keeps."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core import signing
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client

from partners.models import Membership, Partner, PsatFollowUp, PsatInvitation, PsatWave
from partners.queries.surveys import Preview, preview_of_wave
from partners.services.surveys import mails
from partners.services.surveys.answers import answer, finish_follow_up
from partners.services.surveys.links import PURPOSE, ClosedError, LinkError, link_for, open_link
from partners.services.surveys.waves import ask_about_onboarding, close_wave, open_due_wave, open_wave
from prm.actors import OPERATOR, RULE
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent, OutboxMessage, Program
from tests.cast import Cast, assemble
from tests.factories.partners import make_membership, make_partner, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CLOSES = date(2026, 11, 23)
AFTER = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nobody_has_asked() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def wave(cast: Cast) -> PsatWave:
    return open_wave(code="2026-h2", closes_on=CLOSES, actor=cast.actor("admin"), now=NOW).wave


def invitation(cast: Cast, name: str = "seller") -> PsatInvitation:
    return PsatInvitation.objects.select_related("wave", "user", "partner").get(user=getattr(cast, name))


def token_of(row: PsatInvitation) -> str:
    return link_for(row).split("/survey/")[1].rstrip("/")


def say(row: PsatInvitation, score: int, *, comment: str = "", may_contact: bool = False, now: datetime = NOW) -> None:
    answer(token=token_of(row), score=score, comment=comment, may_contact=may_contact, now=now)


def refused_by(name: str, act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    assert constraint_of(refused.value) == name


# Opening


def test_every_active_person_of_every_active_partner_is_asked(cast: Cast) -> None:
    make_membership(cast.owner, cast.rival, "seller")  # one person at two partners: two invitations
    Membership.objects.filter(user=cast.marketing).update(is_active=False)
    cast.finance.is_active = False
    cast.finance.save()
    suspended = make_partner("paused", status="suspended")
    make_membership(make_user(), suspended)
    assert preview_of_wave(on=NOW.date()) == Preview(people=4, partners=2, invitations=5)
    opened = open_wave(code="2026-h2", closes_on=CLOSES, actor=cast.actor("admin"), now=NOW)
    assert opened.invited == 5
    asked = PsatInvitation.objects.order_by("partner__code", "user__email").values_list("partner__code", "user__email")
    assert list(asked) == [
        ("contoso", "ewa@contoso.example"),
        ("contoso", "sanna@northwind.example"),
        ("contoso", "tomasz@contoso.example"),
        ("northwind", "jere@northwind.example"),
        ("northwind", "sanna@northwind.example"),
    ]
    assert invitation(cast).invited_at == opened.wave.frozen_at == NOW
    event = AuditEvent.objects.get(action="survey.opened")
    assert event.data == {"wave": "2026-h2", "invited": 5, "closes_on": "2026-11-23"}


def test_the_groups_of_the_partner_are_kept_as_they_were(cast: Cast, wave: PsatWave) -> None:
    Partner.objects.filter(pk=cast.partner.pk).update(manager_email="piotr@vendor.example", country="SE")
    row = invitation(cast)
    assert (row.manager, row.tier, row.country, row.type) == ("anna@vendor.example", "silver", "FI", "reseller")


@pytest.mark.parametrize(
    ("code", "closes", "why"),
    [
        ("2026 H2", CLOSES, "bad_wave"),
        ("onboarding-2026-11", CLOSES, "bad_wave"),
        ("2026-h2", NOW.date(), "bad_closing_day"),
        ("2026-h2", NOW.date() + timedelta(days=91), "bad_closing_day"),
    ],
)
def test_a_wave_has_a_name_and_an_end(cast: Cast, code: str, closes: date, why: str) -> None:
    with pytest.raises(DomainError) as refused:
        open_wave(code=code, closes_on=closes, actor=cast.actor("admin"), now=NOW)
    assert refused.value.code == why


def test_a_wave_opens_once_and_by_an_administrator(cast: Cast, wave: PsatWave) -> None:
    with pytest.raises(DomainError, match="Another survey has this name"):
        open_wave(code="2026-h2", closes_on=CLOSES, actor=cast.actor("admin"), now=NOW)
    for who in ("manager", "viewer", "owner"):
        with pytest.raises(NotAllowedError):
            open_wave(code="other", closes_on=CLOSES, actor=cast.actor(who), now=NOW)
        with pytest.raises(NotAllowedError):
            close_wave(code="2026-h2", actor=cast.actor(who), now=NOW)


def test_nobody_to_ask_opens_nothing(db: None) -> None:
    with pytest.raises(DomainError, match="No active partner"):
        open_wave(code="2026-h2", closes_on=CLOSES, actor=OPERATOR, now=NOW)
    assert not PsatWave.objects.exists()


def test_the_half_yearly_wave_opens_by_itself(cast: Cast) -> None:
    assert open_due_wave(now=NOW - timedelta(days=3)) is None
    opened = open_due_wave(now=NOW)
    assert opened is not None
    assert (opened.wave.code, opened.wave.opened_on, opened.wave.closes_on) == ("2026-11", date(2026, 11, 2), CLOSES)
    assert opened.invited == 6
    assert open_due_wave(now=NOW) is None  # safe to run twice
    assert PsatWave.objects.count() == 1


def test_a_wave_opened_by_hand_stands_for_the_one_that_is_due(cast: Cast) -> None:
    open_wave(code="by-hand", closes_on=date(2026, 9, 30), actor=OPERATOR, now=datetime(2026, 9, 10, tzinfo=UTC))
    assert open_due_wave(now=NOW) is None
    Program.objects.update(survey_month=0)
    assert open_due_wave(now=NOW + timedelta(days=365)) is None


def test_people_are_asked_about_onboarding_30_days_after_activation(cast: Cast) -> None:
    partners = {
        days: make_partner(f"new-{days}", activated_on=NOW.date() - timedelta(days=days)) for days in (29, 30, 37, 38)
    }
    for partner in partners.values():
        make_membership(make_user(f"x@{partner.code}.example"), partner)
    assert ask_about_onboarding(now=NOW) == 2
    assert ask_about_onboarding(now=NOW) == 0
    wave = PsatWave.objects.get()
    assert (wave.code, wave.series, wave.frozen_at) == ("onboarding-2026-11", "onboarding", None)
    assert wave.closes_on == date(2026, 12, 22)
    assert ask_about_onboarding(now=NOW + timedelta(days=1)) == 1  # the one of 29 days is due now
    asked = PsatInvitation.objects.order_by("partner__code").values_list("partner__code", flat=True)
    assert list(asked) == ["new-29", "new-30", "new-37"]
    assert ask_about_onboarding(now=NOW + timedelta(days=30)) == 0
    wave.refresh_from_db()
    assert wave.frozen_at == NOW + timedelta(days=30)  # a month that is over is frozen, and nobody's survey is made
    assert PsatWave.objects.count() == 1
    assert open_due_wave(now=NOW) is not None  # the series do not stand for each other


# Promises of the database


def test_invitations_are_frozen(cast: Cast, wave: PsatWave) -> None:
    row = invitation(cast)
    other = make_user()
    refused_by(
        "psat_invitations_frozen",
        lambda: PsatInvitation.objects.create(wave=wave, partner=cast.rival, user=other, invited_at=NOW),
    )
    refused_by("psat_invitations_frozen", row.delete)
    for field, value in (
        ("partner", cast.rival),
        ("user", other),
        ("invited_at", AFTER),
        ("manager", "x"),
        ("tier", "x"),
    ):
        refused_by(
            "psat_invitations_frozen",
            partial(PsatInvitation.objects.filter(pk=row.pk).update, **{field: value}),
        )


def test_one_answer_per_person_partner_and_wave(cast: Cast) -> None:
    loaded = PsatWave.objects.create(code="2025-h2", opened_on=date(2025, 11, 1))
    PsatInvitation.objects.create(wave=loaded, partner=cast.partner, user=cast.seller, invited_at=NOW)
    refused_by(
        "psat_key",
        lambda: PsatInvitation.objects.create(wave=loaded, partner=cast.partner, user=cast.seller, invited_at=AFTER),
    )
    PsatInvitation.objects.all().delete()  # a wave from a file is corrected by loading it again


def test_no_answer_after_the_close(cast: Cast, wave: PsatWave) -> None:
    row = PsatInvitation.objects.filter(user=cast.seller)
    say(invitation(cast), 3)
    refused_by("psat_no_answer_after_close", lambda: row.update(score=5, answered_at=AFTER))
    refused_by("psat_no_answer_after_close", lambda: row.update(score=5, answered_at=NOW - timedelta(days=1)))
    refused_by("psat_no_answer_after_close", lambda: row.update(score=None, answered_at=None))
    assert row.update(score=5, answered_at=AFTER - timedelta(seconds=1)) == 1
    Program.objects.update(timezone="Pacific/Auckland")  # there the 23rd begins half a day earlier
    refused_by("psat_no_answer_after_close", lambda: row.update(score=4, answered_at=AFTER - timedelta(seconds=1)))


def test_an_open_wave_keeps_its_name_and_closes_no_later(cast: Cast, wave: PsatWave) -> None:
    for change in (
        {"code": "x"},
        {"opened_on": date(2026, 1, 1)},
        {"closes_on": date(2026, 12, 1)},
        {"frozen_at": None},
    ):
        refused_by("psat_wave_kept", partial(PsatWave.objects.filter(pk=wave.pk).update, **change))


# Mails


def mails_to(address: str) -> list[dict[str, Any]]:
    return list(
        OutboxMessage.objects.filter(topic="mail", payload__to=address).order_by("pk").values_list("payload", flat=True)
    )


def test_each_person_gets_one_mail_with_five_links(cast: Cast, wave: PsatWave) -> None:
    assert mails.send_survey_mails(now=NOW) == 6
    assert mails.send_survey_mails(now=NOW) == 0
    (sent,) = mails_to("jere@northwind.example")
    assert sent["subject"] == "How is it to work with Vendor?"
    links = re.findall(r"^([1-5]) – (.+): http://127\.0\.0\.1:8000(/survey/\S+)$", sent["text"], re.MULTILINE)
    assert [(score, word) for score, word, _path in links] == [
        ("5", "very satisfied"),
        ("4", "satisfied"),
        ("3", "neither"),
        ("2", "dissatisfied"),
        ("1", "very dissatisfied"),
    ]
    assert links[1][2].endswith("/?score=4")
    assert "until the end of 22 November 2026" in sent["text"]


def test_reminders_are_two_at_most_and_only_without_an_answer(cast: Cast, wave: PsatWave) -> None:
    mails.send_survey_mails(now=NOW)
    say(invitation(cast, "owner"), 5)
    days = {day: mails.send_survey_mails(now=NOW + timedelta(days=day)) for day in range(1, 25)}
    assert {day: count for day, count in days.items() if count} == {7: 5, 18: 5}
    assert [mail["subject"] for mail in mails_to("jere@northwind.example")] == [
        "How is it to work with Vendor?",
        "Reminder: How is it to work with Vendor?",
        "Reminder: How is it to work with Vendor?",
    ]
    assert len(mails_to("sanna@northwind.example")) == 1


def test_who_has_left_is_not_written_to(cast: Cast, wave: PsatWave) -> None:
    Membership.objects.filter(user=cast.seller).update(is_active=False)
    cast.rival_owner.is_active = False
    cast.rival_owner.save()
    assert mails.send_survey_mails(now=NOW) == 4


def test_mails_are_written_in_bounded_numbers(cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "CHUNK", 2)
    monkeypatch.setattr(mails, "MOST_AT_ONCE", 4)
    assert [mails.send_survey_mails(now=NOW) for _again in range(3)] == [4, 2, 0]


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_write_each_mail_once() -> None:
    assemble()
    open_wave(code="2026-h2", closes_on=CLOSES, actor=RULE, now=NOW)
    start = threading.Barrier(2)
    sent: list[int] = []

    def send() -> None:
        start.wait()
        sent.append(mails.send_survey_mails(now=NOW))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) + mails.send_survey_mails(now=NOW) == 6
    assert OutboxMessage.objects.filter(topic="mail").count() == 6


# Answers


def at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partners.portal.survey.timezone.now", lambda: moment)


def path_of(row: PsatInvitation, score: int | None = None) -> str:
    return link_for(row, score=score).removeprefix("http://127.0.0.1:8000")


def test_looking_at_the_link_of_a_score_records_nothing(
    cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(NOW, monkeypatch)
    row = invitation(cast)
    for method in ("get", "head"):
        page = getattr(Client(), method)(path_of(row, 2))
        assert page.status_code == 200
        assert page["Cache-Control"] == "private, no-store"
        assert page["Referrer-Policy"] == "same-origin"
    text = Client().get(path_of(row, 2)).content.decode()
    assert '<input type="radio" name="score" value="2" checked>' in text
    assert text.count(" checked") == 1
    row.refresh_from_db()
    assert (row.score, row.answered_at) == (None, None)


def test_the_button_records_and_the_answer_may_change(
    cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(NOW, monkeypatch)
    row, client = invitation(cast), Client(enforce_csrf_checks=False)
    done = client.post(path_of(row), {"score": "4", "comment": " Good people. "}, follow=True)
    assert "Thank you" in done.content.decode()
    row.refresh_from_db()
    assert (row.score, row.comment, row.may_contact, row.answered_at) == (4, "Good people.", False, NOW)
    at(NOW + timedelta(days=1), monkeypatch)
    page = client.get(path_of(row)).content.decode()
    assert "You have answered already" in page
    assert "Good people." in page
    client.post(path_of(row), {"score": "2", "comment": "", "may_contact": "on"})
    row.refresh_from_db()
    assert (row.score, row.comment, row.may_contact, row.answered_at) == (2, "", True, NOW + timedelta(days=1))


@pytest.mark.parametrize("score", ["", "0", "6", "4.5", "٤", "x"])
def test_a_score_that_is_none_is_refused(
    cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch, score: str
) -> None:
    at(NOW, monkeypatch)
    page = Client().post(path_of(invitation(cast)), {"score": score, "comment": "Kept"})
    assert page.status_code == 422
    assert "Choose a score from 1 to 5." in page.content.decode()
    assert "Kept" in page.content.decode()
    assert invitation(cast).score is None


def test_after_the_close_the_link_says_so(cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch) -> None:
    row = invitation(cast)
    say(row, 4)
    for moment, status in ((AFTER - timedelta(seconds=1), 200), (AFTER, 410)):
        at(moment, monkeypatch)
        assert Client().get(path_of(row)).status_code == status
    replayed = Client().post(path_of(row), {"score": "1"})
    assert replayed.status_code == 410
    assert "This survey has closed" in replayed.content.decode()
    assert invitation(cast).score == 4


def test_forged_and_foreign_links_open_nothing(cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch) -> None:
    at(NOW, monkeypatch)
    row = invitation(cast)
    claims = [
        signing.dumps([row.pk, row.user_id], salt="deals.reminder-link"),
        signing.dumps([row.pk, cast.rival_owner.pk], salt=PURPOSE),
        signing.dumps("x", salt=PURPOSE),
        signing.dumps([row.pk, "y"], salt=PURPOSE),
        token_of(row)[:-1] + "0",
        "a:b:c",
    ]
    for claim in claims:
        with pytest.raises(LinkError):
            open_link(claim, now=NOW)
        assert Client().post(f"/survey/{claim}/", {"score": "1"}).status_code == 404
    assert invitation(cast).score is None


def test_who_has_left_holds_a_dead_link(cast: Cast, wave: PsatWave) -> None:
    row = invitation(cast)
    Membership.objects.filter(user=cast.seller).update(is_active=False)
    with pytest.raises(LinkError):
        open_link(token_of(row), now=NOW)


def test_the_people_of_a_partner_that_has_ended_are_not_asked_any_more(cast: Cast, wave: PsatWave) -> None:
    row = invitation(cast)
    Partner.objects.filter(pk=row.partner_id).update(status="suspended")
    assert open_link(token_of(row), now=NOW).pk == row.pk
    Partner.objects.filter(pk=row.partner_id).update(status="terminated")
    with pytest.raises(LinkError):
        open_link(token_of(row), now=NOW)
    mails.send_survey_mails(now=NOW)
    assert OutboxMessage.objects.exists()
    assert not [mail for mail in OutboxMessage.objects.all() if "@northwind" in str(mail.payload["to"])]


def test_many_answers_and_many_guesses_are_refused(cast: Cast, wave: PsatWave, monkeypatch: pytest.MonkeyPatch) -> None:
    at(NOW, monkeypatch)
    path = path_of(invitation(cast))
    for _again in range(30):
        assert Client().post(path, {"score": "3"}).status_code == 302
    assert Client().post(path, {"score": "1"}).status_code == 429
    assert invitation(cast).score == 3


def test_nothing_of_an_answer_is_in_a_log(cast: Cast, wave: PsatWave) -> None:
    trail = AuditEvent.objects.count()
    say(invitation(cast), 1, comment="Angry", may_contact=True)
    assert AuditEvent.objects.count() == trail
    assert cast.partner.activities.count() == 0


def test_a_partner_sees_no_answer_and_no_invitation(cast: Cast, wave: PsatWave) -> None:
    assert PsatInvitation.objects.visible_to(cast.actor("manager")).count() == 6
    assert PsatInvitation.objects.visible_to(cast.actor("owner")).count() == 0


# Closing


def test_closing_by_hand_ends_it_today(cast: Cast, wave: PsatWave) -> None:
    row = invitation(cast)
    closed = close_wave(code="2026-h2", actor=cast.actor("admin"), now=NOW + timedelta(days=2))
    assert closed.closes_on == date(2026, 11, 4)
    with pytest.raises(ClosedError):
        open_link(token_of(row), now=NOW + timedelta(days=2))
    with pytest.raises(StaleError):
        close_wave(code="2026-h2", actor=cast.actor("admin"), now=NOW + timedelta(days=2))


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_meets_the_close_is_refused() -> None:
    """The close holds the wave; the answer waits for it, and then is too late."""
    cast = assemble()
    open_wave(code="2026-h2", closes_on=CLOSES, actor=RULE, now=NOW)
    row = invitation(cast)
    closing, answered = threading.Event(), threading.Event()
    outcome: list[type[Exception] | None] = []

    def say_late() -> None:
        closing.wait()
        try:
            say(row, 1, now=NOW + timedelta(days=2))
            outcome.append(None)
        except DomainError as refused:
            outcome.append(type(refused))
        connection.close()
        answered.set()

    thread = threading.Thread(target=say_late)
    thread.start()
    with transaction.atomic():
        PsatWave.objects.filter(code="2026-h2").update(closes_on=date(2026, 11, 4))
        closing.set()
        assert not answered.wait(0.5)
    thread.join()
    assert outcome == [ClosedError]
    assert invitation(cast).score is None


# Follow-ups


@pytest.mark.parametrize(
    ("score", "may_contact", "opens"), [(1, True, 1), (2, True, 1), (3, True, 0), (5, True, 0), (1, False, 0)]
)
def test_a_low_score_opens_a_follow_up_only_with_consent(
    cast: Cast, wave: PsatWave, score: int, may_contact: bool, opens: int
) -> None:
    say(invitation(cast), score, comment="Slow answers", may_contact=may_contact)
    assert PsatFollowUp.objects.count() == opens
    assert len(mails_to("anna@vendor.example")) == opens


def test_consent_that_is_taken_back_takes_the_follow_up_back(cast: Cast, wave: PsatWave) -> None:
    row = invitation(cast)
    say(row, 1, may_contact=True)
    say(row, 2, may_contact=True)
    assert len(mails_to("anna@vendor.example")) == 1
    say(row, 2)
    assert not PsatFollowUp.objects.exists()


def test_what_came_of_a_follow_up_is_written_once(cast: Cast, wave: PsatWave) -> None:
    say(invitation(cast), 1, may_contact=True)
    found = PsatFollowUp.objects.get()
    with pytest.raises(NotAllowedError):
        finish_follow_up(public_id=found.public_id, note="Called", actor=cast.actor("owner"), now=NOW)
    with pytest.raises(DomainError, match="Say what came of it"):
        finish_follow_up(public_id=found.public_id, note=" ", actor=cast.actor("manager"), now=NOW)
    done = finish_follow_up(public_id=found.public_id, note="Called", actor=cast.actor("manager"), now=NOW)
    assert (done.done_at, done.done_by, done.note) == (NOW, cast.manager, "Called")
    with pytest.raises(StaleError):
        finish_follow_up(public_id=found.public_id, note="Again", actor=cast.actor("manager"), now=NOW)
    say(invitation(cast), 5)  # a talk that was had stays written
    assert PsatFollowUp.objects.count() == 1
