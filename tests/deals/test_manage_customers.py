"""The console of customers: list, page, duplicates, merges, hosts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import Account, AccountCandidate, AccountMerge, KeptHost, Registration
from deals.queries.hosts import website_of
from deals.services.merging import merge_accounts
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_registration, make_subscription

pytestmark = pytest.mark.django_db

LIST, PAIRS, MERGES, HOSTS = (
    "/manage/customers/",
    "/manage/customers/duplicates/",
    "/manage/customers/merges/",
    "/manage/customers/hosts/",
)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def manager(cast: Cast) -> Client:
    return cast.signed_in("manager")


def text(response: Any) -> str:
    return str(response.content.decode())


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def a_pair(**fields: Any) -> AccountCandidate:
    other = make_account("Narew Dairy", domain="narew.pl", country="PL", source_system="crm", external_id="a-1")
    account = make_account("Mleczarnia Narew", domain="narew-mleko.pl", country="PL")
    return AccountCandidate.objects.create(account=account, other=other, reason="similar_name", score=1, **fields)


@pytest.mark.parametrize(
    "typed",
    [
        "Hafenkante",
        "hafenkannte medien"[:6],
        "hafenkante.de",
        "https://www.hafenkante.de/en",
        "crm-7",
        "HAFENKANTE GmbH",
    ],
)
def test_a_customer_is_found_by_name_domain_and_external_id(manager: Client, typed: str) -> None:
    make_account("Hafenkante Medien GmbH", domain="hafenkante.de", source_system="crm", external_id="crm-7")
    make_account("Nordwind Energie AG", domain="nordwind.de")
    page = text(manager.get(LIST, {"q": typed}))
    assert "1 customer" in page
    assert "Hafenkante Medien GmbH" in page
    assert "Nordwind" not in page


def test_the_list_filters_sorts_and_downloads(manager: Client) -> None:
    make_account("Beta Oy", country="FI")
    make_account("Alfa GmbH", country="DE", is_prospect=True, domain="alfa.de")
    page = text(manager.get(LIST))
    assert page.index("Alfa GmbH") < page.index("Beta Oy")
    turned = text(manager.get(LIST, {"sort": "-name"}))
    assert turned.index("Beta Oy") < turned.index("Alfa GmbH")
    assert "Beta Oy" not in text(manager.get(LIST, {"country": "DE"}))
    assert "Alfa GmbH" not in text(manager.get(LIST, {"kind": "known"}))
    file = manager.get(f"{LIST}customers.csv", {"kind": "prospect"})
    alfa = Account.objects.get(name="Alfa GmbH")
    assert text(file).splitlines() == [
        "id,source_system,external_id,name,website,domains,country,segment,is_prospect",
        f"{alfa.public_id},,,Alfa GmbH,alfa.de,alfa.de,DE,,yes",
    ]
    assert "No customer matches this filter" in text(manager.get(LIST, {"q": "zzz"}))


def test_a_customers_page_shows_who_claims_it_and_what_it_pays_for(cast: Cast, manager: Client) -> None:
    pair = a_pair()
    group = make_account("Narew Group", country="PL")
    Account.objects.filter(pk=pair.other_id).update(parent=group)
    registration = make_registration(cast.partner, account=pair.other)
    make_subscription(pair.other, external_id="s-77")
    page = text(manager.get(f"{LIST}{pair.other.public_id}/"))
    for said in (
        "narew.pl",
        "crm a-1",
        registration.reference,
        "Northwind IT",
        "s-77",
        "Narew Group",
        "Mleczarnia Narew",
    ):
        assert said in page
    assert manager.get(f"{LIST}{group.public_id}/").status_code == 200
    assert manager.get(f"{LIST}00000000-0000-0000-0000-000000000000/").status_code == 404


def test_pages_take_the_same_queries_whatever_their_size(cast: Cast, manager: Client) -> None:
    pair = a_pair()
    make_registration(cast.partner, account=pair.other)
    paths = (LIST, f"{LIST}{pair.other.public_id}/", PAIRS, MERGES, HOSTS)
    once = make_account("Once", domain="once.fi")
    merge_accounts(survivor_id=pair.other_id, merged_id=once.pk, actor=cast.actor("manager"), now=timezone.now())
    few = {path: queries(manager, path) for path in paths}
    for number in range(4):
        one, other = make_account(f"One {number}", domain=f"one{number}.fi"), make_account(f"Two {number}")
        AccountCandidate.objects.create(account=one, other=other, reason="similar_name", score=0.7)
        make_registration(cast.rival, account=pair.other, status="withdrawn")
        make_subscription(pair.other)
        gone = make_account(f"Gone {number}", domain=f"gone{number}.fi")
        merge_accounts(survivor_id=one.pk, merged_id=gone.pk, actor=cast.actor("manager"), now=timezone.now())
        KeptHost.objects.create(domain=f"h{number}.fi", kind="own", added_at=timezone.now(), added_by="x")
    many = {path: queries(manager, path) for path in paths}
    assert many == few
    assert max(many.values()) <= 12


def test_a_pair_stands_side_by_side_and_different_is_not_asked_again(manager: Client) -> None:
    pair = a_pair()
    page = text(manager.get(PAIRS))
    assert "1 pair waits" in page
    assert page.index("Is this one customer?") < page.index("narew-mleko.pl") < page.index("Different")
    answer = manager.post(f"{PAIRS}{pair.public_id}/", {"act": "different"}, follow=True)
    assert "are different; nobody is asked again" in text(answer)
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_by) == ("different", "Anna Kowal")
    assert "No two customers look like one" in text(manager.get(PAIRS))
    assert manager.post(f"{PAIRS}{pair.public_id}/", {"act": "different"}).status_code == 409
    manager.post(f"{PAIRS}{pair.public_id}/", {"act": "again"})
    pair.refresh_from_db()
    assert pair.decision == ""
    assert manager.post(f"{PAIRS}{pair.public_id}/", {"act": "what"}).status_code == 422


def test_the_same_leads_to_a_merge_that_is_looked_at_and_taken_back(cast: Cast, manager: Client) -> None:
    pair = a_pair()
    make_registration(cast.partner, account=pair.account)
    answer = manager.post(f"{PAIRS}{pair.public_id}/", {"act": "merge"})
    assert answer.headers["Location"] == f"{LIST}{pair.other.public_id}/merge/?other={pair.account.public_id}"
    page = text(manager.get(answer.headers["Location"]))
    assert "Merge Mleczarnia Narew into Narew Dairy" in page
    assert "Registrations" in page
    done = manager.post(
        f"{LIST}{pair.other.public_id}/merge/", {"other": str(pair.account.public_id), "reason": "KRS 123"}, follow=True
    )
    assert "Mleczarnia Narew is Narew Dairy from now on" in text(done)
    merge = AccountMerge.objects.get()
    assert (merge.reason, merge.merged_by) == ("KRS 123", "Anna Kowal")
    listed = text(manager.get(MERGES))
    assert listed.index("Mleczarnia Narew") < listed.index("KRS 123") < listed.index("Take back")
    back = manager.post(f"{MERGES}{merge.public_id}/undo/", follow=True)
    assert "Mleczarnia Narew is a customer of its own again" in text(back)
    assert "already" in text(manager.post(f"{MERGES}{merge.public_id}/undo/", follow=True))


def test_a_collision_asks_for_the_keeper(cast: Cast, manager: Client) -> None:
    pair = a_pair()
    ours = make_registration(cast.partner, account=pair.account, status="approved")
    theirs = make_registration(cast.rival, account=pair.other, status="approved")
    path = f"{LIST}{pair.other.public_id}/merge/"
    other = str(pair.account.public_id)
    assert "Two partners are protected. Who keeps the customer?" in text(manager.get(path, {"other": other}))
    refused = manager.post(path, {"other": other})
    assert refused.status_code == 422
    assert "Name the one to keep of" in text(refused)
    manager.post(path, {"other": other, "keep-1": str(ours.public_id)})
    assert dict(Registration.objects.values_list("pk", "status")) == {ours.pk: "approved", theirs.pk: "superseded"}


def test_hosts_are_kept_with_audit_and_hold_at_once(manager: Client) -> None:
    assert website_of("shop.bazaar.fi").identifying == "bazaar.fi"
    make_account("Bazaar Oy", domain="bazaar.fi")
    values = {"domain": "https://Bazaar.fi/", "kind": "shared_host", "reason": "A market place"}
    answer = text(manager.post(HOSTS, values, follow=True))
    assert "bazaar.fi is kept, in effect from now on. It led to Bazaar Oy" in answer
    assert (website_of("shop.bazaar.fi").identifying, website_of("shop.bazaar.fi").kind) == ("", "shared_host")
    event = AuditEvent.objects.get(action="host.kept")
    assert (event.reason, event.data) == ("A market place", {"host": "bazaar.fi", "kind": [None, "shared_host"]})
    manager.post(f"{HOSTS}forget/", {"host": "bazaar.fi"})
    assert website_of("shop.bazaar.fi").identifying == "bazaar.fi"
    assert AuditEvent.objects.filter(action="host.forgotten").count() == 1
    manager.post(HOSTS, {"domain": "apple.com", "kind": "own"})
    assert website_of("www.apple.com").identifying == "apple.com"
    assert manager.post(HOSTS, {"domain": "nothing", "kind": "own"}).status_code == 422
    manager.post(HOSTS, {"domain": "post.example", "kind": "free_mail"})
    assert website_of("anna@post.example").kind == "free_mail"


@pytest.mark.parametrize("person", ["viewer", "finance_person"])
def test_others_look_and_decide_nothing(cast: Cast, person: str) -> None:
    pair, client = a_pair(), cast.signed_in(person)
    for path in (LIST, PAIRS, MERGES, HOSTS, f"{LIST}{pair.other.public_id}/"):
        assert client.get(path).status_code == 200
    assert 'name="act"' not in text(client.get(PAIRS))
    assert client.post(f"{PAIRS}{pair.public_id}/", {"act": "different"}).status_code == 404
    assert client.get(f"{LIST}{pair.other.public_id}/merge/?other={pair.account.public_id}").status_code == 403
    assert client.post(HOSTS, {"domain": "bazaar.fi", "kind": "own"}).status_code == 403
    assert client.post(f"{HOSTS}forget/", {"host": "bazaar.fi"}).status_code == 403


def test_a_merge_can_be_taken_back_for_30_days(cast: Cast, manager: Client) -> None:
    pair = a_pair()
    long_ago = timezone.now() - timedelta(days=31)
    done = merge_accounts(
        survivor_id=pair.other_id, merged_id=pair.account_id, actor=cast.actor("manager"), now=long_ago
    )
    assert f"{done.public_id}/undo/" not in text(manager.get(MERGES))
    assert "30 days" in text(manager.post(f"{MERGES}{done.public_id}/undo/", follow=True))
