"""What was posted limits what a folder may correct: a subscription's currency, and the first period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from commissions.models import Entry, RunStatus

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load


def check_currency(load: Load, sheet: Sheet) -> None:
    """Refuse another currency for a subscription on which commission is posted."""
    moved = {row.id: row for row in sheet.rows if row.stored and row.stored["currency"] != row.values["currency"]}
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT e.subscription_id FROM commissions_entry e JOIN commissions_run r ON r.id = e.run_id "
            "WHERE r.status = %s AND e.subscription_id = ANY(%s)",
            [RunStatus.APPROVED, list(moved)],
        )
        for (pk,) in cursor.fetchall():
            message = _("cannot change any more: commission is posted in %(currency)s")
            stored = moved[pk].stored or {}
            load.wrong(sheet, moved[pk], "currency", message % {"currency": stored["currency"]})


def check_first_period(load: Load, sheet: Sheet) -> None:
    """Refuse a first period later than the first month for which commission is posted."""
    for row in sheet.rows:
        first = row.values["parsed"] if row.values["key"] == "first_period" else None
        if first is None or not row.changed:
            continue
        posted = Entry.objects.filter(run__status=RunStatus.APPROVED).order_by("earned_period").first()
        if posted is not None and first > posted.earned_period:
            message = _("cannot be later than %(month)s, for which commission is posted")
            load.wrong(sheet, row, "value", message % {"month": f"{posted.earned_period:%Y-%m}"})
