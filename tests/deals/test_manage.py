"""The console of deals: the queue, its evidence, decisions, the list, and winning."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import Credit, NamedAccount, Registration
from deals.services.submission import submit_registration
from tests.cast import Cast, assemble
from tests.factories.deals import (
    a_deal,
    make_account,
    make_family,
    make_product,
    make_registration,
    make_subscription,
)

pytestmark = pytest.mark.django_db

QUEUE, LIST = "/manage/decisions/", "/manage/registrations/"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(response: Any) -> str:
    return str(response.content.decode())


def submit(cast: Cast, who: str = "seller", **fields: Any) -> Registration:
    made = submit_registration(
        deal=a_deal(fields.pop("website", "lumisaari.fi"), **fields), actor=cast.actor(who), now=timezone.now()
    )
    return Registration.objects.get(pk=made.pk)


def decide(client: Client, registration: Registration, act: str, reason: str = "", version: int | None = None) -> Any:
    values = {"act": act, "reason": reason, "version": str(version or registration.version)}
    return client.post(f"{QUEUE}{registration.public_id}/decide/", values, follow=True)


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_queue_shows_what_is_due_first_and_says_what_is_late(cast: Cast) -> None:
    now = timezone.now()
    make_registration(cast.partner, account=make_account("Later Oy"), due_at=now + timedelta(hours=5))
    make_registration(
        cast.rival,
        account=make_account("Late Oy"),
        due_at=now - timedelta(hours=5),
        submitted_at=now - timedelta(days=5),
    )
    make_registration(cast.partner, account=make_account("Decided Oy"), status="approved")
    page = text(cast.signed_in("manager").get(QUEUE))
    assert page.index("Late Oy") < page.index("Later Oy")
    assert "2 wait, 1 late, oldest 5 days" in page
    assert "Decided Oy" not in page
    assert '<span class="count">2<' in page


def test_an_empty_queue_says_so(cast: Cast) -> None:
    page = text(cast.signed_in("manager").get(QUEUE))
    assert "Nothing waits for a decision" in page


def test_evidence_findings_and_consequences_stand_side_by_side(cast: Cast) -> None:
    family = make_family("backup")
    account = make_account("Spółdzielnia Mleczna Narew", domain="narew-mleko.pl", country="PL")
    make_subscription(account, product=make_product(family=make_family("workspace")), mrr="1840")
    NamedAccount.objects.create(account=account, policy="co-sell", owner_email="ann@vendor.example")
    first = submit(cast, website="narew-mleko.pl", company="Spoldzielnia Mleczna Narew", country="PL", family=family)
    submit(cast, "rival_seller", website="narew-mleko.pl", company="Narew", country="PL", family=family)
    page = text(cast.signed_in("manager").get(f"{QUEUE}{first.public_id}/"))
    for shown in (
        "Spółdzielnia Mleczna Narew, Poland",
        "Workspace, €1,840.00 a month since 1 January 2026. No Backup.",
        "First in line. One rival is behind it.",
        "The list says: co-sell. Owner: ann@vendor.example.",
        "14 rules passed",
        "Approve with co-sell",
        "Contoso Cloud waits, queue position kept, up to 180 days.",
        "Tomasz Rey, Contoso Cloud",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("act", "reason", "status", "said"),
    [
        ("approve", "", "approved", "Approved: Northwind IT is protected on Lumisaari Oy."),
        ("co_sell", "", "approved", "Approved: Northwind IT is protected on Lumisaari Oy."),
        ("reject", "No contact.", "rejected", "Rejected: Northwind IT reads your reason on Lumisaari Oy."),
        ("return", "Who signs?", "returned", "Returned: Northwind IT is asked about Lumisaari Oy."),
    ],
)
def test_a_decision_answers_in_place_and_goes_to_the_next(
    cast: Cast, act: str, reason: str, status: str, said: str
) -> None:
    first = submit(cast)
    following = submit(cast, "rival_seller", website="kivi.fi", company="Kivi Oy")
    answer = decide(cast.signed_in("manager"), first, act, reason)
    assert answer.redirect_chain[-1][0] == f"{QUEUE}{following.public_id}/"
    assert said in text(answer)
    assert "Kivi Oy" in text(answer)
    first.refresh_from_db()
    assert (first.status, first.origin) == (status, "co_sell" if act == "co_sell" else "partner")


def test_a_reason_is_asked_for_and_what_was_typed_stays(cast: Cast) -> None:
    registration = submit(cast)
    answer = decide(cast.signed_in("manager"), registration, "reject")
    assert answer.status_code == 422
    assert "Give the reason that the partner reads." in text(answer)
    assert decide(cast.signed_in("manager"), registration, "nonsense", "why").status_code == 422


def test_a_stale_decision_is_409_and_says_who_was_first(cast: Cast) -> None:
    registration = submit(cast)
    decide(cast.signed_in("second_manager"), registration, "reject", "No contact.")
    answer = decide(cast.signed_in("manager"), registration, "approve")
    assert answer.status_code == 409
    page = text(answer)
    assert "Somebody else changed this registration." in page
    assert "Piotr Zawada rejected it." in page
    registration.refresh_from_db()
    assert registration.status == "rejected"


def test_the_second_in_line_is_not_approved_before_the_first(cast: Cast) -> None:
    first, second = submit(cast), submit(cast, "rival_seller")
    answer = decide(cast.signed_in("manager"), second, "approve")
    assert answer.status_code == 422
    assert f"Behind an earlier submission ({first.reference}, Northwind IT" in text(answer)


def test_viewers_look_and_decide_nothing(cast: Cast) -> None:
    registration = submit(cast)
    for who in ("viewer", "finance_person"):
        client = cast.signed_in(who)
        page = text(client.get(f"{QUEUE}{registration.public_id}/"))
        assert "Lumisaari Oy" in page
        assert 'data-key="a"' not in page
        assert '<span class="count">' not in page
        assert decide(client, registration, "approve").status_code == 403
        act = f"{LIST}{registration.public_id}/act/"
        assert client.post(act, {"act": "withdraw", "version": "1"}).status_code == 403
        assert client.get(f"{LIST}{registration.public_id}/win/").status_code == 403
    registration.refresh_from_db()
    assert registration.status == "submitted"


def test_partners_never_come_in(cast: Cast) -> None:
    registration = submit(cast)
    for who in ("owner", "rival_owner"):
        client = cast.signed_in(who)
        for path in (QUEUE, f"{QUEUE}{registration.public_id}/", LIST, f"{LIST}{registration.public_id}/"):
            assert client.get(path).status_code == 403
        assert decide(client, registration, "approve").status_code == 403


def test_drafts_stay_with_their_partner(cast: Cast) -> None:
    draft = make_registration(cast.partner, status="draft", company="Secret plan Oy")
    manager = cast.signed_in("manager")
    assert manager.get(f"{LIST}{draft.public_id}/").status_code == 404
    assert "Secret plan" not in text(manager.get(f"{LIST}?state=all"))


def test_the_list_finds_by_customer_partner_and_number(cast: Cast) -> None:
    mine = make_registration(cast.partner, account=make_account("Haapala Oy"))
    make_registration(cast.rival, account=make_account("Suvanto Oy"))
    manager = cast.signed_in("manager")
    for words in ("haapala", "Northwind", mine.reference, str(mine.number)):
        page = text(manager.get(LIST, {"q": words}))
        assert "Haapala Oy" in page
        assert "Suvanto Oy" not in page
    assert "No registration matches this filter" in text(manager.get(LIST, {"q": "nobody"}))
    found = manager.get("/manage/search/", {"q": mine.reference})
    assert found["Location"] == f"{LIST}{mine.public_id}/"


@pytest.mark.parametrize("path", [QUEUE, f"{LIST}?state=all&sort=partner"])
def test_queries_do_not_grow(cast: Cast, path: str) -> None:
    def add(count: int) -> None:
        for number in range(count):
            submit(
                cast,
                "seller" if number % 2 else "rival_seller",
                website=f"c{Registration.objects.count()}.fi",
                company=f"Customer {Registration.objects.count()}",
            )

    cast.tier.live_cap = None
    cast.tier.save()
    add(2)
    manager = cast.signed_in("manager")
    few = queries(manager, path)
    add(14)
    assert queries(manager, path) == few
    assert few <= 12


@pytest.mark.parametrize("status", ["submitted", "approved", "won"])
def test_one_registration_asks_few_queries(cast: Cast, status: str) -> None:
    account = make_account(domain="lumisaari.fi")
    registration = make_registration(cast.partner, account=account, status=status)
    manager = cast.signed_in("manager")
    assert queries(manager, f"{LIST}{registration.public_id}/") <= 12
    assert queries(manager, f"{QUEUE}{registration.public_id}/") <= 12


def test_a_manager_closes_a_deal_as_won(cast: Cast) -> None:
    registration = make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved")
    product = make_product("gtx-pro")
    manager, path = cast.signed_in("manager"), f"{LIST}{registration.public_id}/"
    assert "Close as won" in text(manager.get(path))
    assert "Sourced" in text(manager.get(f"{path}win/"))
    values = {"version": "1", "product": product.pk, "mrr": "512.50", "currency": "EUR", "started_on": "2026-12-01"}
    empty = manager.post(f"{path}win/", {"version": "1"})
    assert empty.status_code == 422
    assert "4 things need to be put right" in text(empty)
    assert manager.post(f"{path}win/", values | {"version": "9"}).status_code == 409
    done = manager.post(f"{path}win/", values, follow=True)
    assert "Won: Northwind IT is credited with 100 % of Haapala Oy." in text(done)
    credit = Credit.objects.get()
    assert (credit.partner, str(credit.share), str(credit.valid_from)) == (cast.partner, "100.0000", "2026-12-01")
    registration.refresh_from_db()
    assert registration.status == "won"


def test_a_manager_links_what_billing_has_brought(cast: Cast) -> None:
    account = make_account()
    registration = make_registration(cast.partner, account=account, status="expired")
    subscription = make_subscription(account)
    path = f"{LIST}{registration.public_id}/win/"
    cast.signed_in("manager").post(path, {"version": "1", "subscription": subscription.pk})
    subscription.refresh_from_db()
    assert subscription.registration == registration


def test_a_manager_extends_loses_and_withdraws_for_the_partner(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", now=timezone.now())
    manager, path = cast.signed_in("manager"), f"{LIST}{registration.public_id}/"
    refused = manager.post(f"{path}act/", {"act": "extend", "version": "1", "text": ""})
    assert refused.status_code == 422
    said = manager.post(f"{path}act/", {"act": "extend", "version": "1", "text": "Legal"}, follow=True)
    assert "The protection was extended." in text(said)
    assert manager.post(f"{path}act/", {"act": "lose", "version": "1"}).status_code == 409
    manager.post(f"{path}act/", {"act": "lose", "version": "2", "text": "Budget"})
    registration.refresh_from_db()
    assert registration.status == "lost"
