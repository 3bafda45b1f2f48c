"""What approval depends on: the last approved run, and who changed what since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from commissions.models import Run, RunStatus
from prm.models import AuditEvent

if TYPE_CHECKING:
    from datetime import datetime

MONEY_FILES = ("rules.csv", "credits.csv", "plans.csv", "plan_assignments.csv")
"""CSV files whose loading changes what a run pays."""

MONEY_TABLES = (
    "commissions.rule",
    "commissions.plan",
    "commissions.planassignment",
    "commissions.adjustment",
    "deals.credit",
)
"""What the acts of four eyes are done to, whatever the act is called and through whichever door it came."""


def last_approved_run() -> Run | None:
    """Return the approved run on which no other approved run is based, or None before the first."""
    later = Run.objects.filter(status=RunStatus.APPROVED, based_on=OuterRef("pk"))
    return Run.objects.filter(~Exists(later), status=RunStatus.APPROVED).first()


def rule_changes_by(*, user_id: int | None, since: datetime | None) -> bool:
    """Whether a person changed rules, plans, credits or adjustments after ``since`` (None: ever)."""
    if user_id is None:
        return False
    acts = AuditEvent.objects.filter(user_id=user_id).filter(
        Q(object_type__in=MONEY_TABLES)
        | Q(action="registration.won")  # winning makes the credit
        | Q(action="csv.load", data__has_any_keys=list(MONEY_FILES))
    )
    return (acts if since is None else acts.filter(at__gt=since)).exists()
