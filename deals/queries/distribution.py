"""Who sells under whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partners.models import Partner, PartnerStatus

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet


def sub_partners_of(distributor_id: int, *, day: date) -> QuerySet[Partner]:
    """Return the active partners that sell under ``distributor_id`` on ``day``."""
    return Partner.objects.filter(
        status=PartnerStatus.ACTIVE,
        parent_assignments__parent_id=distributor_id,
        parent_assignments__valid__contains=day,
    ).order_by("name", "pk")
