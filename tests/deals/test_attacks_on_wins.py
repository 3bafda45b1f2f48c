"""A deal is won once, by those who decide, with a subscription of its own; and what was paid on stays won."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from deals.models import Account, Attachment, Credit, Registration
from deals.services.accounts import resolve_account
from deals.services.attachments import attach
from deals.services.deciding_wins import undo_win
from deals.services.winning import Sale, win_registration
from prm.actors import OPERATOR
from prm.errors import DomainError, NotAllowedError
from prm.files.receiving import Upload
from tests.cast import Cast, assemble
from tests.factories.commissions import EntryRow, make_run
from tests.factories.deals import NOW, make_account, make_product, make_registration, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def deal(cast: Cast) -> Registration:
    return make_registration(cast.partner, account=make_account("Kivi Oy"), status="approved")


def test_nobody_but_deciders_wins(cast: Cast, deal: Registration) -> None:
    sale = Sale(make_product(family=deal.family), Decimal(480), "EUR", date(2026, 12, 1))
    for who in ("viewer", "finance_person", "owner", "seller", "rival_owner", "stranger"):
        with pytest.raises(NotAllowedError):
            win_registration(registration_id=deal.pk, actor=cast.actor(who), now=NOW, version=None, sale=sale)
    deal.refresh_from_db()
    assert (deal.status, Credit.objects.count()) == ("approved", 0)


def test_a_deal_is_won_with_a_subscription_of_its_own_customer_and_no_other_deals(
    cast: Cast, deal: Registration
) -> None:
    elsewhere = make_subscription(make_account(), product=make_product(family=deal.family))
    won = make_registration(cast.partner, account=deal.account, status="won")
    taken = make_subscription(
        deal.account or make_account(), product=make_product(family=deal.family), registration=won
    )
    for subscription, code in ((elsewhere, "wrong_account"), (taken, "linked_before")):
        with pytest.raises(DomainError) as refused:
            win_registration(registration_id=deal.pk, actor=OPERATOR, now=NOW, version=None, subscription=subscription)
        assert refused.value.code == code
    deal.refresh_from_db()
    taken.refresh_from_db()
    assert (deal.status, taken.registration) == ("approved", won)


def test_a_win_on_which_commission_was_posted_stays(cast: Cast, deal: Registration) -> None:
    sale = Sale(make_product(family=deal.family), Decimal(480), "EUR", date(2026, 10, 1))
    won = win_registration(registration_id=deal.pk, actor=OPERATOR, now=NOW, version=None, sale=sale)
    make_run(
        date(2026, 10, 1), [EntryRow(partner=cast.partner, subscription=won.subscriptions.get(), entitlement="96")]
    )
    with pytest.raises(DomainError, match="it stays won") as refused:
        undo_win(registration_id=deal.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="Slip")
    assert refused.value.code == "posted"
    deal.refresh_from_db()
    assert (deal.status, Credit.objects.get().share) == ("won", Decimal(100))


def test_a_distributor_looks_at_the_papers_of_a_deal_and_adds_none(cast: Cast, deal: Registration) -> None:
    Registration.objects.filter(pk=deal.pk).update(distributor=cast.rival)
    for who in ("rival_seller", "former_owner", "stranger", "viewer"):
        with pytest.raises(NotAllowedError):
            attach(registration_id=deal.pk, uploads=[Upload("x.pdf", b"%PDF-1.7")], actor=cast.actor(who), now=NOW)
    assert not Attachment.objects.exists()


def test_a_name_alone_identifies_nobody() -> None:
    known = make_account("Kivi Oy", country="")
    found = resolve_account(website="anna@gmail.com", name="Kivi Oy", country="", actor=OPERATOR, now=NOW)
    assert (found.is_new, found.doubt, found.account != known) == (True, "free_mail", True)
    assert Account.objects.count() == 2
