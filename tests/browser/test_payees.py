"""Payout details and payment files in a browser: accessible, within the policy, at every width."""

from __future__ import annotations

import pytest

from commissions.services.reconciliation import upload_answer
from prm.actors import OPERATOR
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.payees import IBAN_DE, make_method, make_payable, make_tax_form
from tests.factories.payouts import NOW, make_batch, make_payer, owe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    make_payer()
    make_payable(made.partner, rate="15")
    make_method(made.rival, account=IBAN_DE, verified=False)
    make_tax_form(made.rival, verified=False)
    owe((made.partner, "EUR", "100.05"))
    batch = make_batch()
    key = batch.payouts.get().idempotency_key.hex
    content = f"end_to_end_id,status\n{key},paid\nnobody,paid\n".encode()
    upload_answer(batch=batch, name="answer.csv", content=content, actor=OPERATOR, now=NOW)
    return made


@pytest.mark.parametrize(("width", "theme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light")])
@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("owner", "/portal/payout-details/"),
        ("rival_owner", "/portal/payout-details/"),
        ("owner", "/portal/payout-details/account/"),
        ("owner", "/portal/payout-details/tax-form/"),
        ("finance_person", "/manage/partners/payout-details/"),
        ("finance_person", "/manage/partners/contoso/payout-details/"),
        ("finance_person", "/manage/payment-files/"),
        ("finance_person", "/manage/payment-answers/1/new/"),
    ],
)
def test_pages_are_good(cast: Cast, open_page: OpenPage, person: str, path: str, width: int, theme: str) -> None:
    page = open_page(path, user=getattr(cast, person), width=width, theme=theme)

    assert_good_page(page)


def test_a_partner_enters_an_account_and_finance_verifies_it_without_scripts(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/portal/payout-details/account/", user=cast.owner, scripts=False)
    page.fill("input[name=account]", IBAN_DE)
    page.click("text=Store the account")
    page.wait_for_url("**/portal/payout-details/")
    assert page.locator("text=DE•• 3000 is stored.").count() == 1

    console = open_page("/manage/partners/northwind/payout-details/", user=cast.finance_person, scripts=False)
    console.click("text=Verify the account")
    console.wait_for_url("**/payout-details/")

    assert console.locator("text=The account is verified; payouts go there.").count() == 1
