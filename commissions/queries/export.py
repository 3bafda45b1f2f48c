"""Entries as the interchange page writes them: one row each, in the order of its columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.explanations import Explained, explain
from commissions.models import Rule
from partners.models import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal

COLUMNS = (
    "run",
    "posted_period",
    "earned_period",
    "partner",
    "subscription",
    "kind",
    "currency",
    "amount",
    "rule",
    "explanation",
)

ENTRIES = """
SELECT r.number, r.period, e.earned_period, p.code, coalesce(s.external_id, ''), e.kind, e.currency, e.amount,
       e.entitlement, e.posted_before, commissions_working(e)::text, c.minor_units
FROM commissions_entry e
JOIN commissions_run r ON r.id = e.run_id
JOIN partners_partner p ON p.id = e.partner_id
LEFT JOIN deals_subscription s ON s.id = e.subscription_id
JOIN prm_currency c ON c.code = e.currency
WHERE CASE WHEN %(run)s::bigint IS NULL THEN r.status = 'approved' ELSE r.number = %(run)s END
  AND (%(period)s::date IS NULL OR r.period = %(period)s)
  AND (%(partner)s::bigint IS NULL OR e.partner_id = %(partner)s)
ORDER BY r.number, r.period, e.earned_period, p.code COLLATE "C", s.external_id COLLATE "C" NULLS FIRST,
         e.kind COLLATE "C", e.currency COLLATE "C", e.amount
"""


def export_rows(
    *, period: date | None = None, run_number: int | None = None, partner_id: int | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of an export: approved runs only, unless ``run_number`` names one.

    Rows stream from a server-side cursor, so that the size of the program does not matter. Explanations are in
    the active language.
    """
    rules = {rule.pk: rule_text(rule) for rule in _rules()}
    tiers = dict(Tier.objects.values_list("pk", "name"))
    with connection.chunked_cursor() as cursor:
        cursor.execute(ENTRIES, {"run": run_number, "period": period, "partner": partner_id})
        for row in cursor:
            yield _as_text(row, rules, tiers)


def rule_text(rule: Rule) -> str:
    """Name a rule by its key: plan/kind/product/family/tier/role/currency/threshold/age_from/from."""
    return "/".join(
        (
            rule.plan.code,
            rule.kind,
            rule.product.code if rule.product else "",
            rule.family.code if rule.family else "",
            rule.tier.code if rule.tier else "",
            rule.role,
            rule.currency,
            "" if rule.threshold is None else f"{rule.threshold.normalize():f}",
            str(rule.age_from),
            rule.valid_from.isoformat() if rule.valid_from else "",
        )
    )


def _rules() -> Iterator[Rule]:
    return Rule.objects.select_related("plan", "product", "family", "tier").iterator()


def _as_text(row: tuple[Any, ...], rules: dict[int, str], tiers: dict[int, str]) -> tuple[str, ...]:
    number, posted, earned, partner, subscription, kind, currency, amount, entitlement, before, working, minor = row
    decoded = json.loads(working) if working else None
    explained = Explained(
        kind=kind,
        currency=currency,
        minor=minor,
        earned_period=earned,
        amount=amount,
        entitlement=entitlement,
        posted_before=before,
        working=decoded,
    )
    used = sorted({rules[part["rule"]] for part in decoded["parts"]}) if decoded else []
    return (
        str(number),
        f"{posted:%Y-%m}",
        f"{earned:%Y-%m}",
        partner,
        subscription,
        kind,
        currency,
        plain_amount(amount, minor),
        ";".join(used),
        explain(explained, tier_names=tiers).text,
    )


def plain_amount(amount: Decimal, minor: int) -> str:
    """Print an amount with its currency's minor digits and no separators."""
    return f"{amount:.{minor}f}"
