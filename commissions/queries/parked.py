"""Partners that a run leaves out because an input of theirs cannot be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commissions.models import ParkedPartner

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from commissions.models import Run


def parked_in(run: Run) -> QuerySet[ParkedPartner]:
    """Return whom the run leaves out and where the fault was found, by partner."""
    return (
        ParkedPartner.objects.filter(run=run)
        .select_related("partner", "subscription__account")
        .order_by("partner__name", "subscription__external_id", "id")
    )
