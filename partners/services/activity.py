"""The log of partner activity: every app reports its facts here by a plain call (partner rules, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partners.models import Activity

if TYPE_CHECKING:
    from datetime import datetime


def record_activity(
    *, partner_id: int, kind: str, at: datetime, object_name: str = "", user_id: int | None = None
) -> None:
    """Report that something happened at a partner, in the caller's transaction.

    ``kind`` is a code of ``prm.activities`` (a new one registers its sentence there); ``object_name`` names what it is
    about in words that the partner's people may read, a customer for example. The same fact reported twice is one.
    """
    Activity.objects.bulk_create(
        [Activity(partner_id=partner_id, kind=kind, occurred_at=at, object=object_name[:200], user_id=user_id)],
        ignore_conflicts=True,
    )
