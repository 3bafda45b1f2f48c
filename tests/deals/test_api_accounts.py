"""`/accounts`: who sees what, upsert by external id, lists by cursor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from deals.models import Account, AccountCandidate, AccountDomain
from prm.models import AuditEvent
from tests.api import Integrator, integrator
from tests.cast import assemble
from tests.factories.deals import make_registration
from tests.factories.partners import make_partner

ONE = "accounts/by-external-id/salesforce/001A"


@pytest.fixture
def crm(db: None) -> Integrator:
    return integrator()


def _account(**values: Any) -> Account:
    return Account.objects.create(**{"source_system": "salesforce", "name": "Acme", **values})


def test_put_creates_and_answers_the_whole_account(crm: Integrator) -> None:
    answer = crm.put(ONE, {"name": "Acme GmbH", "website": "https://www.acme.de/x", "country": "de", "segment": "SMB"})

    stored = Account.objects.get()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"v1"'
    assert answer.json() == {
        "id": str(stored.public_id),
        "source_system": "salesforce",
        "external_id": "001A",
        "name": "Acme GmbH",
        "website": "https://www.acme.de/x",
        "country": "DE",
        "segment": "SMB",
        "parent": None,
        "domains": ["acme.de"],
        "also_known_as": [],
        "is_prospect": False,
        "version": 1,
        "created_at": stored.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": stored.updated_at.isoformat().replace("+00:00", "Z"),
    }
    assert stored.name_key == "acme"
    assert AuditEvent.objects.filter(action="account.created", channel="api").count() == 1


def test_a_repeat_answers_200_and_changes_nothing(crm: Integrator) -> None:
    body = {"name": "Acme GmbH", "website": "acme.de", "country": "DE"}
    first = crm.put(ONE, body)
    rows = list(Account.objects.values()), list(AccountDomain.objects.values()), AuditEvent.objects.count()

    again = crm.put(ONE, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert rows == (list(Account.objects.values()), list(AccountDomain.objects.values()), AuditEvent.objects.count())


def test_absent_members_stay_and_empty_ones_are_cleared(crm: Integrator) -> None:
    crm.put(ONE, {"name": "Acme", "website": "acme.de", "country": "DE", "segment": "SMB"})

    answer = crm.put(ONE, {"segment": ""})

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("name", "website", "country", "segment", "version")} == {
        "name": "Acme",
        "website": "acme.de",
        "country": "DE",
        "segment": "",
        "version": 2,
    }
    changed = AuditEvent.objects.filter(action="account.updated").get().data["changed"]
    assert changed == {"segment": ["SMB", ""]}


def test_an_answer_can_be_sent_back_as_it_came(crm: Integrator) -> None:
    first = crm.put(ONE, {"name": "Acme", "website": "acme.de"})

    again = crm.put(ONE, first.json())

    assert (again.status_code, again.json()) == (200, first.json())


def test_the_domain_of_another_account_is_left_to_it_and_a_person_looks(crm: Integrator) -> None:
    crm.put("accounts/by-external-id/hubspot/9", {"name": "Acme", "website": "acme.de"})

    answer = crm.put(ONE, {"name": "Acme Germany", "website": "shop.acme.de"})

    assert answer.status_code == 201
    assert answer.json()["domains"] == []
    assert answer.json()["website"] == "shop.acme.de"
    candidate = AccountCandidate.objects.get()
    assert (candidate.reason, candidate.account.external_id, candidate.other.external_id) == (
        "duplicate_domain",
        "001A",
        "9",
    )


def test_a_shared_host_identifies_nobody(crm: Integrator) -> None:
    assert crm.put(ONE, {"name": "Acme", "website": "acme@gmail.com"}).json()["domains"] == []


def test_a_parent_is_named_by_its_external_id_or_ours(crm: Integrator) -> None:
    above = _account(external_id="000", name="Above")
    other = _account(source_system="hubspot", external_id="7", name="Other")

    for reference in (
        "000",
        str(above.public_id),
        {"source_system": "salesforce", "external_id": "000"},
    ):
        assert crm.put(ONE, {"name": "Acme", "parent": reference}).json()["parent"] == str(above.public_id)
    moved = crm.put(ONE, {"parent": {"source_system": "hubspot", "external_id": "7"}})
    assert moved.json()["parent"] == str(other.public_id)
    assert crm.put(ONE, {"parent": None}).json()["parent"] is None


def test_an_account_is_never_above_itself(crm: Integrator) -> None:
    crm.put(ONE, {"name": "Acme"})
    crm.put("accounts/by-external-id/salesforce/002", {"name": "Below", "parent": "001A"})

    for parent in ("002", "001A"):
        answer = crm.put(ONE, {"parent": parent})
        assert (answer.status_code, answer.json()["code"]) == (400, "parent_above_itself")
        assert answer.json()["errors"][0]["pointer"] == "/parent"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/name", "required"),
        ({"name": ""}, "/name", "blank"),
        ({"name": None}, "/name", "null"),
        ({"name": "x" * 251}, "/name", "max_length"),
        ({"name": "a\x00b"}, "/name", "null_characters_not_allowed"),
        ({"name": "\ud800"}, "/name", "surrogate_characters_not_allowed"),
        ({"name": {"a": 1}}, "/name", "invalid"),
        ({"name": "x", "country": "Germany"}, "/country", "max_length"),
        ({"name": "x", "country": "1!"}, "/country", "invalid"),
        ({"name": "x", "nonsense": 1}, "/nonsense", "unknown"),
        ({"name": "x", "parent": "nobody"}, "/parent", "unknown_reference"),
        ({"name": "x", "parent": "a\x00b"}, "/parent", "null_characters_not_allowed"),
        ({"name": "x", "parent": 7}, "/parent", "invalid"),
        ({"name": "x", "parent": {"id": "7"}}, "/parent", "invalid"),
        ([], "", "invalid"),
        ("text", "", "invalid"),
    ],
)
def test_bad_members_are_named(crm: Integrator, body: Any, pointer: str, code: str) -> None:
    import json  # noqa: PLC0415 - raw, since the client would not encode a lone surrogate

    answer = crm.client.put(
        f"/api/v1/{ONE}",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {crm.text}"},
    )

    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_body"),
        (b"", "application/json", 400, "required"),
        (b'{"name": NaN}', "application/json", 400, "invalid_body"),
        (b"\xff\xfe", "application/json", 400, "invalid_body"),
        (b"[" * 100_000, "application/json", 400, "invalid_body"),
        (b'{"name": ' + b"9" * 5000 + b"}", "application/json", 400, "invalid_body"),
        (b"<a/>", "application/xml", 415, "unsupported_media_type"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ],
)
def test_a_broken_body_is_refused(crm: Integrator, raw: bytes, content_type: str, status: int, code: str) -> None:
    answer = crm.client.generic(
        "PUT", f"/api/v1/{ONE}", raw, content_type, headers={"authorization": f"Bearer {crm.text}"}
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("source", ["Sales%20force", "X", "%00", "s" * 33])
def test_a_source_system_has_a_plain_name(crm: Integrator, source: str) -> None:
    answer = crm.put(f"accounts/by-external-id/{source}/1", {"name": "x"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/source_system")
    assert crm.get(f"accounts/by-external-id/{source}/1").status_code == 404


def test_an_external_id_may_hold_slashes_and_letters_of_any_script(crm: Integrator) -> None:
    name = "accounts/by-external-id/erp/2026%2F1%20%E5%BC%A0"

    assert crm.put(name, {"name": "x"}).json()["external_id"] == "2026/1 张"
    assert crm.get(name).json()["external_id"] == "2026/1 张"
    assert crm.put("accounts/by-external-id/erp/a%00b", {"name": "x"}).status_code == 400


def test_if_match_refuses_a_lost_update(crm: Integrator) -> None:
    first = crm.put(ONE, {"name": "Acme"})
    second = crm.put(ONE, {"name": "Acme 2"}, if_match=first.headers["ETag"])
    stale = crm.put(ONE, {"name": "Acme 3"}, if_match=first.headers["ETag"])

    assert (second.status_code, second.headers["ETag"]) == (200, '"v2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert crm.put(ONE, {"name": "Acme 3"}, if_match="nonsense").status_code == 412
    assert crm.put(ONE, {"name": "Acme 3"}, if_match="*").status_code == 200
    assert crm.put("accounts/by-external-id/salesforce/new", {"name": "x"}, if_match='"v1"').status_code == 412
    assert Account.objects.count() == 1


def test_a_reader_that_has_the_version_gets_304(crm: Integrator) -> None:
    stored = _account(external_id="1")

    answer = crm.get(f"accounts/{stored.public_id}", if_none_match='"v1"')

    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", '"v1"')
    assert crm.get(f"accounts/{stored.public_id}", if_none_match='"v2"').status_code == 200


def test_lists_page_by_cursor_without_gap_or_repeat(crm: Integrator) -> None:
    wanted = [str(_account(external_id=str(number)).public_id) for number in range(5)]
    _account(source_system="hubspot", external_id="x")

    seen, cursor, pages = [], "", 0
    while cursor is not None:
        query = f"cursor={cursor}" if cursor else "source_system=salesforce"
        page = crm.get(f"accounts?limit=2&{query}").json()
        seen += [row["id"] for row in page["results"]]
        cursor, pages = page["next"], pages + 1

    assert seen == wanted
    assert pages == 3


def test_lists_by_change_page_through_equal_instants_in_both_directions(crm: Integrator) -> None:
    instant = timezone.now()
    ids = [_account(external_id=str(number)).pk for number in range(5)]
    Account.objects.update(updated_at=instant)

    for ordering, expected in (("updated_at", ids), ("-updated_at", ids[::-1]), ("-id", ids[::-1])):
        page = crm.get(f"accounts?limit=3&ordering={ordering}").json()
        rest = crm.get(f"accounts?limit=3&cursor={page['next']}").json()
        got = [row["external_id"] for row in page["results"] + rest["results"]]
        by_pk = dict(Account.objects.values_list("pk", "external_id"))
        assert got == [by_pk[pk] for pk in expected]
        assert rest["next"] is None


def test_updated_since_counts_the_instant_itself(crm: Integrator) -> None:
    early, late = _account(external_id="1"), _account(external_id="2")
    since = late.updated_at.isoformat().replace("+00:00", "Z")

    assert [row["external_id"] for row in crm.get(f"accounts?updated_since={since}").json()["results"]] == ["2"]
    assert early.updated_at < late.updated_at


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=%00", "cursor"),
        ("ordering=name_key", "ordering"),
        ("ordering=--id", "ordering"),
        ("updated_since=yesterday", "updated_since"),
        ("nonsense=1", "nonsense"),
        ("country=DE&country=FR", "country"),
        ("external_id=%00", "external_id"),
        ("source_system=%ED%A0%80x" + "y" * 40, "source_system"),
    ],
)
def test_a_bad_parameter_is_named(crm: Integrator, query: str, parameter: str) -> None:
    answer = crm.get(f"accounts?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == parameter


def test_a_cursor_belongs_to_its_list_filters_and_ordering(crm: Integrator) -> None:
    for number in range(3):
        _account(external_id=str(number))
        make_partner(f"p{number}")
    cursor = crm.get("accounts?limit=1&country=").json()["next"]

    for other in (
        f"partners?cursor={cursor}",
        f"accounts?cursor={cursor}&country=DE",
        f"accounts?cursor={cursor}&ordering=-id",
        f"accounts?cursor={cursor}x",
    ):
        answer = crm.get(other)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), other


@pytest.mark.parametrize("rows", [2, 40])
def test_a_list_costs_the_same_whatever_its_size(crm: Integrator, rows: int, django_assert_num_queries: Any) -> None:
    parent = _account(external_id="parent")
    for number in range(rows):
        child = _account(external_id=str(number), parent=parent)
        AccountDomain.objects.create(domain=f"{number}.example", account=child)
    crm.get("accounts")  # notes the key's use

    with django_assert_num_queries(4):  # key, accounts with parents, domains, accounts merged into them
        assert len(crm.get("accounts?limit=200").json()["results"]) == rows + 1


def test_a_partners_key_sees_its_own_customers_and_little_of_them(crm: Integrator) -> None:
    cast = assemble()
    theirs = _account(external_id="1", name="Our own record", segment="key", country="DE")
    others = _account(external_id="2", name="Somebody")
    refused = _account(external_id="3", name="A customer of the rival")
    _registration(cast.partner, theirs, company="Acme as typed", status="approved")
    _registration(cast.partner, refused, company="Refused as typed", status="rejected")
    caller = integrator(partner=cast.partner)

    listed = caller.get("accounts")

    assert listed.json()["results"] == [{"id": str(theirs.public_id), "name": "Acme as typed"}]
    assert caller.get(f"accounts/{theirs.public_id}").json() == listed.json()["results"][0]
    for hidden in (
        f"accounts/{others.public_id}",
        f"accounts/{refused.public_id}",
        "accounts/by-external-id/salesforce/1",
        "accounts/by-external-id/salesforce/2",
        "accounts/by-external-id/salesforce/none",
    ):
        assert caller.get(hidden).status_code == 404
    for filtered in ("segment=key", "external_id=1", "updated_since=2020-01-01T00:00:00Z", "ordering=updated_at"):
        assert caller.get(f"accounts?{filtered}").status_code == 400


def test_a_partners_key_never_writes_an_account(crm: Integrator) -> None:
    caller = integrator(partner=make_partner("northwind"))

    answer = caller.put(ONE, {"name": "Mine"})

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert not Account.objects.exists()


def _registration(partner: Any, account: Account, **values: Any) -> Any:
    return make_registration(partner, account=account, **values)


@pytest.mark.django_db(transaction=True)
def test_two_equal_requests_at_once_make_one_account() -> None:
    caller = integrator()
    body = {"name": "Acme", "website": "acme.de", "country": "DE"}

    def put(_number: int) -> int:
        try:
            answer = Integrator(caller.text).put(ONE, body)
            return int(answer.status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(put, range(8)))

    assert statuses == [200] * 7 + [201]
    assert Account.objects.get().version == 1
    assert AccountDomain.objects.count() == 1
    assert not AccountCandidate.objects.exists()
    assert connection.vendor == "postgresql"
