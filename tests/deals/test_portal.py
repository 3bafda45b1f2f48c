"""The portal's deals: a form that works without JavaScript, a list, one page each, and nothing of a rival's."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import AvailabilityCheck, Registration
from deals.services.decisions import approve_registration
from deals.services.submission import submit_registration
from prm.models import Program
from tests.cast import Cast, assemble
from tests.factories.deals import (
    a_deal,
    make_account,
    make_family,
    make_registration,
)

pytestmark = pytest.mark.django_db

LIST, NEW, CHECK = "/portal/deals/", "/portal/deals/new/", "/portal/deals/check/"


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    make_family("security")
    make_family("backup")
    return made


def typed(**fields: str) -> dict[str, str]:
    month = timezone.localdate().strftime("%Y-%m")
    return {
        "website": "lumisaari.fi",
        "family": "security",
        "company": "Lumisaari Oy",
        "country": "FI",
        "expected_mrr": "480.00",
        "currency": "EUR",
        "expected_close_on": month,
        "contact": "",
        **fields,
    }


def text(response: HttpResponse | Any) -> str:
    return str(response.content.decode())


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def page_of(registration: Registration) -> str:
    return f"/portal/deals/{registration.public_id}/"


def test_a_seller_registers_a_deal_and_reads_what_is_next(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    assert "What happens next" in text(seller.get(NEW))
    answer = seller.post(NEW, typed(), follow=True)
    registration = Registration.objects.get()
    assert answer.redirect_chain == [(page_of(registration), 302)]
    assert registration.status == "submitted"
    assert (registration.holder, registration.submitted_by) == (cast.partner, cast.seller)
    page = text(answer)
    assert "Lumisaari Oy" in page
    assert "You see the rule and the reason, whatever the answer." in page
    assert "submitted it and took a queue position." in page


def test_what_is_missing_is_said_at_the_top_with_422(cast: Cast) -> None:
    answer = cast.signed_in("seller").post(NEW, typed(website="lumisaari", company="", expected_mrr="much"))
    assert answer.status_code == 422
    page = text(answer)
    assert "3 things need to be put right" in page
    assert "Enter a complete domain, for example example.com." in page
    assert "Enter a number, for example 1,250.50." in page
    assert 'value="much"' in page
    assert not Registration.objects.exists()


@pytest.mark.parametrize("amount", ["-1", "10000000000000", "1e5", "NaN"])
def test_absurd_amounts_are_refused(cast: Cast, amount: str) -> None:
    assert cast.signed_in("seller").post(NEW, typed(expected_mrr=amount)).status_code == 422


def test_free_mail_may_be_submitted_and_a_person_looks(cast: Cast) -> None:
    page = text(cast.signed_in("seller").post(NEW, typed(website="anna@gmail.com"), follow=True))
    assert "The website does not tell for certain which customer this is" in page


def test_a_draft_is_saved_continued_and_submitted(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    saved = seller.post(NEW, {"website": "lumisaari.fi", "family": "backup", "draft": "1"}, follow=True)
    draft = Registration.objects.get()
    assert (draft.status, draft.account, draft.family.code) == ("draft", None, "backup")
    assert "It has no queue position until you submit it." in text(saved)
    edit = f"{page_of(draft)}edit/"
    assert 'value="lumisaari.fi"' in text(seller.get(edit))
    assert seller.post(edit, typed(version="99")).status_code == 422
    seller.post(edit, typed(version="1"))
    draft.refresh_from_db()
    assert (draft.status, draft.family.code) == ("submitted", "security")
    assert seller.get(edit).status_code == 302


def test_a_draft_needs_a_customer_at_least(cast: Cast) -> None:
    answer = cast.signed_in("seller").post(NEW, {"family": "backup", "draft": "1"})
    assert answer.status_code == 422
    assert "Enter a website or a company name" in text(answer)


def test_a_draft_is_discarded(cast: Cast) -> None:
    draft = make_registration(cast.partner, status="draft")
    answer = cast.signed_in("seller").post(f"{page_of(draft)}act/", {"act": "discard", "version": "1"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert not Registration.objects.exists()


def test_a_refusal_never_names_the_rival(cast: Cast) -> None:
    account = make_account("Lumisaari Hotels Oy", domain="lumisaari.fi")
    held = make_registration(cast.rival, account=account, family=make_family("security"), status="approved")
    page = text(cast.signed_in("seller").post(NEW, typed(), follow=True))
    assert "Rejected" in page
    assert "This customer is not available for Security at the moment." in page
    for secret in ("Contoso", held.reference, "Lumisaari Hotels"):
        assert secret not in page
    waiting = text(cast.signed_in("seller").post(NEW, typed(wait="on"), follow=True))
    assert "You wait in line with your queue position." in waiting


def test_the_live_verdict_is_one_word_and_counts_the_customer(cast: Cast) -> None:
    account = make_account(domain="held.fi")
    make_registration(
        cast.rival, account=account, family=make_family("security"), status="approved", now=timezone.now()
    )
    seller = cast.signed_in("seller")

    def check(website: str) -> str:
        return text(seller.post(CHECK, {"website": website, "family": "security"}))

    assert 'data-state="available"' in check("lumisaari.fi")
    refused = check("held.fi")
    assert 'data-state="not_available"' in refused
    assert "Contoso" not in refused
    assert "2 of 30" in refused
    assert 'data-state="idle"' in check("lumi")
    assert 'data-state="unknown"' in check("gmail.com")
    assert AvailabilityCheck.objects.count() == 3  # free mail too, as one that identifies nobody
    Program.objects.update(checks_per_day=2)
    assert "Submit to learn" in check("third.fi")
    assert seller.get(CHECK).status_code == 405


def test_only_owners_and_sellers_register(cast: Cast) -> None:
    for who in ("finance", "marketing"):
        client = cast.signed_in(who)
        assert client.get(LIST).status_code == 200
        assert "Register a deal" not in text(client.get(LIST))
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, typed()).status_code == 403
        assert client.post(CHECK, {"website": "lumisaari.fi"}).status_code == 403
    assert cast.signed_in("owner").get(NEW).status_code == 200


def test_a_suspended_partner_sees_but_submits_nothing(cast: Cast) -> None:
    cast.partner.status = "suspended"
    cast.partner.save()
    seller = cast.signed_in("seller")
    assert seller.get(LIST).status_code == 200
    assert "Your partnership is not active" in text(seller.get(NEW))
    answer = seller.post(NEW, typed())
    assert answer.status_code == 422
    assert "cannot register deals" in text(answer)


def test_the_list_shows_state_and_what_is_left(cast: Cast) -> None:
    now = timezone.now()
    make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved", days_left=6, now=now)
    make_registration(cast.partner, account=make_account("Suvanto Oy"), status="approved", days_left=21, now=now)
    make_registration(cast.partner, account=make_account("Meren Oy"), status="returned", due_at=now + timedelta(days=3))
    make_registration(cast.partner, account=make_account("Lost Oy"), status="lost")
    make_registration(cast.rival, account=make_account("Secret Oy"), status="approved")
    page = text(cast.signed_in("seller").get(LIST))
    assert page.index("Haapala Oy") < page.index("Suvanto Oy") < page.index("Meren Oy")
    for shown in ("Ends soon", "6 days", "Protected", "21 days", "Your answer", "3 of 15 open registrations"):
        assert shown in page
    for hidden in ("Lost Oy", "Secret Oy"):
        assert hidden not in page
    every = text(cast.signed_in("seller").get(f"{LIST}?state=all&sort=-customer"))
    assert every.index("Suvanto Oy") < every.index("Haapala Oy")
    assert "Lost Oy" in every
    none = text(cast.signed_in("seller").get(f"{LIST}?state=won"))
    assert "No deal matches this filter" in none


def test_an_empty_list_says_what_to_do(cast: Cast) -> None:
    assert "No deals yet" in text(cast.signed_in("seller").get(LIST))


def test_the_list_as_csv_is_the_same_list(cast: Cast) -> None:
    make_registration(cast.partner, account=make_account("=Haapala Oy", domain="haapala.fi"), status="approved")
    make_registration(cast.rival, account=make_account("Secret Oy"))
    answer = cast.signed_in("seller").get(f"{LIST}deals.csv?state=approved")
    rows = list(csv.DictReader(StringIO(text(answer).removeprefix("\ufeff"))))
    assert [(row["customer"], row["website"], row["state"], row["expected_mrr"]) for row in rows] == [
        ("'=Haapala Oy", "haapala.fi", "approved", "480")
    ]


@pytest.mark.parametrize("path", [LIST, f"{LIST}?state=all&family=security&sort=until&q=Oy", NEW])
def test_queries_do_not_grow_with_the_number_of_deals(cast: Cast, path: str) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            make_registration(cast.partner, status="approved")

    add(2)
    seller = cast.signed_in("seller")
    few = queries(seller, path)
    add(18)
    assert queries(seller, path) == few
    assert few <= 12


def test_a_deals_page_asks_few_queries(cast: Cast) -> None:
    registration = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=timezone.now())
    seller = cast.signed_in("seller")
    few = queries(seller, page_of(registration))
    approve_registration(registration_id=registration.pk, actor=cast.actor("manager"), now=timezone.now(), version=None)
    assert queries(seller, page_of(registration)) == few
    assert few <= 12


def test_a_question_is_answered_on_the_page(cast: Cast) -> None:
    registration = make_registration(
        cast.partner, status="returned", decision_reason="Which company signs?", due_at=timezone.now()
    )
    seller, path = cast.signed_in("seller"), page_of(registration)
    assert "Which company signs?" in text(seller.get(path))
    empty = seller.post(f"{path}act/", {"act": "answer", "version": "1", "text": " "})
    assert empty.status_code == 422
    assert "Write an answer." in text(empty)
    stale = seller.post(f"{path}act/", {"act": "answer", "version": "7", "text": "The parent."})
    assert stale.status_code == 409
    assert "The parent." in text(stale)
    done = seller.post(f"{path}act/", {"act": "answer", "version": "1", "text": "The parent."}, follow=True)
    assert "Your answer was sent." in text(done)
    registration.refresh_from_db()
    assert registration.status == "submitted"


def test_stage_extension_loss_and_withdrawal(cast: Cast) -> None:
    now = timezone.now()
    registration = make_registration(cast.partner, status="approved", days_left=6, now=now)
    seller, path = cast.signed_in("seller"), page_of(registration)
    assert "Ask for 30 more days" in text(seller.get(path))

    def act(name: str, **fields: str) -> str:
        registration.refresh_from_db()
        values = {"act": name, "version": str(registration.version), **fields}
        return text(seller.post(f"{path}act/", values, follow=True))

    assert "The stage is Proposal now." in act("stage", stage="proposal")
    assert "The protection was extended." in act("extend", text="Legal review")
    assert "Why you need more time" not in text(seller.get(path))
    assert "The deal was marked as lost." in act("lose")
    assert "that step is not possible" in act("withdraw")
    other = make_registration(cast.partner)
    seller.post(f"{page_of(other)}act/", {"act": "withdraw", "version": "1"})
    other.refresh_from_db()
    assert other.status == "withdrawn"


def test_marketing_reads_a_deal_and_changes_nothing(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    client, path = cast.signed_in("marketing"), page_of(registration)
    assert "Withdraw registration" not in text(client.get(path))
    assert client.post(f"{path}act/", {"act": "withdraw", "version": "1"}).status_code == 403


def test_a_rival_finds_nothing(cast: Cast) -> None:
    registration = make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved")
    draft = make_registration(cast.partner, status="draft")
    rival = cast.signed_in("rival_owner")
    for path in (page_of(registration), page_of(draft), f"{page_of(draft)}edit/"):
        assert rival.get(path).status_code == 404
    for name in ("withdraw", "lose", "extend", "stage", "answer", "discard"):
        answer = rival.post(f"{page_of(registration)}act/", {"act": name, "version": "1", "text": "x"})
        assert answer.status_code == 404
    assert rival.post(f"{page_of(draft)}edit/", typed(version="1")).status_code == 404
    assert "Haapala" not in text(rival.get(f"{LIST}?state=all"))
    assert "Haapala" not in text(rival.get(f"{LIST}deals.csv?state=all"))
    assert cast.signed_in("manager").get(page_of(registration)).status_code == 403


def test_home_shows_open_deals_and_what_needs_the_seller(cast: Cast) -> None:
    now = timezone.now()
    make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved", days_left=6, now=now)
    make_registration(
        cast.partner,
        account=make_account("Meren Oy"),
        status="returned",
        decision_reason="Who signs?",
        due_at=now + timedelta(days=2),
    )
    make_registration(cast.rival, account=make_account("Secret Oy"), status="approved", days_left=3, now=now)
    page = text(cast.signed_in("seller").get("/portal/"))
    for shown in ("Answer a question on Meren Oy", "Who signs?", "Haapala Oy loses protection on", "Open deals"):
        assert shown in page
    assert "Secret" not in page
    assert "Answer a question" not in text(cast.signed_in("marketing").get("/portal/"))


def test_digits_of_other_scripts_are_words_like_others(cast: Cast) -> None:
    assert cast.signed_in("seller").get(LIST, {"q": "²"}).status_code == 200


def test_a_form_that_is_sent_twice_is_one_deal(cast: Cast) -> None:
    seller = cast.signed_in("seller")
    first, second = (seller.post(NEW, typed()) for _press in range(2))
    assert Registration.objects.get().status == "submitted"
    assert first["Location"] == second["Location"]
    other = cast.signed_in("owner").post(NEW, typed(), follow=True)
    assert "Rejected" in text(other)


def test_a_reason_has_an_end(cast: Cast) -> None:
    held = make_registration(cast.partner, status="approved", now=timezone.now())
    answer = cast.signed_in("seller").post(
        f"{page_of(held)}act/", {"act": "withdraw", "version": "1", "text": "x" * 5001}
    )
    held.refresh_from_db()
    assert (answer.status_code, held.status) == (422, "approved")
