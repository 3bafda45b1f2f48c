"""What approval depends on: the last approved run, and who changed what since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from commissions.models import Run, RunStatus
from prm.actors import Channel
from prm.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

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
    return last_approved().first()


def last_approved() -> QuerySet[Run]:
    """Return the same as a list of at most one, for a statement that needs it within."""
    later = Run.objects.filter(status=RunStatus.APPROVED, based_on=OuterRef("pk"))
    return Run.objects.filter(~Exists(later), status=RunStatus.APPROVED)


def rule_changes_by(*, user_id: int | None, since: datetime | None, keys: Sequence[str] | None = None) -> bool:
    """Whether a person changed rules, plans, credits or adjustments after ``since`` (None: ever).

    What a key did that the person has made was done by the person: a key is no second pair of eyes. ``keys`` are
    those of ``keys_made_by``, for a caller who has read them.
    """
    if user_id is None:
        return False
    theirs = Q(user_id=user_id)
    for prefix in keys_made_by(user_id) if keys is None else keys:
        theirs |= Q(channel=Channel.API, actor__endswith=f"({prefix})")
    acts = AuditEvent.objects.filter(theirs).filter(
        Q(object_type__in=MONEY_TABLES)
        | Q(action="registration.won")  # winning makes the credit
        | Q(action="csv.load", data__has_any_keys=list(MONEY_FILES))
    )
    return (acts if since is None else acts.filter(at__gt=since)).exists()


def keys_made_by(user_id: int | None) -> list[str]:
    """Return the prefixes of the API keys that a person has made, which the label of a key's acts ends with."""
    if user_id is None:
        return []
    made = AuditEvent.objects.filter(user_id=user_id, action__in=["api_key.created", "api_key.rotated"])
    return [str(data.get("prefix") or data.get("successor")) for data in made.values_list("data", flat=True)]


def is_by_key(label: str, keys: Sequence[str]) -> bool:
    """Whether a label names one of the API keys."""
    return any(label.endswith(f"({prefix})") for prefix in keys)
