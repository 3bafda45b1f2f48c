"""From registration over the win to commission: for each origin, the engine needs nothing but the win."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from commissions.models import Plan, Rule
from commissions.services.runs import calculate_run
from deals.models import CoSellAward, Credit, LateWin, MrrChange, Product, Registration, Subscription
from deals.services.awards import name_seller, set_award_terms
from deals.services.deciding_wins import accept_late_win, undo_win
from deals.services.decisions import approve_registration
from deals.services.expiry import expire_registrations
from deals.services.leads import NewLead, accept_lead, add_lead, convert_lead
from deals.services.submission import submit_registration
from deals.services.winning import Sale, win_registration
from prm.actors import OPERATOR
from prm.errors import DomainError
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_family, make_product
from tests.factories.facts import entries_of, run_month

pytestmark = pytest.mark.django_db

DECEMBER = date(2026, 12, 1)


@dataclass
class World:
    """A program that pays 20 % for sourced and 5 % for influenced deals."""

    cast: Cast
    product: Product

    def sale(self, mrr: str = "500") -> Sale:
        """Return what the customer bought."""
        return Sale(product=self.product, mrr=Decimal(mrr), currency="EUR", started_on=DECEMBER)


@pytest.fixture
def world() -> World:
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True)
    for role, rate in (("sourced", "20"), ("influenced", "5")):
        Rule.objects.create(plan=plan, kind="recurring", role=role, rate=Decimal(rate))
    return World(assemble(), make_product("gateway", family=make_family()))


def approved(world: World, *, co_sell: bool = False) -> Registration:
    """Submit and approve a deal of the partner."""
    made = submit_registration(deal=a_deal("kivi.fi", company="Kivi Oy"), actor=world.cast.actor("seller"), now=NOW)
    return approve_registration(
        registration_id=made.pk, actor=world.cast.actor("manager"), now=NOW, version=None, co_sell=co_sell
    )


def won(world: World, registration: Registration) -> Registration:
    """Close a deal as won from the console."""
    return win_registration(
        registration_id=registration.pk, actor=world.cast.actor("manager"), now=NOW, version=None, sale=world.sale()
    )


def entries(period: date = DECEMBER) -> list[tuple[str, str, str, str, Decimal]]:
    """Run the month and return what it posted."""
    return entries_of(run_month(period))


def test_a_partners_own_deal_pays_the_sourced_rate(world: World) -> None:
    registration = won(world, approved(world))
    assert entries() == [("2026-12", "northwind", registration.reference, "recurring", Decimal(100))]


def test_a_lead_of_ours_pays_the_influenced_rate(world: World) -> None:
    new = NewLead(family=make_family(), website="kivi.fi", company="Kivi Oy", country="FI")
    lead = add_lead(new=new, actor=world.cast.actor("manager"), now=NOW)
    accept_lead(lead_id=lead.pk, actor=world.cast.actor("seller"), now=NOW, version=None)
    registration = won(world, convert_lead(lead_id=lead.pk, actor=world.cast.actor("seller"), now=NOW))
    assert registration.origin == "vendor_lead"
    assert entries() == [("2026-12", "northwind", registration.reference, "recurring", Decimal(25))]


def test_a_co_sell_deal_pays_the_partner_as_ever_and_the_seller_by_payroll(world: World) -> None:
    set_award_terms(
        family=None,
        basis="percent",
        value=Decimal(10),
        currency="",
        valid_from=date(2026, 1, 1),
        actor=world.cast.actor("finance_person"),
        now=NOW,
    )
    registration = approved(world, co_sell=True)
    name_seller(
        registration_id=registration.pk,
        name="Ines Duarte",
        email="ines@vendor.example",
        actor=world.cast.actor("manager"),
        now=NOW,
        version=None,
    )
    won(world, registration)
    assert entries() == [("2026-12", "northwind", registration.reference, "recurring", Decimal(100))]
    award = CoSellAward.objects.get()
    assert (award.seller_email, award.amount, award.currency) == ("ines@vendor.example", Decimal(50), "EUR")


def test_a_subscription_from_billing_that_names_the_deal_is_all_that_the_engine_needs(world: World) -> None:
    registration = approved(world)
    billing = integrator()
    answer = billing.put(
        "subscriptions/by-external-id/billing/s-1",
        {
            "account": str(registration.account.public_id),  # type: ignore[union-attr]
            "product": "gateway",
            "currency": "EUR",
            "started_on": "2026-12-01",
            "registration": str(registration.public_id),
        },
    )
    assert answer.status_code == 201
    change = {"subscription": answer.json()["id"], "effective_on": "2026-12-01", "mrr": "500"}
    assert billing.post("mrr-changes", change).status_code == 201
    registration.refresh_from_db()
    assert registration.status == "won"
    assert entries() == [("2026-12", "northwind", "s-1", "recurring", Decimal(100))]


def test_a_late_win_pays_nothing_until_a_person_has_decided(world: World) -> None:
    registration = approved(world)
    late_at = NOW + timedelta(days=91)
    expire_registrations(now=late_at)
    crm = integrator()
    answer = crm.post(
        f"registrations/{registration.public_id}/win",
        {"product": "gateway", "mrr": "500", "currency": "EUR", "started_on": "2026-12-01"},
    )
    assert (answer.status_code, answer.json()["status"]) == (202, "expired")
    assert entries() == []
    accept_late_win(late_win_id=LateWin.objects.get().pk, actor=world.cast.actor("manager"), now=late_at)
    assert entries(date(2027, 1, 1)) == [
        ("2026-12", "northwind", registration.reference, "recurring", Decimal(100)),
        ("2027-01", "northwind", registration.reference, "recurring", Decimal(100)),
    ]


def test_a_slip_is_undone_until_a_run_has_posted_on_it(world: World) -> None:
    registration = won(world, approved(world))
    undo = {"registration_id": registration.pk, "version": None, "reason": "Wrong customer"}
    undo_win(actor=world.cast.actor("manager"), now=NOW, **undo)  # type: ignore[arg-type]
    assert entries() == []
    again = won(world, registration)
    assert again.status == "won"
    assert len(entries(date(2027, 1, 1))) == 2
    with pytest.raises(DomainError) as posted:
        undo_win(actor=world.cast.actor("manager"), now=datetime(2027, 2, 1, tzinfo=UTC), **undo)  # type: ignore[arg-type]
    assert posted.value.code == "posted"
    assert Credit.objects.get().share == 100


def test_a_slip_that_a_waiting_run_has_seen_ends_at_once(world: World) -> None:
    registration = won(world, approved(world))
    calculate_run(period=DECEMBER, actor=OPERATOR, now=datetime(2030, 1, 15, tzinfo=UTC))
    undo_win(registration_id=registration.pk, actor=world.cast.actor("manager"), now=NOW, version=None, reason="Slip")
    subscription = Subscription.objects.get()
    assert subscription.registration is None
    assert (MrrChange.objects.get().mrr, Credit.objects.get().share) == (Decimal(0), Decimal(0))
    again = won(world, registration)
    assert again.subscriptions.get().external_id == f"{registration.reference}-2"
    assert entries() == [("2026-12", "northwind", f"{registration.reference}-2", "recurring", Decimal(100))]
