"""What a partner sees of its payouts: the next one or why there is none, each one's way, and what is owed by now."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commissions.models import Payout, Plan, Statement
from commissions.queries.statements import latest_balances
from commissions.services.payout_batches import prepare_payouts
from commissions.services.runs import calculate_run
from prm import formats
from prm.actors import OPERATOR
from prm.calendar_days import program_today
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import JANUARY, counted, install, run_months, story
from tests.factories.payees import make_method, make_payable, make_tax_form

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast() -> Cast:
    return assemble()


def words_of(answer: Any) -> str:
    plain = html.unescape(re.sub(r"</?bdi[^>]*>", "", answer.content.decode()))
    return " ".join(re.sub(r"<[^>]+>", " ", plain).split())


def next_part(cast: Cast) -> str:
    return words_of(cast.signed_in("owner").get("/portal/payouts/next/", headers=HTMX))


def next_of(cast: Cast) -> str:
    """Return what it says of balances; of the month so far another test tells."""
    return next_part(cast).partition(" Nothing is calculated")[0]


def test_the_next_payout_says_what_is_missing(cast: Cast) -> None:
    story(cast)
    assert next_of(cast) == (
        "Owed to you €36.24 There is no payout method for this currency. There is no tax form. Payout details"
    )
    make_method(cast.partner)
    make_tax_form(cast.partner)
    assert next_of(cast) == "Owed to you €36.24 Goes out with the next batch."
    Plan.objects.update(minimum_payout=Decimal(50))
    assert next_of(cast) == ("Owed to you €36.24 Below the minimum payout of €50.00: it is added to the next one.")


def test_what_is_withheld_is_said_before(cast: Cast) -> None:
    story(cast)
    make_payable(cast.partner, rate="20")
    assert next_of(cast) == ("Owed to you €36.24 Goes out with the next batch: €28.99, after €7.25 withheld (20 %).")


def test_before_anything_is_owed_it_says_so(cast: Cast) -> None:
    assert next_of(cast) == "Nothing is owed at the moment –"


def test_without_htmx_it_is_the_page_of_payouts(cast: Cast) -> None:
    answer = cast.signed_in("owner").get("/portal/payouts/next/")
    assert (answer.status_code, answer["Location"]) == (302, "/portal/payouts/")


def test_a_payout_is_listed_and_no_longer_owed(cast: Cast) -> None:
    story(cast)
    owner = cast.signed_in("owner")
    assert "€36.24 is approved and not paid yet." in words_of(owner.get("/portal/earnings/"))
    make_payable(cast.partner, rate="20")
    now = timezone.now()
    prepare_payouts(as_of=now.date(), actor=OPERATOR, now=now)
    payout = Payout.objects.get(partner=cast.partner)
    page = words_of(owner.get("/portal/payouts/"))
    assert "1 payout" in page
    assert f"Prepared SEPA credit transfer {payout.method.masked} €36.24 €7.25 (20 %) €28.99 {payout}" in page
    assert payout.method.account_number not in page
    assert [(one.closing, one.owed) for one in latest_balances(cast.actor("owner"))] == [  # type: ignore[attr-defined]
        (Decimal("36.2400"), Decimal("0.0000"))
    ]
    assert "Everything that is approved has been paid or is on its way." in words_of(owner.get("/portal/earnings/"))
    assert "€0.00" in words_of(owner.get("/portal/"))


def test_what_a_batch_left_is_said_without_javascript(cast: Cast) -> None:
    story(cast)
    now = timezone.now()
    prepare_payouts(as_of=now.date(), actor=OPERATOR, now=now)
    page = words_of(cast.signed_in("finance").get("/portal/payouts/"))
    assert "No payout yet" in page
    assert "€36.24 There is no payout method for this currency. There is no tax form." in page


def test_the_next_statement_shows_what_was_paid(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    make_payable(cast.partner)
    now = timezone.now() - timedelta(days=1)
    prepare_payouts(as_of=now.date(), actor=OPERATOR, now=now)
    run_months(JANUARY.replace(month=2))
    statement = Statement.objects.get(partner=cast.partner, run__period=JANUARY.replace(month=2))
    assert (statement.opening, statement.paid, statement.closing) == (Decimal("68.52"), Decimal("68.52"), Decimal(12))
    page = words_of(cast.signed_in("owner").get(f"/portal/statements/{statement.number}/"))
    assert "Paid since the last statement −€68.52 Closing balance €12.00" in page


def test_sellers_and_rivals_see_nothing(cast: Cast) -> None:
    story(cast)
    assert cast.signed_in("seller").get("/portal/payouts/").status_code == 403
    make_payable(cast.partner)
    prepare_payouts(as_of=timezone.now().date(), actor=OPERATOR, now=timezone.now())
    assert "28.99" not in words_of(cast.signed_in("rival_owner").get("/portal/payouts/"))
    assert "0 payouts" in words_of(cast.signed_in("rival_owner").get("/portal/payouts/"))


def test_queries_stay_few(cast: Cast) -> None:
    story(cast)
    make_payable(cast.partner)
    owner = cast.signed_in("owner")
    assert counted(owner, "/portal/payouts/") <= 12
    assert counted(owner, "/portal/earnings/?month=2026-04") <= 12
    assert counted(owner, "/portal/") <= 12


def test_home_asks_for_what_is_missing_before_a_payout_and_stops_when_it_is_there(cast: Cast) -> None:
    owner, seller = cast.signed_in("owner"), cast.signed_in("seller")

    def asked(client: Client) -> list[tuple[str, str]]:
        return [(str(need.title), need.url) for need in client.get("/portal/").context["needs"]]

    account, form = "/portal/payout-details/account/", "/portal/payout-details/tax-form/"
    assert asked(owner) == [("Add your payout account", account), ("Hand in your tax form", form)]
    assert asked(seller) == []
    make_method(cast.partner)
    make_tax_form(cast.partner, kind="w8ben", expires_on=date(2026, 1, 1))
    assert asked(owner) == [("Renew your tax form", form)]
    make_tax_form(cast.partner)
    assert asked(owner) == []


def test_a_month_without_a_calculation_says_which_was_the_last(cast: Cast) -> None:
    this = program_today(timezone.now()).replace(day=1)
    name = formats.month(this)
    assert f"Nothing is calculated for {name} yet." in next_part(cast)
    install(cast)
    run_months(JANUARY)
    assert f"Nothing is calculated for {name} yet; the last month that was is January 2026." in next_part(cast)
    calculate_run(period=this, actor=OPERATOR, now=timezone.now())
    assert "Nothing is calculated" not in next_part(cast)
