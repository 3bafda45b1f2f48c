"""Totals of a run: per currency and kind, never added across currencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Sum

from commissions.kinds import KIND_ORDER
from commissions.models import Entry

if TYPE_CHECKING:
    from decimal import Decimal

    from commissions.models import Run


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What a run posts for one kind in one currency."""

    currency: str
    kind: str
    amount: Decimal
    entries: int


def run_totals(run: Run) -> list[KindTotal]:
    """Return the totals of a run by currency, then kind in the order of the rules."""
    rows = Entry.objects.filter(run=run).values("currency", "kind").annotate(total=Sum("amount"), entries=Count("id"))
    totals = [KindTotal(row["currency"], row["kind"], row["total"], row["entries"]) for row in rows]
    return sorted(totals, key=lambda total: (total.currency, KIND_ORDER[total.kind]))
