"""Writes the program: settings, tiers, products, plans with their rules, exchange rates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from commissions.demo.partners import TIERS
from commissions.demo.timeline import MONTHS, Timeline
from commissions.kinds import Kind
from commissions.models import Basis, Clawback, Plan, Rule
from deals.models import CreditRole, Family, Product
from partners.models import Tier
from prm.models import FxRate, Program, User

PRODUCTS = (
    ("workspace", "Workspace", "workspace"),
    ("workspace-plus", "Workspace Plus", "workspace"),
    ("backup", "Backup", "backup"),
    ("backup-archive", "Backup Archive", "backup"),
    ("security", "Security", "security"),
    ("security-watch", "Security Watch", "security"),
    ("connectivity", "Connectivity", "connectivity"),
)
"""Code, name and family."""

STANDARD, DISTRIBUTION = "standard", "distribution"
FIRST_YEAR = 13
"""The customer month from which the lower rate counts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One rule: ``rate`` in per cent, or a flat ``amount``; ``months`` are the months of history in which it counts."""

    plan: str
    kind: Kind
    rate: int | None = None
    tier: str = ""
    role: CreditRole = CreditRole.SOURCED
    age_from: int = 1
    age_until: int | None = None
    amount: int | None = None
    family: str = ""
    currency: str = ""
    months: tuple[int, int | None] = (0, None)


RULES = (
    Terms(STANDARD, Kind.RECURRING, 20, age_until=FIRST_YEAR),
    Terms(STANDARD, Kind.RECURRING, 25, "gold", age_until=FIRST_YEAR),
    Terms(STANDARD, Kind.RECURRING, 25, "platinum", age_until=FIRST_YEAR),
    Terms(STANDARD, Kind.RECURRING, 10, age_from=FIRST_YEAR),
    Terms(STANDARD, Kind.RECURRING, 5, role=CreditRole.INFLUENCED, age_until=FIRST_YEAR),
    Terms(STANDARD, Kind.UPFRONT, 100),
    Terms(STANDARD, Kind.SPIFF, amount=120, family="connectivity", currency="EUR", months=(10, MONTHS)),
    Terms(STANDARD, Kind.RENEWAL, 20),
    Terms(DISTRIBUTION, Kind.RECURRING, 10),
    Terms(DISTRIBUTION, Kind.OVERRIDE, 2),
)
"""The standard plan also runs a campaign: a SPIFF bonus for each Connectivity sale of the last four months."""

_RATES = {"PLN": (Decimal("4.2680"), Decimal("0.0065")), "USD": (Decimal("1.1140"), Decimal("0.0042"))}
"""Units to the euro in the first month, and how much they move from month to month."""


def write_program(timeline: Timeline, *, admin: User) -> None:
    """Write everything that stands before the first partner."""
    Program.objects.update(
        name="Halden Cloud",
        vendor_name="Halden Cloud",
        base_currency="EUR",
        timezone="UTC",
        first_period=timeline.month(0),
        minimum_expected_mrr=Decimal(50),
    )
    Tier.objects.bulk_create(
        Tier(code=code, name=name, rank=rank, protection_days=days, live_cap=cap, auto_approve=auto, mdf_share=share)
        for rank, (code, name, days, cap, auto, share) in enumerate(TIERS, start=1)
    )
    families = {code: Family.objects.create(code=code, name=name) for code, name, kin in PRODUCTS if code == kin}
    Product.objects.bulk_create(Product(code=code, name=name, family=families[kin]) for code, name, kin in PRODUCTS)
    _write_plans(timeline, admin)
    _write_rates(timeline)


def _write_plans(timeline: Timeline, admin: User) -> None:
    plans = {
        code: Plan.objects.create(
            code=code,
            name=name,
            basis=Basis.CONTRACTED,
            clawback=Clawback.FULL,
            clawback_days=90,
            minimum_payout=Decimal(50),
            minimum_currency="EUR",
            is_default=code == STANDARD,
        )
        for code, name in ((STANDARD, "Standard"), (DISTRIBUTION, "Distribution"))
    }
    tiers = {tier.code: tier for tier in Tier.objects.all()}
    families = {family.code: family for family in Family.objects.all()}
    Rule.objects.bulk_create(
        Rule(
            plan=plans[terms.plan],
            kind=terms.kind,
            role=terms.role,
            tier=tiers.get(terms.tier),
            family=families.get(terms.family),
            currency=terms.currency,
            age_from=terms.age_from,
            age_until=terms.age_until,
            rate=terms.rate,
            amount=terms.amount,
            valid_from=timeline.month(terms.months[0]),
            valid_until=timeline.month(terms.months[1]) if terms.months[1] else None,
            created_by=admin,
        )
        for terms in RULES
    )


def _write_rates(timeline: Timeline) -> None:
    FxRate.objects.bulk_create(
        FxRate(
            currency=currency,
            month=timeline.month(number),
            per_eur=first + step * ((number * 5) % 7 - 3),
        )
        for currency, (first, step) in _RATES.items()
        for number in range(MONTHS)
    )
