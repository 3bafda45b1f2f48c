"""Applications: score with its parts, confirmed addresses, joined duplicates, decisions, and the doors."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from partners.models import (
    Application,
    ApplicationNote,
    Invitation,
    Onboarding,
    Partner,
    PartnerSettings,
    ScreeningChoice,
    ScreeningQuestion,
    StatusPeriod,
)
from partners.policy.applications import APPLICATION_STEPS, ScorePart, score_of
from partners.portal.apply_forms import clock
from partners.services.applications.deciding import (
    approve_application,
    ask_applicant,
    assign_application,
    reject_application,
    review_application,
)
from partners.services.applications.submitting import (
    Sent,
    answer_application,
    confirm_application,
    domain_of,
    forget_unconfirmed,
    submit_application,
)
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, OutboxMessage, User
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.applications import BEST, NOW, choices, make_application, token_of
from tests.waiting import wait_for_one_that_waits

pytestmark = pytest.mark.django_db
QUEUE = "/manage/partners/applications/"


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


def mails() -> list[dict[str, str]]:
    return [row.payload for row in OutboxMessage.objects.filter(topic="mail").order_by("pk")]


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", "", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def test_the_score_is_the_weighted_share_of_points() -> None:
    parts = [
        ScorePart("a", "A", "x", points=2, most=3, weight=30),
        ScorePart("b", "B", "y", points=3, most=3, weight=30),
        ScorePart("c", "C", "z", points=0, most=2, weight=20),
        ScorePart("d", "D", "w", points=1, most=2, weight=20),
    ]
    # (30 x 2/3 + 30 x 1 + 20 x 0 + 20 x 1/2) / 100
    assert score_of(parts) == Decimal("60.00")
    assert [part.share for part in parts] == [Decimal("66.67"), Decimal(100), Decimal(0), Decimal(50)]
    assert score_of([ScorePart("a", "A", "x", points=1, most=3, weight=1)]) == Decimal("33.33")
    assert score_of([]) == Decimal("0.00")
    assert score_of([ScorePart("a", "A", "x", points=0, most=0, weight=5)]) == Decimal("0.00")


def test_the_steps_of_an_application() -> None:
    assert {before: set(after) for before, after in APPLICATION_STEPS.items()} == {
        "unconfirmed": {"applied", "joined"},
        "applied": {"in_review"},
        "in_review": {"asked", "approved", "rejected"},
        "asked": {"in_review"},
    }


def test_an_application_keeps_the_questions_of_its_day_and_is_seen_once_confirmed(cast: Cast) -> None:
    made = make_application(
        confirmed=False, points={"cloud_experience": 2, "customer_base": 1, "fit": 1, "willingness": 0}
    )
    assert (made.status, made.domain, made.score) == ("unconfirmed", "aurora.example", Decimal("40.00"))
    assert made.parts[0] == {
        "code": "cloud_experience",
        "question": "How long has your company sold or run cloud services?",
        "answer": "Two to five years",
        "points": 2,
        "most": 3,
        "weight": 30,
    }
    assert not Application.objects.visible_to(cast.actor("manager")).exists()
    [mail] = mails()
    assert mail["to"] == "aino@aurora.example"
    assert "/apply/mine/" in mail["text"]
    ScreeningQuestion.objects.filter(code="fit").update(weight=100)
    confirm_application(token=token_of(made), now=NOW)
    confirm_application(token=token_of(made), now=NOW + timedelta(days=1))
    found = again(made)
    assert (found.status, found.confirmed_at, found.score) == ("applied", NOW, Decimal("40.00"))
    # five business days after Wednesday 10:00
    assert found.due_at == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert not Application.objects.visible_to(cast.actor("owner")).exists()
    assert Application.objects.visible_to(cast.actor("viewer")).get() == found


def test_the_parts_stand_in_the_order_of_the_form(cast: Cast) -> None:
    for position, code in enumerate(("willingness", "fit", "customer_base", "cloud_experience")):
        ScreeningQuestion.objects.filter(code=code).update(position=position)
    parts = [part["code"] for part in make_application().parts]
    assert parts == ["willingness", "fit", "customer_base", "cloud_experience"]


def test_a_new_weight_holds_from_its_day(cast: Cast) -> None:
    old = ScreeningQuestion.objects.get(code="fit")
    old.valid_until = NOW.date()
    old.save()
    new = ScreeningQuestion.objects.create(code="fit", text="Fit?", weight=0, valid_from=NOW.date())
    ScreeningChoice.objects.create(question=new, text="Yes", points=1)
    made = make_application(points={"cloud_experience": 0, "customer_base": 3, "fit": 1, "willingness": 0})
    weights = {part["code"]: part["weight"] for part in made.parts}
    assert weights == {"cloud_experience": 30, "customer_base": 30, "fit": 0, "willingness": 20}
    assert made.score == Decimal("37.50")  # 30 of 80: the new question weighs nothing
    asked = Sent(company="X", country="FI", type="msp", contact_name="X", contact_email="x@x.example")
    with pytest.raises(DomainError) as unanswered:
        submit_application(sent=asked, answers={}, now=NOW)
    assert (unanswered.value.code, unanswered.value.field) == ("unanswered", "cloud_experience")


def test_what_tells_the_company() -> None:
    assert domain_of(website="https://www.shop.aurora.example/x", email="a@gmail.com") == "aurora.example"
    assert domain_of(website="", email="a@mail.aurora.example") == "aurora.example"
    assert domain_of(website="", email="a@gmail.com") == ""


def test_a_second_application_of_the_company_is_joined_to_the_first(cast: Cast) -> None:
    first = make_application()
    second = make_application(contact_name="Olli Aho", contact_email="olli@aurora.example", website="")
    assert (second.status, second.joined_to, second.due_at) == ("joined", first, None)
    lines = ApplicationNote.objects.filter(application=first, kind="joined").values_list("text", flat=True)
    assert list(lines) == ["Olli Aho (olli@aurora.example) applied too."]
    other = make_application(website="borealis.example", contact_email="x@borealis.example")
    assert other.status == "applied"
    for number in (1, 2):  # free mail tells no company
        free = make_application(website="", contact_email=f"somebody{number}@gmail.com")
        assert (free.status, free.domain) == ("applied", "")
    reject_application(application_id=first.pk, text="No", actor=cast.actor("manager"), now=NOW)
    assert make_application(contact_email="new@aurora.example").status == "applied"


def test_taking_into_review_assigning_and_asking(cast: Cast) -> None:
    made = make_application()
    manager = cast.actor("manager")
    review_application(application_id=made.pk, actor=manager, now=NOW)
    assert (again(made).status, again(made).manager_email) == ("in_review", "anna@vendor.example")
    with pytest.raises(StaleError):
        review_application(application_id=made.pk, actor=manager, now=NOW)
    assign_application(application_id=made.pk, manager_email="piotr@vendor.example", actor=manager, now=NOW)
    assert again(made).manager_email == "piotr@vendor.example"
    for address in ("fiona@vendor.example", "nobody@vendor.example"):
        with pytest.raises(DomainError) as unknown:
            assign_application(application_id=made.pk, manager_email=address, actor=manager, now=NOW)
        assert unknown.value.code == "unknown_manager"
    ask_applicant(application_id=made.pk, text="Which customers?", actor=manager, now=NOW)
    assert (again(made).status, again(made).due_at) == ("asked", None)
    assert "Which customers?" in mails()[-1]["text"]
    with pytest.raises(StaleError):
        approve_application(application_id=made.pk, text="", actor=manager, now=NOW)
    with pytest.raises(DomainError):
        answer_application(token=token_of(made), text=" ", now=NOW)
    answer_application(token=token_of(made), text="Two banks", now=NOW + timedelta(days=1))
    assert (again(made).status, again(made).due_at) == ("in_review", datetime(2026, 12, 3, 10, tzinfo=UTC))
    with pytest.raises(StaleError):
        answer_application(token=token_of(made), text="More", now=NOW)


def test_a_rejection_has_a_reason_that_the_applicant_reads(cast: Cast) -> None:
    made = make_application()
    with pytest.raises(DomainError) as silent:
        reject_application(application_id=made.pk, text=" ", actor=cast.actor("manager"), now=NOW)
    assert silent.value.code == "reason_missing"
    reject_application(application_id=made.pk, text="Region <full>", actor=cast.actor("manager"), now=NOW)
    assert (again(made).status, again(made).decided_at, again(made).due_at) == ("rejected", NOW, None)
    assert "Region <full>" in mails()[-1]["text"]
    assert Partner.objects.filter(name="Aurora Cloud Oy").count() == 0


def test_an_approval_makes_the_partner_its_history_and_its_owners_invitation(cast: Cast) -> None:
    Partner.objects.create(code="aurora-cloud-oy", name="Older", type="msp", status="terminated")
    made = make_application()
    review_application(application_id=made.pk, actor=cast.actor("manager"), now=NOW + timedelta(days=2))
    partner = approve_application(
        application_id=made.pk, text="Welcome", actor=cast.actor("manager"), now=NOW + timedelta(days=5)
    )
    assert (partner.code, partner.status, partner.activated_on) == ("aurora-cloud-oy-2", "onboarding", None)
    assert (partner.type, partner.country, partner.website) == ("msp", "FI", "www.aurora.example")
    assert partner.manager_email == "anna@vendor.example"
    rows = StatusPeriod.objects.filter(partner=partner).order_by("valid_from")
    assert list(rows.values_list("status", "valid_from", "valid_until")) == [
        ("applied", date(2026, 11, 25), date(2026, 11, 27)),
        ("in_review", date(2026, 11, 27), date(2026, 11, 30)),
        ("onboarding", date(2026, 11, 30), None),
    ]
    invitation = Invitation.objects.get(partner=partner)
    assert (invitation.email, invitation.role) == ("aino@aurora.example", "owner")
    assert (again(made).status, again(made).partner) == ("approved", partner)
    assert any("Welcome to Partner program" in mail["subject"] for mail in mails())


def test_only_channel_managers_and_administrators_decide(cast: Cast) -> None:
    made = make_application()
    asked: dict[str, Any] = {"application_id": made.pk, "now": NOW}
    for person in ("viewer", "finance_person", "owner", "stranger"):
        actor = cast.actor(person)
        with pytest.raises(NotAllowedError):
            approve_application(**asked, text="x", actor=actor)
        with pytest.raises(NotAllowedError):
            reject_application(**asked, text="x", actor=actor)
        with pytest.raises(NotAllowedError):
            ask_applicant(**asked, text="x", actor=actor)
        with pytest.raises(NotAllowedError):
            review_application(**asked, actor=actor)
        with pytest.raises(NotAllowedError):
            assign_application(**asked, manager_email="anna@vendor.example", actor=actor)
    assert again(made).status == "applied"


def test_unconfirmed_ones_are_forgotten_after_two_weeks(cast: Cast) -> None:
    make_application(confirmed=False, now=NOW - timedelta(days=15))
    make_application(confirmed=False, now=NOW - timedelta(days=13))
    make_application(now=NOW - timedelta(days=30))
    assert forget_unconfirmed(now=NOW) == 1
    assert Application.objects.count() == 2


# The public form


def form(**changed: Any) -> dict[str, Any]:
    points = {"cloud_experience": 3, "customer_base": 3, "fit": 2, "willingness": 2}
    return {
        "company": "Aurora Cloud Oy",
        "website": "https://www.aurora.example/about",
        "country": "FI",
        "type": "msp",
        "contact_name": "Aino Virta",
        "contact_email": "Aino@Aurora.example",
        **{f"q_{code}": pk for code, pk in choices(points).items()},
        **changed,
    }


@pytest.fixture
def read_form(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a clock that has run as long as a person needs."""
    import time  # noqa: PLC0415

    real = time.time
    monkeypatch.setattr("django.core.signing.time.time", lambda: real() - 60)
    value = clock()
    monkeypatch.undo()
    return value


def test_a_stranger_applies_and_confirms_by_the_button_alone(cast: Cast, read_form: str) -> None:
    client = Client()
    assert client.get("/apply/").status_code == 200
    sent = client.post("/apply/", form(clock=read_form), follow=True)
    assert "Check your mail" in text(sent)
    made = Application.objects.get()
    assert (made.website, made.contact_email, made.score) == (
        "www.aurora.example",
        "aino@aurora.example",
        Decimal("100.00"),
    )
    path = f"/apply/mine/{token_of(made)}/"
    looked = client.get(path)
    assert (looked.status_code, looked["X-Robots-Tag"], again(made).status) == (200, "noindex", "unconfirmed")
    assert "a person reads your application" in text(client.post(path, follow=True))
    assert again(made).status == "applied"
    assert Client().get("/apply/mine/forged/").status_code == 404


def test_robots_are_kept_out_without_being_told(cast: Cast, read_form: str) -> None:
    client = Client()
    trapped = client.post("/apply/", form(clock=read_form, fax_number="1"), follow=True)
    assert "Check your mail" in text(trapped)
    too_quick = client.post("/apply/", form(clock=clock()))
    assert (too_quick.status_code, "once more" in text(too_quick)) == (409, True)
    forged = client.post("/apply/", form(clock="apply:x:y"))
    assert forged.status_code == 409
    incomplete = client.post("/apply/", form(clock=read_form, q_fit="", website="not a site"))
    assert incomplete.status_code == 422
    assert "Enter an address such as company.com." in text(incomplete)
    assert not Application.objects.exists()
    assert Client(enforce_csrf_checks=True).post("/apply/", form(clock=read_form)).status_code == 403


def test_applications_are_bounded_by_address_and_altogether(cast: Cast, read_form: str) -> None:
    client = Client()
    answers = [client.post("/apply/", form(clock=read_form)).status_code for _number in range(6)]
    assert answers == [302] * 5 + [429]
    assert Application.objects.count() == 5
    cache.clear()
    cache.set("apply", 200, 3600)
    assert Client().post("/apply/", form(clock=read_form)).status_code == 429


# The console


def test_the_queue_filters_and_acts_on_several(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one = make_application()
    two = make_application(website="borealis.example", company="Borealis", contact_email="b@borealis.example")
    manager = cast.signed_in("manager")
    page = text(manager.get(QUEUE))
    assert "2 applications." in page
    assert "1 application." in text(manager.get(f"{QUEUE}?q=bore"))
    done = manager.post(
        f"{QUEUE}several/", {"id": [str(one.public_id), str(two.public_id), "x"], "act": "review"}, follow=True
    )
    assert "2 applications changed." in text(done)
    assert "1 application." in text(manager.get(f"{QUEUE}?q=bore&manager=mine&status=in_review"))
    refused = manager.post(f"{QUEUE}several/", {"id": [str(one.public_id)], "act": "reject"}, follow=True)
    assert "Aurora Cloud Oy: Say why. The applicant reads it." in text(refused)
    assert cast.signed_in("viewer").post(f"{QUEUE}several/", {"act": "review"}).status_code == 403
    rows = manager.get(f"{QUEUE}applications.csv").content.decode().splitlines()
    assert len(rows) == 3
    assert rows[1].split(",")[1:4] == ["Aurora Cloud Oy", "www.aurora.example", "aurora.example"]
    for count in (2, 12):
        for number in range(count):
            make_application(website=f"c{count}-{number}.example", contact_email=f"a@c{count}-{number}.example")
        with django_assert_num_queries(7):
            manager.get(QUEUE)


def test_the_page_shows_the_parts_and_decides(cast: Cast) -> None:
    made = make_application()
    make_application(contact_name="Olli Aho", contact_email="olli@aurora.example")
    Partner.objects.create(code="old", name="Aurora Old", type="msp", status="terminated", website="aurora.example")
    path = f"{QUEUE}{made.public_id}/"
    page = text(cast.signed_in("manager").get(path))
    assert "100.00 of 100" in page
    assert "Over five years3 / 330" in page
    assert "Olli Aho applied too" in page
    assert "Already a partner: Aurora Old" in page
    viewer = cast.signed_in("viewer")
    assert 'id="decide"' not in viewer.get(path).content.decode()
    assert viewer.post(f"{path}act/", {"act": "approve"}).status_code == 403
    manager = cast.signed_in("manager")
    silent = manager.post(f"{path}act/", {"act": "reject"})
    assert (silent.status_code, "Say why." in text(silent)) == (422, True)
    done = manager.post(f"{path}act/", {"act": "approve", "reason": "Welcome."}, follow=True)
    assert "The partner exists, and its owner is invited." in text(done)
    late = manager.post(f"{path}act/", {"act": "reject", "text": "x"})
    assert late.status_code == 409
    hidden = make_application(confirmed=False, website="z.example", contact_email="z@z.example")
    assert manager.get(f"{QUEUE}{hidden.public_id}/").status_code == 404


def test_a_setting_moves_the_due_day(cast: Cast) -> None:
    PartnerSettings.objects.create(pk=1, application_business_days=1)
    assert make_application().due_at == datetime(2026, 11, 26, 10, tzinfo=UTC)


def test_the_api_lists_and_takes_applications(cast: Cast) -> None:
    made = make_application()
    [row] = integrator().get("applications?status=applied").json()["results"]
    assert (row["id"], row["score"], row["parts"][0]["weight"]) == (str(made.public_id), "100.00", 30)
    body = {
        "company": "Borealis",
        "country": "SE",
        "type": "reseller",
        "contact_name": "Bo",
        "contact_email": "Bo@borealis.example",
        "answers": {
            "cloud_experience": "Not yet",
            "customer_base": "Up to 20",
            "fit": "It would be something new",
            "willingness": "Nothing for now",
        },
    }
    sent = integrator().post("applications", body)
    assert (sent.status_code, sent.json()["status"], sent.json()["score"]) == (201, "applied", "20.00")
    wrong = integrator().post("applications", {**body, "answers": {"fit": "Perhaps"}})
    assert wrong.status_code == 400


def test_nobody_answers_themselves_into_review(cast: Cast) -> None:
    made = make_application()
    before = again(made)
    with pytest.raises(StaleError):
        answer_application(token=token_of(made), text="Have a look at us first", now=NOW + timedelta(days=3))
    assert (again(made).status, again(made).due_at) == ("applied", before.due_at)
    page = Client().post(f"/apply/mine/{token_of(made)}/", {"text": "Have a look at us first"})
    assert (page.status_code, "Nothing was asked." in text(page)) == (422, True)
    assert not made.notes.filter(kind="answered").exists()


def test_who_decided_an_application_stays_on_it(cast: Cast) -> None:
    made = make_application()
    reject_application(application_id=made.pk, text="No", actor=cast.actor("manager"), now=NOW)
    with pytest.raises(StaleError):
        assign_application(
            application_id=made.pk, manager_email="piotr@vendor.example", actor=cast.actor("manager"), now=NOW
        )
    assert again(made).manager_email == "anna@vendor.example"


def test_a_question_without_points_weighs_nothing_and_halves_go_up() -> None:
    idle = ScorePart("a", "A", "x", points=0, most=0, weight=50)
    assert score_of([idle, ScorePart("b", "B", "y", points=2, most=2, weight=50)]) == Decimal("100.00")
    assert score_of([ScorePart("a", "A", "x", points=2, most=3, weight=1)]) == Decimal("66.67")


@pytest.mark.parametrize("who", ["owner", "manager", "admin"])
def test_nobody_signed_in_applies_for_others(cast: Cast, who: str) -> None:
    sent = Sent("A", "FI", "msp", "Aino", "aino@aurora.example")
    with pytest.raises(NotAllowedError):
        submit_application(sent=sent, answers=choices(BEST), now=NOW, actor=cast.actor(who))


def test_the_website_tells_the_company_before_the_mail_does() -> None:
    assert domain_of(website="aurora.example", email="aino@borealis.example") == "aurora.example"


def test_an_answer_belongs_to_its_question(cast: Cast) -> None:
    given = choices(BEST)
    given["fit"], given["willingness"] = given["willingness"], given["fit"]
    with pytest.raises(DomainError) as refused:
        submit_application(sent=Sent("A", "FI", "msp", "Aino", "aino@aurora.example"), answers=given, now=NOW)
    assert refused.value.code == "unanswered"


def test_a_company_that_was_approved_is_not_approved_again(cast: Cast) -> None:
    first = make_application()
    partner = approve_application(application_id=first.pk, text="", actor=cast.actor("manager"), now=NOW)
    second = make_application(contact_email="pekka@aurora.example")
    assert (second.status, second.joined_to) == ("joined", first)
    assert Onboarding.objects.filter(partner=partner).exists()


def test_reviewing_takes_nobodys_application_away_and_leaves_a_trail(cast: Cast) -> None:
    made, manager = make_application(), cast.actor("manager")
    assign_application(application_id=made.pk, manager_email="piotr@vendor.example", actor=manager, now=NOW)
    review_application(application_id=made.pk, actor=manager, now=NOW)
    assert again(made).manager_email == "piotr@vendor.example"
    User.objects.filter(email="piotr@vendor.example").update(is_active=False)
    with pytest.raises(DomainError) as unknown:
        assign_application(application_id=made.pk, manager_email="piotr@vendor.example", actor=manager, now=NOW)
    assert unknown.value.code == "unknown_manager"
    events = AuditEvent.objects.filter(action__startswith="application.").order_by("pk")
    assert list(events.values_list("action", flat=True)) == [
        "application.confirmed", "application.assigned", "application.in_review",
    ]  # fmt: skip


def test_answers_have_a_length(cast: Cast) -> None:
    made = make_application()
    ask_applicant(application_id=made.pk, text="Why?", actor=cast.actor("manager"), now=NOW)
    with pytest.raises(DomainError) as refused:
        answer_application(token=token_of(made), text="x" * 4001, now=NOW)
    assert refused.value.code == "too_long"
    assert answer_application(token=token_of(made), text="x" * 4000, now=NOW).status == "in_review"


def test_links_are_looked_at_and_acted_on_in_bounds(cast: Cast) -> None:
    made, client = make_application(), Client()
    path = f"/apply/mine/{token_of(made)}/"
    answers = [client.post(path, {"text": "x"}).status_code for _number in range(21)]
    assert answers == [422] * 20 + [429]
    cache.clear()
    assert [client.get("/apply/mine/forged/").status_code for _number in range(121)] == [404] * 120 + [429]


def test_a_form_that_was_open_for_days_is_read_once_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    import time  # noqa: PLC0415

    real = time.time
    monkeypatch.setattr("django.core.signing.time.time", lambda: real() - 86_401)
    old = clock()
    monkeypatch.undo()
    assert Client().post("/apply/", form(clock=old)).status_code == 409
    assert not Application.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_of_one_company_at_once_are_one() -> None:
    cache.clear()
    assemble()
    ScreeningQuestion.objects.all().delete()
    sent = Sent("Aurora", "FI", "msp", "Aino", "aino@aurora.example", website="aurora.example")
    first, second = (submit_application(sent=sent, answers={}, now=NOW) for _number in range(2))

    def confirm() -> None:
        confirm_application(token=token_of(second), now=NOW)
        connection.close()

    other = threading.Thread(target=confirm)
    with transaction.atomic():
        confirm_application(token=token_of(first), now=NOW)
        other.start()
        wait_for_one_that_waits()
    other.join()
    assert (again(first).status, again(second).status) == ("applied", "joined")
    assert again(second).joined_to == first
