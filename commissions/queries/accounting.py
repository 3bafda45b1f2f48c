"""The accounting export (ASC 340-40, IFRS 15): two lines an entry, which balance, in the columns of the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.models import AccountingTreatment
from commissions.queries.export import plain_amount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal

COLUMNS = (
    "run",
    "posted_period",
    "statement",
    "partner",
    "subscription",
    "contract_start",
    "earned_period",
    "kind",
    "treatment",
    "account",
    "debit",
    "credit",
    "currency",
)
PAYABLE_ACCOUNT = "partner_payable"
"""What is owed to partners, as the ledger calls it; the other line of every entry."""

LINES = """
-- Entries and adjustments of approved runs, by run, partner, contract, month and kind. An accelerator, and an
-- adjustment that names no contract, have no contract's start: theirs is the month in which they were earned.
SELECT r.number, r.period, s.number, p.code, coalesce(b.external_id, ''), b.started_on,
       coalesce(l.earned_period, r.period), coalesce(nullif(l.kind, ''), 'adjustment'), l.currency, l.amount,
       c.minor_units
FROM (
    SELECT run_id, partner_id, subscription_id, kind, currency, earned_period, amount, 0 AS place FROM commissions_entry
    UNION ALL
    SELECT run_id, partner_id, subscription_id, kind, currency, earned_period, amount, 1 FROM commissions_adjustment
    WHERE run_id IS NOT NULL
) l
JOIN commissions_run r ON r.id = l.run_id AND r.status = 'approved'
JOIN commissions_statement s ON s.run_id = l.run_id AND s.partner_id = l.partner_id AND s.currency = l.currency
JOIN partners_partner p ON p.id = l.partner_id
JOIN prm_currency c ON c.code = l.currency
LEFT JOIN deals_subscription b ON b.id = l.subscription_id
WHERE (%(run)s::bigint IS NULL OR r.number = %(run)s) AND (%(period)s::date IS NULL OR r.period = %(period)s)
ORDER BY r.number, s.number COLLATE "C", l.place, b.external_id COLLATE "C" NULLS FIRST, 7,
         l.kind COLLATE "C", l.amount
"""


def accounting_rows(*, run_number: int | None = None, period: date | None = None) -> Iterator[tuple[str, ...]]:
    """Yield the lines of approved runs: of one run, of one posted month, or of all.

    Each entry is two lines of the same amount: the account of its kind's treatment, and what is owed to partners. A
    negative entry (a clawback, a correction) stands on the other sides. Rows stream from a server-side cursor.
    """
    treatments = {row.kind: row for row in AccountingTreatment.objects.all()}
    with connection.chunked_cursor() as cursor:
        cursor.execute(LINES, {"run": run_number, "period": period})
        for row in cursor:
            yield from _pair(row, treatments)


def _pair(row: tuple[Any, ...], treatments: dict[str, AccountingTreatment]) -> Iterator[tuple[str, ...]]:
    number, posted, statement, partner, contract, started_on, earned, kind, currency, amount, minor = row
    treatment = treatments[kind]
    shared = (
        str(number),
        f"{posted:%Y-%m}",
        statement,
        partner,
        contract,
        f"{started_on or earned:%Y-%m-%d}",
        f"{earned:%Y-%m}",
        kind,
        treatment.treatment,
    )
    for account, debit in ((treatment.account, amount), (PAYABLE_ACCOUNT, -amount)):
        yield (*shared, account, *_sides(debit, minor), currency)


def _sides(debit: Decimal, minor: int) -> tuple[str, str]:
    """Return an amount as debit and credit, one of them empty."""
    return (plain_amount(debit, minor), "") if debit > 0 else ("", plain_amount(-debit, minor))
