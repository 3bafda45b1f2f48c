"""Writes the program: settings, tiers, products, plans with their rules, exchange rates."""

from __future__ import annotations

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

RULES = (
    # plan, kind, role, tier, from and until customer month, rate in per cent
    (STANDARD, Kind.RECURRING, CreditRole.SOURCED, "", 1, FIRST_YEAR, 20),
    (STANDARD, Kind.RECURRING, CreditRole.SOURCED, "gold", 1, FIRST_YEAR, 25),
    (STANDARD, Kind.RECURRING, CreditRole.SOURCED, "platinum", 1, FIRST_YEAR, 25),
    (STANDARD, Kind.RECURRING, CreditRole.SOURCED, "", FIRST_YEAR, None, 10),
    (STANDARD, Kind.RECURRING, CreditRole.INFLUENCED, "", 1, FIRST_YEAR, 5),
    (STANDARD, Kind.UPFRONT, CreditRole.SOURCED, "", 1, None, 100),
    (DISTRIBUTION, Kind.RECURRING, CreditRole.SOURCED, "", 1, None, 10),
    (DISTRIBUTION, Kind.OVERRIDE, CreditRole.SOURCED, "", 1, None, 2),
)
_RATES = {"PLN": (Decimal("4.2680"), Decimal("0.0065")), "USD": (Decimal("1.1140"), Decimal("0.0042"))}
"""Units to the euro in the first month, and how much they move from month to month."""


def write_program(timeline: Timeline, *, admin: User) -> None:
    """Write everything that stands before the first partner."""
    Program.objects.update(
        name="Halden partner program",
        vendor_name="Halden Cloud",
        base_currency="EUR",
        timezone="UTC",
        first_period=timeline.month(0),
        minimum_expected_mrr=Decimal(50),
    )
    Tier.objects.bulk_create(
        Tier(code=code, name=name, rank=rank, protection_days=days, live_cap=cap, auto_approve=auto)
        for rank, (code, name, days, cap, auto) in enumerate(TIERS, start=1)
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
    Rule.objects.bulk_create(
        Rule(
            plan=plans[plan],
            kind=kind,
            role=role,
            tier=tiers.get(tier),
            age_from=age_from,
            age_until=age_until,
            rate=Decimal(rate),
            valid_from=timeline.month(0),
            created_by=admin,
        )
        for plan, kind, role, tier, age_from, age_until, rate in RULES
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
