"""Payout details through portal, console, admin and API: only finance reads a whole number, once and on record."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from partners.models import PayoutMethod, SelfBillingAgreement, TaxForm, WithholdingRate
from partners.queries.self_billing import VERSION, self_billing_text
from prm.models import AuditEvent
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.payees import IBAN_DE, IBAN_FI, IBAN_PL, make_method, make_payable, make_tax_form

pytestmark = pytest.mark.django_db

DETAILS = "/portal/payout-details/"
CONSOLE = "/manage/partners/northwind/payout-details/"
ACCOUNT = {"kind": "sepa", "holder": "Northwind IT Oy", "account": "FI21 1234 5600 0007 85", "currency": "EUR"}


@pytest.fixture
def cast() -> Cast:
    return assemble()


def test_a_partner_enters_its_account_and_reads_what_is_missing(cast: Cast) -> None:
    owner = cast.signed_in("owner")
    page = owner.get(DETAILS).content.decode()
    assert "Commission cannot be paid yet. There is no payout account. There is no tax form." in page
    assert f"{DETAILS}account/" in page

    assert owner.post(f"{DETAILS}account/", ACCOUNT)["Location"] == DETAILS
    page = owner.get(DETAILS).content.decode()

    assert "FI•• 0785 is stored." in page
    assert "The payout account waits for verification." in page
    assert "1234 5600" not in page
    row = PayoutMethod.objects.get()
    assert (row.partner, row.created_by, row.account_number) == (cast.partner, cast.owner, IBAN_FI)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"account": "FI21 1234 5600 0007 86"}, "The check digits do not fit"),
        ({"account": "AE070331234567890123456"}, "SEPA does not reach this country."),
        ({"bic": "WRONG"}, "This is no BIC."),
        ({"holder": ""}, "This field is required."),
        ({"currency": "USD"}, "SEPA pays in euro alone."),
        ({"currency": "XXX"}, "Select a valid choice."),
    ],
)
def test_a_wrong_account_is_told_beside_its_field(cast: Cast, changes: dict[str, str], sentence: str) -> None:
    answer = cast.signed_in("finance").post(f"{DETAILS}account/", {**ACCOUNT, **changes})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert PayoutMethod.objects.count() == 0


def test_a_partner_sends_in_a_tax_form(cast: Cast) -> None:
    owner = cast.signed_in("owner")
    wrong = owner.post(f"{DETAILS}tax-form/", {"kind": "vat", "number": "FI20774741"})
    assert (wrong.status_code, "This is no VAT id of that country" in wrong.content.decode()) == (422, True)
    assert owner.post(f"{DETAILS}tax-form/", {"kind": "none"}).status_code == 422

    assert owner.post(f"{DETAILS}tax-form/", {"kind": "vat", "number": "2077474-0"})["Location"] == DETAILS

    assert [(row.kind, row.status, row.number) for row in TaxForm.objects.all()] == [("vat", "received", "FI20774740")]
    assert "The tax form waits for verification." in owner.get(DETAILS).content.decode()


def test_a_partner_agrees_to_self_billing_and_ends_it(cast: Cast) -> None:
    owner = cast.signed_in("owner")
    assert owner.post(f"{DETAILS}self-billing/", {}).status_code == 422
    assert owner.post(f"{DETAILS}self-billing/", {"agree": "2020-01"}).status_code == 422
    unnamed = owner.post(f"{DETAILS}self-billing/", {"agree": VERSION, "legal_name": "Northwind IT Oy"})
    assert (unnamed.status_code, "names the company and its address" in unnamed.content.decode()) == (422, True)
    assert SelfBillingAgreement.objects.count() == 0

    agreed = {"agree": VERSION, "legal_name": "Northwind IT  Oy", "address": " Katu 1\r\n00100 Helsinki "}
    assert owner.post(f"{DETAILS}self-billing/", agreed).status_code == 302

    row = SelfBillingAgreement.objects.get()
    assert row.text == self_billing_text(vendor="Vendor", partner="Northwind IT").strip()
    assert (row.version, row.accepted_by) == (VERSION, cast.owner)
    assert (row.legal_name, row.address) == ("Northwind IT Oy", "Katu 1\n00100 Helsinki")
    assert "Agreed by Sanna Rinne." in owner.get(DETAILS).content.decode()
    owner.post(f"{DETAILS}self-billing/", {"act": "end_self_billing"})
    row.refresh_from_db()
    assert row.valid_until == timezone.localdate()


@pytest.mark.parametrize("name", ["seller", "marketing"])
def test_sellers_have_no_payout_details(cast: Cast, name: str) -> None:
    make_payable(cast.partner)
    client = cast.signed_in(name)

    for part in ("", "account/", "tax-form/"):
        assert client.get(f"{DETAILS}{part}").status_code == 403
    assert client.post(f"{DETAILS}account/", ACCOUNT).status_code == 403
    assert "Payout details" not in client.get("/portal/company/").content.decode()


def test_finance_verifies_from_the_queue(cast: Cast) -> None:
    make_method(cast.rival, account=IBAN_DE)
    method = make_method(cast.partner, account=IBAN_DE, verified=False, created_label="Sanna Rinne")
    form = make_tax_form(cast.partner, verified=False)
    finance = cast.signed_in("finance_person")
    queue = finance.get("/manage/partners/payout-details/").content.decode()
    assert "2 things wait for verification." in queue
    assert "Another partner has this account" in queue
    assert '<span class="count">2<span class="sr"> waiting</span></span>' in queue
    assert CONSOLE in queue

    page = finance.get(CONSOLE).content.decode()
    assert "The payout account waits for verification. The tax form waits for verification." in page
    assert IBAN_DE not in page
    for act, row in (("verify_method", method), ("verify_form", form)):
        answer = finance.post(f"{CONSOLE}act/", {"act": act, "id": row.public_id})
        assert answer["Location"] == CONSOLE

    assert "Nothing is missing." in finance.get(CONSOLE).content.decode()
    again = finance.post(f"{CONSOLE}act/", {"act": "verify_method", "id": method.public_id})
    assert (again.status_code, "does not wait any more" in again.content.decode()) == (409, True)
    assert "0 things wait" in finance.get("/manage/partners/payout-details/").content.decode()


def test_finance_refuses_with_a_reason_that_the_partner_reads(cast: Cast) -> None:
    method = make_method(cast.partner, verified=False)
    finance = cast.signed_in("finance_person")
    refusal = {"act": "refuse_method", "id": method.public_id, "reason": ""}
    assert finance.post(f"{CONSOLE}act/", refusal).status_code == 422

    finance.post(f"{CONSOLE}act/", {**refusal, "reason": "The holder is another company."})

    page = cast.signed_in("owner").get(DETAILS).content.decode()
    assert "The account was refused" in page
    assert "The holder is another company." in page
    assert "There is no payout account." in page


def test_finance_reads_a_whole_number_once_and_on_record(cast: Cast) -> None:
    method = make_method(cast.partner)
    finance = cast.signed_in("finance_person")

    shown = finance.post(f"{CONSOLE}act/", {"act": "reveal", "id": method.public_id})

    assert (shown.status_code, IBAN_FI in shown.content.decode()) == (200, True)
    assert IBAN_FI not in finance.get(CONSOLE).content.decode()
    assert AuditEvent.objects.get(action="payout_method.revealed").user == cast.finance_person


def test_finance_asks_for_a_form_and_sets_withholding(cast: Cast) -> None:
    finance = cast.signed_in("finance_person")
    finance.post(f"{CONSOLE}act/", {"act": "request", "kind": "w8ben_e"})
    values = {"act": "withhold", "rate": "12.5", "valid_from": "2026-11-01", "reason": "Treaty, article 12"}
    assert finance.post(f"{CONSOLE}act/", {**values, "rate": "101"}).status_code == 422
    finance.post(f"{CONSOLE}act/", values)

    assert [(row.kind, row.status) for row in TaxForm.objects.all()] == [("w8ben_e", "requested")]
    rate = WithholdingRate.objects.get()
    assert (rate.rate, rate.valid_from, rate.created_by) == (Decimal("12.5"), date(2026, 11, 1), cast.finance_person)
    assert "12.5" in cast.signed_in("owner").get(DETAILS).content.decode()


@pytest.mark.parametrize("name", ["viewer", "manager", "admin"])
def test_others_of_the_console_look_and_do_not_act(cast: Cast, name: str) -> None:
    method = make_method(cast.partner, verified=False)
    client = cast.signed_in(name)

    page = client.get(CONSOLE).content.decode()

    assert "FI•• 0785" in page
    assert "Show the number" not in page
    for act in ("verify_method", "refuse_method", "reveal"):
        answer = client.post(f"{CONSOLE}act/", {"act": act, "id": method.public_id, "reason": "x"})
        assert (answer.status_code, IBAN_FI in answer.content.decode()) == (403, False)
    method.refresh_from_db()
    assert method.status == "entered"


def test_an_act_on_another_partners_row_is_not_found(cast: Cast) -> None:
    other = make_method(cast.rival, verified=False)
    finance = cast.signed_in("finance_person")

    for text in (str(other.public_id), "x", ""):
        assert finance.post(f"{CONSOLE}act/", {"act": "verify_method", "id": text}).status_code == 404
    assert finance.post(f"{CONSOLE}act/", {"act": "burn", "id": other.public_id}).status_code == 404


def test_the_api_tells_the_state_and_never_the_number(cast: Cast) -> None:
    make_payable(cast.partner, rate="15")
    make_method(cast.partner, kind="bank", currency="PLN", account=IBAN_PL, verified=False)
    system, rival = integrator(), integrator(partner=cast.rival)

    (row,) = system.get("payees?partner=northwind").json()["results"]

    assert {name: value for name, value in row.items() if name not in {"id", "methods", "tax_forms"}} == {
        "partner": "northwind",
        "currency": "EUR",
        "ready": True,
        "reasons": [],
        "withholding_rate": "15",
    }
    assert [(one["kind"], one["currency"], one["account"], one["status"]) for one in row["methods"]] == [
        ("sepa", "EUR", "FI•• 0785", "verified"),
        ("bank", "PLN", "PL•• 2874", "entered"),
    ]
    assert [(one["kind"], one["status"], one["expires_on"]) for one in row["tax_forms"]] == [("vat", "verified", None)]
    assert system.get(f"payees/{row['id']}").json() == row
    assert [one["partner"] for one in rival.get("payees").json()["results"]] == ["contoso"]
    assert rival.get(f"payees/{row['id']}").status_code == 404
    assert rival.get("payees").json()["results"][0]["reasons"] == ["no_payout_method", "no_tax_form"]


@pytest.mark.parametrize("count", [1, 12])
def test_pages_stay_within_their_queries(
    cast: Cast, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for currency in ["EUR", "USD", "PLN", "GBP", "CHF", "SEK", "NOK", "DKK", "CZK", "HUF", "CNY", "AED"][:count]:
        make_method(cast.partner, kind="bank", currency=currency, verified=False)
    owner, finance, api = cast.signed_in("owner"), cast.signed_in("finance_person"), integrator()

    with django_assert_max_num_queries(12):
        owner.get(DETAILS)
    with django_assert_max_num_queries(12):
        finance.get(CONSOLE)
    with django_assert_max_num_queries(12):
        finance.get("/manage/partners/payout-details/")
    with django_assert_max_num_queries(9):
        api.get("payees")


@pytest.mark.parametrize("model", ["payoutmethod", "taxform", "withholdingrate", "selfbillingagreement"])
def test_the_admin_shows_them_sealed(cast: Cast, model: str) -> None:
    method = make_payable(cast.partner, rate="5")
    admin = cast.signed_in("admin")

    assert admin.get(f"/admin/partners/{model}/").status_code == 200
    if model == "payoutmethod":
        page = admin.get(f"/admin/partners/payoutmethod/{method.pk}/change/").content.decode()
        assert "0785" in page
        for secret in (IBAN_FI, method.account_sealed, method.account_print):
            assert secret not in page
