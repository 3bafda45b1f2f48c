"""What the demonstration's partners sold: facts, each with the month in which it became known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from commissions.demo.names import Customer, NameBook
from commissions.demo.partners import MEMBERS, SUSPENDED, Member
from commissions.demo.timeline import MONTHS, Timeline

FAMILIES = ("workspace", "backup", "security", "connectivity")
UPGRADED_PRODUCT = {"workspace": "workspace-plus", "backup": "backup-archive", "security": "security-watch"}

LAST_SALE = {SUSPENDED: 11}
"""The last month in which a partner sold something, where it is not the last one."""

DIRECT = 16
"""How many of Halden's own sales it made itself; the rest went through a marketplace."""

_PRICES = (60, 75, 90, 120, 150, 180, 210, 240, 280, 320, 360, 420, 480, 560, 640, 760, 890, 1050, 1240, 1480)
_PER_EUR = {"EUR": Decimal(1), "PLN": Decimal("4.2"), "USD": Decimal("1.15")}
_DEALS = {"fresh": 0.6, "second_product": 0.12, "grows": 0.34, "shrinks": 0.06, "leaves": 0.16, "plus": 0.3}
"""How likely something is for one subscription over its life."""


@dataclass(frozen=True, slots=True)
class Change:
    """An MRR level from a day on, known in the month of that number."""

    on: date
    mrr: Decimal
    known: int


@dataclass(frozen=True, slots=True)
class Share:
    """A partner's share in per cent; one with ``known`` later than the sale corrects what was written then."""

    partner: str
    share: Decimal
    role: str = "sourced"
    known: int | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A subscription. ``source`` says through which way it was bought; no shares: nobody is credited."""

    customer: Customer
    family: str
    product: str
    currency: str
    started_on: date
    mrr: Decimal
    changes: tuple[Change, ...] = ()
    shares: tuple[Share, ...] = ()
    source: str = "partner"

    @property
    def seller(self) -> str:
        """Return the partner that registered it: the first that was credited as its source."""
        return next((share.partner for share in self.shares if share.role == "sourced"), "")


@dataclass(slots=True)
class Book:
    """All sales, and the customers behind them."""

    sales: list[Sale] = field(default_factory=list)

    def customers(self) -> list[Customer]:
        """Return every customer once, in the order of its first sale."""
        return list(dict.fromkeys(sale.customer for sale in self.sales))


def draw_book(timeline: Timeline, random: Random, names: NameBook, told: Iterable[Sale]) -> Book:
    """Return the stories' sales and those that chance adds, ordered by start."""
    sales = list(told)
    for member in MEMBERS:
        for _ in range(member.weight):
            sales += _sold(member, timeline, random, names)
    sales += _without_partner(timeline, random, names)
    sales.sort(key=lambda sale: (sale.started_on, sale.customer.website, sale.family))
    return Book(sales)


def level(amount: int, currency: str) -> Decimal:
    """Return a monthly price in ``currency``, from its size in euros, as price lists round it."""
    step = Decimal(10 if currency == "PLN" else 5)
    return (Decimal(amount) * _PER_EUR[currency] / step).quantize(Decimal(1)) * step + Decimal("0.00")


def _sold(member: Member, timeline: Timeline, random: Random, names: NameBook) -> list[Sale]:
    """Return one customer's subscriptions through ``member``."""
    first, last = max(member.since, -9), LAST_SALE.get(member.code, MONTHS - 1)
    is_fresh = first >= 0 or random.random() < _DEALS["fresh"]
    number = random.randint(max(first, 0), last) if is_fresh else random.randint(first, 2)
    customer = names.take(member.country)
    families = random.sample(FAMILIES, 2 if random.random() < _DEALS["second_product"] else 1)
    return [
        _subscription(
            member,
            customer,
            family,
            start=timeline.day(number, random.randint(1, 28)),
            timeline=timeline,
            random=random,
        )
        for family in families
    ]


def _subscription(
    member: Member, customer: Customer, family: str, *, start: date, timeline: Timeline, random: Random
) -> Sale:
    size = random.choice(_PRICES)
    return Sale(
        customer=customer,
        family=family,
        product=_product(family, random),
        currency=member.currency,
        started_on=start,
        mrr=level(size, member.currency),
        changes=_life(start, size, member.currency, timeline, random),
        shares=(Share(member.code, Decimal(100)),),
    )


def _product(family: str, random: Random) -> str:
    return UPGRADED_PRODUCT.get(family, family) if random.random() < _DEALS["plus"] else family


def _life(start: date, size: int, currency: str, timeline: Timeline, random: Random) -> tuple[Change, ...]:
    """Return what happened to a subscription since: it grew, shrank or left, each known in its month."""
    changes: list[Change] = []
    on, until = max(start, timeline.month(0)), timeline.today
    for chance, factor, soonest in (("grows", 1.3, 40), ("shrinks", 0.75, 40), ("leaves", 0, 80)):
        happens, days = random.random() < _DEALS[chance], random.randint(soonest, soonest + 220)
        on += timedelta(days=days if happens else 0)
        if happens and on < until:
            size = int(size * factor)
            changes.append(Change(on, level(size, currency), timeline.number_of(on)))
    return tuple(changes)


def _without_partner(timeline: Timeline, random: Random, names: NameBook) -> list[Sale]:
    """Return what Halden sold itself, and through a marketplace: on these nobody is credited."""
    return [
        Sale(
            customer=names.take(country),
            family=(family := random.choice(FAMILIES)),
            product=family,
            currency="EUR",
            started_on=timeline.day(random.randint(-9, MONTHS - 1), random.randint(1, 28)),
            mrr=level(random.choice(_PRICES), "EUR"),
            source="marketplace" if count >= DIRECT else "direct",
        )
        for count, country in enumerate(("DE", "GB", "FI", "NO", "IT") * 4)
    ]
