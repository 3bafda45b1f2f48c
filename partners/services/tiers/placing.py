"""Writing what a partner holds from a day on, without touching a day before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from partners.models import Tier, TierAssignment
from partners.policy.tiers import Stretch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

LOCK = 5_340_001
"""Evaluations, tiers by hand and criteria are written one after the other; taken for the length of a transaction."""


def take_turns() -> None:
    """Wait until nobody else changes tiers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def place(*, partner_id: int, start: date, held: Sequence[Stretch]) -> None:
    """Let a partner hold ``held`` from ``start`` on, and nothing else; what stands so already is left alone.

    The row that reaches into ``start`` is cut there, or goes on where the first stretch is of the same tier. What is
    not wanted any more goes first, so that nothing overlaps for a moment.
    """
    tiers = dict(Tier.objects.values_list("code", "pk"))
    wanted = [(tiers[one.tier or ""], one.start, one.end) for one in held]
    rows = TierAssignment.objects.filter(partner_id=partner_id)
    before = _row_into(rows, start, wanted[0][0] if wanted and wanted[0][1] == start else None)
    until: date | None = start
    if before is not None and wanted and wanted[0][:2] == (before.tier_id, start):
        until = wanted.pop(0)[2]
    kept = set()
    for row in rows.filter(valid_from__gte=start):
        key = (row.tier_id, row.valid_from, row.valid_until)
        if key in wanted:
            kept.add(key)
        else:
            row.delete()
    if before is not None and before.valid_until != until:
        before.valid_until = until
        before.save(update_fields=["valid_until"])
    TierAssignment.objects.bulk_create(
        TierAssignment(partner_id=partner_id, tier_id=tier, valid_from=begins, valid_until=ends)
        for tier, begins, ends in wanted
        if (tier, begins, ends) not in kept
    )


def _row_into(rows: QuerySet[TierAssignment], start: date, tier: int | None) -> TierAssignment | None:
    """Return the row that reaches into ``start``, or that ends there and goes on with the tier that is to be held."""
    reaching = rows.filter(valid__contains=start).exclude(valid_from=start).first()
    if reaching is not None or tier is None:
        return reaching
    return rows.filter(valid_until=start, tier_id=tier).exclude(valid__isempty=True).first()
