"""Plans and rules of the generated program: every kind, two tiers, four currencies, changed rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

SILVER, GOLD = 1, 2
STANDARD, CAPPED, BY_PAYMENTS = 1, 2, 3
RATES_RAISED_ON = date(2026, 4, 1)

_PLAN = {
    "basis": "contracted",
    "clawback": "none",
    "clawback_days": 0,
    "cap_per_subscription": None,
    "cap_currency": "",
    "minimum_payout": 0,
    "minimum_currency": "",
    "true_up_months": 12,
    "is_default": False,
}
PLANS: list[dict[str, Any]] = [
    {"id": STANDARD, "code": "standard", "name": "Standard", **_PLAN, "clawback": "full", "clawback_days": 90}
    | {"is_default": True},
    {"id": CAPPED, "code": "capped", "name": "Capped", **_PLAN, "clawback": "prorated", "clawback_days": 60}
    | {"cap_per_subscription": Decimal(900), "cap_currency": "EUR"},
    {"id": BY_PAYMENTS, "code": "payments", "name": "By payments", **_PLAN, "basis": "collected"},
]

# kind, what it matches, age from, age until, rate in % (until and since the rates were raised)
_RATED: tuple[tuple[str, dict[str, Any], int, int | None, int, int], ...] = (
    ("recurring", {}, 1, 13, 18, 20),
    ("recurring", {"tier_id": GOLD}, 1, 13, 24, 25),
    ("recurring", {"family_id": 1}, 1, 13, 21, 22),
    ("recurring", {"product_id": 2}, 1, 25, 15, 17),
    ("recurring", {"role": "services"}, 1, None, 5, 6),
    ("recurring", {}, 13, None, 10, 10),
    ("upfront", {}, 1, None, 100, 100),
    ("upfront", {"tier_id": GOLD}, 1, None, 110, 120),
    ("expansion", {}, 1, None, 40, 50),
    ("renewal", {}, 1, 25, 25, 30),
    ("renewal", {"tier_id": GOLD, "currency": "EUR"}, 1, None, 35, 40),
    ("override", {}, 1, None, 2, 2),
    ("override", {"tier_id": GOLD}, 1, None, 3, 3),
)
# currency, SPIFF, its minimum MRR, thresholds and rates of the accelerator
_BY_CURRENCY: tuple[tuple[str, int, int, tuple[tuple[int, int], ...]], ...] = (
    ("EUR", 50, 100, ((0, 5), (1_000, 10), (5_000, 15))),
    ("USD", 55, 100, ((0, 5), (1_000, 10))),
    ("JPY", 8_000, 16_000, ((100_000, 10),)),
    ("KWD", 15, 30, ((0, 5), (400, 10))),
)


def _rules() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for plan in (STANDARD, CAPPED, BY_PAYMENTS):
        for kind, match, age_from, age_until, before, since in _RATED:
            row = {"plan_id": plan, "kind": kind, "currency": "", "age_from": age_from, "age_until": age_until, **match}
            rows.append({**row, "rate": before, "valid_from": date(2020, 1, 1), "valid_until": RATES_RAISED_ON})
            rows.append({**row, "rate": since, "valid_from": RATES_RAISED_ON})
        for currency, amount, minimum, brackets in _BY_CURRENCY:
            base = {"plan_id": plan, "currency": currency, "age_from": 1, "valid_from": date(2020, 1, 1)}
            rows.append({**base, "kind": "spiff", "amount": amount, "minimum_mrr": minimum})
            for threshold, rate in brackets:
                rows.append({**base, "kind": "accelerator", "rate": rate, "threshold": threshold})
            rows.append({**base, "kind": "accelerator", "tier_id": GOLD, "rate": 20, "threshold": brackets[0][0]})
    return rows


RULES = _rules()
