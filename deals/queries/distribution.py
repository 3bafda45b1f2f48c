"""Who sells under whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partners.models import Partner, PartnerStatus

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet


def partner_coded(code: str) -> int:
    """Return the id of the partner of that code, or 0, which is nobody: whom one may name, the service knows."""
    return Partner.objects.filter(code=code).values_list("pk", flat=True).first() or 0


def sub_partners_of(distributor_id: int, *, day: date) -> QuerySet[Partner]:
    """Return the active partners that sell under ``distributor_id`` on ``day``."""
    return Partner.objects.filter(
        status=PartnerStatus.ACTIVE,
        parent_assignments__parent_id=distributor_id,
        parent_assignments__valid__contains=day,
    ).order_by("name", "pk")
