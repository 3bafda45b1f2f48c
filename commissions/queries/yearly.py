"""What partners were paid and what was withheld in a calendar year, beside the thresholds of yearly reports."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import connection

from commissions.models import Payout
from partners.queries.payees import reporting_rule
from prm.currencies import CURRENCIES
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prm.actors import Actor

TOTAL_COLUMNS = (
    "year", "partner", "name", "country", "tax_form", "currency", "payouts", "gross", "withheld", "net", "report",
    "threshold", "threshold_currency", "total_in_threshold_currency", "reportable",
)  # fmt: skip
CERTIFICATE_COLUMNS = ("paid_on", "payout", "currency", "gross", "rate", "withheld", "net", "reference")

TOTALS = """
-- Payouts that reached the partner and did not come back, by the day on which they were paid in the program's zone.
-- The form that counts is a verified US one, else a VAT id. Amounts in a threshold's currency use the month's rate.
WITH paid AS (
    SELECT o.partner_id, o.currency, o.gross, o.withheld, o.net,
           date_trunc('month', (o.paid_at AT TIME ZONE %(zone)s))::date AS month
    FROM commissions_payout o
    WHERE o.status = 'paid' AND extract(year FROM (o.paid_at AT TIME ZONE %(zone)s)) = %(year)s
)
SELECT p.id, p.code, p.name, p.country, coalesce(f.kind, ''), paid.currency, count(*), sum(paid.gross),
       sum(paid.withheld), sum(paid.net),
       CASE WHEN bool_and(paid.currency = 'USD' OR (r.per_eur IS NOT NULL AND u.per_eur IS NOT NULL)) THEN
            sum(CASE WHEN paid.currency = 'USD' THEN paid.gross ELSE paid.gross / r.per_eur * u.per_eur END) END
FROM paid
JOIN partners_partner p ON p.id = paid.partner_id
LEFT JOIN LATERAL (
    SELECT kind FROM partners_taxform t WHERE t.partner_id = p.id AND t.status = 'verified'
    ORDER BY array_position(ARRAY['w9', 'w8ben_e', 'w8ben', 'vat', 'none'], t.kind::text) LIMIT 1
) f ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN paid.currency = 'EUR' THEN 1 ELSE (SELECT x.per_eur FROM prm_fxrate x
            WHERE x.currency = paid.currency AND x.month = paid.month) END AS per_eur
) r ON true
LEFT JOIN prm_fxrate u ON u.currency = 'USD' AND u.month = paid.month
GROUP BY p.id, p.code, p.name, p.country, f.kind, paid.currency
ORDER BY p.code COLLATE "C", paid.currency
"""


@dataclass(frozen=True, slots=True)
class YearTotal:
    """What one partner was paid in one currency in a year; ``in_dollars`` is None where a month's rate is missing."""

    partner_id: int
    code: str
    name: str
    country: str
    form: str
    currency: str
    payouts: int
    gross: Decimal
    withheld: Decimal
    net: Decimal
    in_dollars: Decimal | None


def year_totals(year: int) -> list[YearTotal]:
    """Return the totals of a calendar year by partner and currency."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"year": year, "zone": Program.current().timezone})
        return [YearTotal(*row) for row in cursor.fetchall()]


def total_rows(year: int) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the yearly file: each total with its report, threshold and whether it is reached.

    A threshold is compared with all that the partner was paid in the year, in the threshold's currency.
    """
    totals = year_totals(year)
    rules = {form: reporting_rule(form=form, year=year) for form in {one.form for one in totals}}
    for one in totals:
        rule = rules[one.form]
        shared = (
            str(year), one.code, one.name, one.country, one.form, one.currency, str(one.payouts),
            *(_plain(amount, one.currency) for amount in (one.gross, one.withheld, one.net)),
        )  # fmt: skip
        if rule is None or rule.currency != "USD":
            yield (*shared, "", "", "", "", "")
            continue
        parts = [each.in_dollars for each in totals if each.partner_id == one.partner_id]
        sums = [part for part in parts if part is not None]
        whole = sum(sums, Decimal(0)).quantize(Decimal("0.01")) if len(sums) == len(parts) else None
        yield (
            *shared,
            rule.report,
            _plain(rule.threshold, rule.currency),
            rule.currency,
            "" if whole is None else f"{whole}",
            "unknown" if whole is None else "yes" if whole >= rule.threshold else "no",
        )


def certificate_rows(actor: Actor, *, partner_id: int, year: int) -> Iterator[tuple[str, ...]]:
    """Yield each payout of a partner in a year with what was withheld: the certificate for its own tax office."""
    zone = Program.current()
    rows = Payout.objects.visible_to(actor).filter(partner_id=partner_id, status="paid").order_by("paid_at", "number")
    for payout in rows:
        paid_on = zone.day_of(payout.paid_at) if payout.paid_at else None
        if paid_on is None or paid_on.year != year:
            continue
        yield (
            f"{paid_on:%Y-%m-%d}", str(payout), payout.currency, _plain(payout.gross, payout.currency),
            f"{payout.withholding_rate.normalize():f}", _plain(payout.withheld, payout.currency),
            _plain(payout.net, payout.currency), payout.provider_reference,
        )  # fmt: skip


def years_of(actor: Actor, *, partner_id: int | None = None) -> list[int]:
    """Return the years in which something was paid, the latest first."""
    rows = Payout.objects.visible_to(actor).filter(status="paid", paid_at__isnull=False)
    if partner_id is not None:
        rows = rows.filter(partner_id=partner_id)
    zone = ZoneInfo(Program.current().timezone)
    return [moment.year for moment in rows.datetimes("paid_at", "year", order="DESC", tzinfo=zone)]


def _plain(amount: Any, currency: str) -> str:
    return f"{amount:.{CURRENCIES.get(currency, 2)}f}"
