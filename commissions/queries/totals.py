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


WARNINGS = {
    "no_rule": (
        "partner credited on paying customers that no rule of its plan pays",
        "partners credited on paying customers that no rule of their plan pays",
    ),
    "no_credit": (
        "paying subscription bought through a partner on which nobody is credited",
        "paying subscriptions bought through a partner on which nobody is credited",
    ),
    "share_below_100": ("subscription credited below 100 %", "subscriptions credited below 100 %"),
    "partner_not_active": (
        "partner that earns while it is not active",
        "partners that earn while they are not active",
    ),
}
"""What each warning counts, one and many, for the operator's terminal; the console has words of its own."""

EXAMPLES_SHOWN = 3


def warning_lines(run: Run) -> list[str]:
    """Return one English line per kind of warning: what it counts, how many, and the first few by name."""
    found: dict[str, list[tuple[str, int]]] = {}
    rows = run.warnings.order_by("code", "id").values_list(
        "code", "partner__code", "subscription__external_id", "data__count"
    )
    for code, partner, subscription, count in rows:
        found.setdefault(code, []).append((partner or subscription or "", count or 0))
    lines = []
    for code, named in found.items():
        # A warning about subscriptions keeps a bounded number of rows and says in each how many there are.
        total = max(len(named), named[0][1]) if code in {"no_credit", "share_below_100"} else len(named)
        examples = ", ".join(name for name, _count in named[:EXAMPLES_SHOWN])
        one, many = WARNINGS.get(code, (code, code))
        what = one if total == 1 else many
        lines.append(f"{total} {what}: {examples}{', …' if total > EXAMPLES_SHOWN else ''}")
    return lines
