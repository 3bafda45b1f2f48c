"""Actions agreed on in a plan or a review: done, or open again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import JointAction, PartnerStatus, StepSide
from partners.services.activity import record_activity
from partners.services.plans.drafting import may_plan
from prm import audit
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

ANSWERING = (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE)
"""A suspended partner sees plan and reviews and submits nothing (partner rules, section 1)."""


def mark_action(*, action_id: int, done: bool, actor: Actor, now: datetime) -> JointAction:
    """Mark an action as done, or as open again; what it is already stays.

    Channel managers and administrators mark any; an owner of the partner, or its key, those of the partner's side.
    Raises ``NotAllowedError``, and ``DomainError`` for one that was dropped.
    """
    with transaction.atomic():
        rows = JointAction.objects.select_for_update(no_key=True, of=("self",)).select_related("partner")
        row = rows.get(pk=action_id)
        _require_side(row, actor)
        if actor.is_partner and row.partner.status not in ANSWERING:
            raise DomainError("partner_suspended", _("While your partnership is suspended nothing can be marked."))
        if row.dropped_on is not None:
            raise DomainError("dropped", _("This action was dropped; the plan leaves it out by now."))
        if (row.done_on is not None) == done:
            return row
        row.done_on = Program.current().day_of(now) if done else None
        row.done_by = (actor.label or actor.kind.value)[:200] if done else ""
        row.save(update_fields=["done_on", "done_by"])
        kind = "action_done" if done else "action_reopened"
        record_activity(partner_id=row.partner_id, kind=kind, at=now, object_name=row.what, user_id=actor.user_id)
        audit.record(action=f"plan.{kind}", actor=actor, now=now, target=row, reason=row.what)
    return row


def may_mark(action: JointAction, actor: Actor) -> bool:
    """Whether an actor marks this action."""
    if may_plan(actor):
        return True
    own = actor.partner_scope == action.partner_id and actor.speaks_for_partner
    return own and action.side == StepSide.PARTNER


def _require_side(row: JointAction, actor: Actor) -> None:
    if not may_mark(row, actor):
        raise NotAllowedError(_("Owners of your company mark what your side does."))
