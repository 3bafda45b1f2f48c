"""Two runs side by side: sums, partners, and the entries that one has and the other has not, or not so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.kinds import KIND_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commissions.models import Run

SUMS = """
SELECT partner_id, (SELECT p.code FROM partners_partner p WHERE p.id = partner_id),
       (SELECT p.name FROM partners_partner p WHERE p.id = partner_id), kind, currency,
       coalesce(sum(amount) FILTER (WHERE run_id = %(one)s), 0),
       coalesce(sum(amount) FILTER (WHERE run_id = %(other)s), 0)
FROM commissions_entry WHERE run_id IN (%(one)s, %(other)s)
GROUP BY GROUPING SETS ((currency, kind), (partner_id, currency))
"""

ENTRIES = """
-- Entries by key. Each run's own month stands beside the other's own month, so that two months can be compared;
-- corrections and first-time payments of other months stand beside those of the same month.
SELECT p.code, p.name, coalesce(s.external_id, ''), coalesce(a.name, ''), k.kind, k.currency, k.month,
       k.one, k.other, count(*) OVER ()
FROM (
    SELECT partner_id, subscription_id, kind, currency, month, coalesce(o.amount, 0) AS one,
           coalesce(t.amount, 0) AS other
    FROM ({of_one}) o FULL JOIN ({of_other}) t USING (partner_id, subscription_id, kind, currency, month)
    WHERE coalesce(o.amount, 0) <> coalesce(t.amount, 0)
) k
JOIN partners_partner p ON p.id = k.partner_id
LEFT JOIN deals_subscription s ON s.id = nullif(k.subscription_id, 0)
LEFT JOIN deals_account a ON a.id = s.account_id
ORDER BY abs(k.other - k.one) DESC, p.code, s.external_id, k.kind, k.currency, k.month
"""

OF_RUN = """
SELECT partner_id, coalesce(subscription_id, 0) AS subscription_id, kind, currency,
       CASE WHEN earned_period = %({run}_period)s THEN '0001-01-01'::date ELSE earned_period END AS month,
       sum(amount) AS amount
FROM commissions_entry WHERE run_id = %({run})s GROUP BY 1, 2, 3, 4, 5
"""

STATEMENT = ENTRIES.replace("{of_one}", OF_RUN.replace("{run}", "one")).replace(
    "{of_other}", OF_RUN.replace("{run}", "other")
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One sum in both runs: of a kind, of a partner, or of a key. Without ``month`` it is each run's own month."""

    currency: str
    one: Decimal
    other: Decimal
    kind: str = ""
    partner: str = ""
    partner_code: str = ""
    subscription: str = ""
    customer: str = ""
    month: date | None = None

    @property
    def difference(self) -> Decimal:
        """How much more the other run has."""
        return self.other - self.one


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sums by currency and kind, and the partners that differ, the largest difference first."""

    kinds: tuple[Pair, ...]
    partners: tuple[Pair, ...]

    @property
    def totals(self) -> tuple[Pair, ...]:
        """Return the sum of each currency."""
        return tuple(
            Pair(
                currency,
                sum((pair.one for pair in self.kinds if pair.currency == currency), Decimal(0)),
                sum((pair.other for pair in self.kinds if pair.currency == currency), Decimal(0)),
            )
            for currency in sorted({pair.currency for pair in self.kinds})
        )


def compare(one: Run, other: Run) -> Comparison:
    """Return sums of both runs. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"one": one.pk, "other": other.pk})
        rows = cursor.fetchall()
    pairs = [
        Pair(
            currency=row[4],
            one=row[5],
            other=row[6],
            kind=row[3] or "",
            partner=row[2] or "",
            partner_code=row[1] or "",
        )
        for row in rows
    ]
    return Comparison(
        kinds=tuple(
            sorted((pair for pair in pairs if pair.kind), key=lambda pair: (pair.currency, KIND_ORDER[pair.kind]))
        ),
        partners=tuple(
            sorted(
                (pair for pair in pairs if not pair.kind and pair.difference),
                key=lambda pair: (-abs(pair.difference), pair.partner, pair.currency),
            )
        ),
    )


def differing_entries(one: Run, other: Run, *, start: int = 0, most: int | None = None) -> tuple[list[Pair], int]:
    """Return keys on which the runs differ, the largest first, and how many there are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{STATEMENT} OFFSET %(start)s LIMIT %(most)s", {**_asked(one, other), "start": start, "most": most}
        )
        rows = cursor.fetchall()
    return [_pair(row) for row in rows], rows[0][-1] if rows else 0


def every_differing_entry(one: Run, other: Run) -> Iterator[Pair]:
    """Yield all of them, however many there are, without holding them."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(STATEMENT, _asked(one, other))
        for row in cursor:
            yield _pair(row)


def _asked(one: Run, other: Run) -> dict[str, Any]:
    return {"one": one.pk, "other": other.pk, "one_period": one.period, "other_period": other.period}


def _pair(row: tuple[Any, ...]) -> Pair:
    code, name, subscription, customer, kind, currency, month, first, second, _count = row
    return Pair(
        currency=currency, one=first, other=second, kind=kind, partner=name, partner_code=code,
        subscription=subscription, customer=customer, month=None if month == date.min else month,
    )  # fmt: skip
