"""What is owed: the balance of the partner-payable account, by one definition for every reader."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

PAYABLES = """
    SELECT partner_id, currency,
           sum(CASE credit WHEN 'partner_payable' THEN amount ELSE -amount END) AS payable
    FROM commissions_posting
    WHERE 'partner_payable' IN (debit, credit)
      AND (%(partners)s::bigint[] IS NULL OR partner_id = ANY(%(partners)s::bigint[]))
    GROUP BY partner_id, currency
"""
"""The balance by partner and currency; ``partners`` limits it, None means everybody. Below 0 a partner owes us."""


@dataclass(frozen=True, slots=True)
class Payable:
    """What is owed to a partner in one currency, in its units."""

    partner_id: int
    currency: str
    amount: Decimal


def payables(partner_ids: Iterable[int] | None = None) -> list[Payable]:
    """Return every balance that is not zero, in order of partner and currency."""
    wanted = None if partner_ids is None else list(partner_ids)
    with connection.cursor() as cursor:
        cursor.execute(PAYABLES + " ORDER BY partner_id, currency", {"partners": wanted})
        return [Payable(*row) for row in cursor.fetchall() if row[2] != 0]


def payable_of(partner_id: int, currency: str) -> Decimal:
    """Return what is owed to a partner in a currency."""
    return next((row.amount for row in payables([partner_id]) if row.currency == currency), Decimal(0))


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What stands on one account in one currency: debits less credits."""

    account: str
    currency: str
    balance: Decimal


def account_balances() -> list[AccountBalance]:
    """Return the balance of every account; in each currency they add up to nothing, as double entry does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account, currency, sum(amount) FROM ("
            " SELECT debit AS account, currency, amount FROM commissions_posting"
            " UNION ALL SELECT credit, currency, -amount FROM commissions_posting) sides"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return [AccountBalance(*row) for row in cursor.fetchall()]
