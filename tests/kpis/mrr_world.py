"""Twelve partners whose figures on 31 October 2026 are worked out by hand; each has one thing that makes it special.

The USD stands at 1.00 a year before and at 1.25 now: only figures that convert both days at the as-of rate come out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from deals.models import Account, Credit, MrrChange, Origin, Product, RegistrationStatus, Subscription
from partners.models import ParentAssignment, Partner, PartnerType, Tier
from prm.models import FxRate, PriceIndex, Program
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.partners import assign_tier, make_partner, make_tier

ON = date(2026, 10, 31)
OLD = date(2025, 1, 1)
MARCH = date(2025, 3, 10)


@dataclass
class World:
    """Partners ``a`` to ``l`` and their customers."""

    partners: dict[str, Partner] = field(default_factory=dict)
    customers: dict[str, Account] = field(default_factory=dict)

    def pk(self, code: str) -> int:
        """Return a partner's key."""
        return self.partners[code].pk


def _sold(
    world: World,
    number: int,
    customer: str,
    product: Product,
    levels: dict[date, int],
    *,
    shares: tuple[tuple[str, int], ...] = (),
    currency: str = "EUR",
) -> Subscription:
    account = world.customers.get(customer) or make_account(customer, country="FI")
    world.customers[customer] = account
    started_on = min(levels)
    row = Subscription.objects.create(
        external_id=f"S{number}", account=account, product=product, currency=currency, started_on=started_on
    )
    for day, mrr in levels.items():
        MrrChange.objects.create(subscription=row, effective_on=day, mrr=mrr)
    for code, share in shares:
        Credit.objects.create(
            subscription=row, partner=world.partners[code], role="sourced", share=share, valid_from=started_on
        )
    return row


def build() -> World:
    """Write them."""
    world = World()
    for code in "abcdefghijkl":
        kind = PartnerType.DISTRIBUTOR if code == "l" else PartnerType.RESELLER
        world.partners[code] = make_partner(code, type=kind, manager_email="anna@v.example" if code in "ab" else "")
    assign_tier(world.partners["a"], Tier.objects.filter(code="gold").first() or make_tier("gold", rank=1))
    ParentAssignment.objects.create(partner=world.partners["e"], parent=world.partners["l"], valid_from=OLD)
    security = make_product("shield", family=make_family("security"))
    backup = make_product("vault", family=make_family("backup"))
    for month, rate in ((date(2025, 10, 1), "1.00"), (date(2026, 10, 1), "1.25")):
        FxRate.objects.create(currency="USD", month=month, per_eur=Decimal(rate))
        PriceIndex.objects.create(month=month, value=100 if month.year == 2025 else 110)
    Program.objects.update(gross_margin=80)

    # a grew; b lost a part and won somebody who grew this month; c lost all; d has nobody; e began this year.
    _sold(world, 1, "A1", security, {OLD: 100, date(2026, 5, 1): 150}, shares=(("a", 100),))
    _sold(world, 2, "B1", security, {OLD: 200, date(2026, 3, 1): 120}, shares=(("b", 100),))
    _sold(world, 3, "C1", security, {OLD: 300, date(2026, 2, 10): 0}, shares=(("c", 100),))
    _sold(world, 4, "E1", security, {date(2026, 6, 15): 80}, shares=(("e", 100),))
    _sold(world, 13, "B2", security, {date(2026, 8, 1): 100, date(2026, 10, 5): 140}, shares=(("b", 100),))
    # f and g share one; g lost another on the very anniversary.
    _sold(world, 5, "F1", backup, {MARCH: 1000, date(2026, 3, 1): 1100}, shares=(("f", 60), ("g", 40)))
    _sold(world, 6, "G1", backup, {MARCH: 400, date(2026, 3, 10): 0}, shares=(("g", 100),))
    # h's customer changed over to i: no churn of h's.
    seven = _sold(world, 7, "H1", security, {OLD: 500})
    for code, since, until in (("h", OLD, date(2026, 1, 1)), ("i", date(2026, 1, 1), None)):
        Credit.objects.create(
            subscription=seven,
            partner=world.partners[code],
            role="sourced",
            share=100,
            valid_from=since,
            valid_until=until,
        )
    # j's customer changed the plan: one subscription ended, another began.
    _sold(world, 8, "J1", security, {OLD: 100, date(2026, 4, 1): 0}, shares=(("j", 100),))
    _sold(world, 9, "J1", backup, {date(2026, 4, 1): 130}, shares=(("j", 100),))
    _sold(world, 10, "K1", security, {OLD: 125, date(2026, 10, 15): 100}, shares=(("k", 100),), currency="USD")
    # l lost its only customer this month, influences a's, and one that nobody sources, won by co-sell.
    _sold(world, 11, "L1", security, {OLD: 50, date(2026, 10, 20): 0}, shares=(("l", 100),))
    begun = date(2025, 10, 1)
    twelve = _sold(world, 12, "X1", security, {begun: 450, date(2026, 9, 1): 600, date(2026, 10, 10): 900})
    twelve.registration = make_registration(
        world.partners["l"], account=twelve.account, status=RegistrationStatus.WON, origin=Origin.CO_SELL
    )
    twelve.save()
    _sold(world, 14, "Y1", security, {date(2024, 1, 1): 700})
    for number, share in ((1, 30), (12, 50)):
        Credit.objects.create(
            subscription=Subscription.objects.get(external_id=f"S{number}"),
            partner=world.partners["l"],
            role="influenced",
            share=share,
            valid_from=OLD,
        )
    return world
