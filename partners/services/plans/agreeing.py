"""What the partner's owner answers to a plan: agreed, or a change is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import JointAction, PlanStatus
from partners.services.onboarding import refresh_onboarding
from partners.services.plans.actions import ANSWERING
from partners.services.plans.drafting import lock_version, write_down
from partners.services.plans.telling import tell_manager, tell_owners
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime

    from partners.models import PlanVersion
    from prm.actors import Actor

LONGEST = 2000


def agree_plan(*, version_id: int, edits: int, actor: Actor, now: datetime) -> PlanVersion:
    """Agree to exactly the version that the owner was shown; it is kept from now on and replaces the one before.

    Its actions begin, those that it leaves out are dropped, and a running onboarding sees that there is a plan. Raises
    ``NotAllowedError`` for anybody but an owner of the partner, ``StaleError`` where the version is another by now.
    """
    _require_owner(actor)
    with transaction.atomic():
        version = lock_version(version_id, edits=edits, status=(PlanStatus.PROPOSED,))
        _require_own(version, actor)
        plan, today = version.plan, Program.current().day_of(now)
        plan.versions.filter(status=PlanStatus.AGREED).update(status=PlanStatus.SUPERSEDED, superseded_at=now)
        _begin_actions(version, today)
        version.status, version.agreed_at = PlanStatus.AGREED, now
        version.agreed_by, version.agreed_user_id = actor.label[:200], actor.user_id
        version.save(update_fields=["status", "agreed_at", "agreed_by", "agreed_user"])
        write_down(version, kind="plan_agreed", actor=actor, now=now)
        tell_manager("plan_agreed", version, now=now)
        tell_owners("plan_agreed", version, now=now)
    refresh_onboarding(partner_id=plan.partner_id, now=now)
    return version


def ask_for_change(*, version_id: int, edits: int, text: str, actor: Actor, now: datetime) -> PlanVersion:
    """Ask for a change of a version that waits for agreement, which makes a draft of it again.

    Raises as ``agree_plan``, and ``DomainError`` without a text.
    """
    _require_owner(actor)
    said = text.strip()
    if not said:
        raise DomainError("plan_change_is_said", _("Say what should change."), field="asked")
    if len(said) > LONGEST:
        raise DomainError("too_long", _("Say it in at most 2,000 characters."), field="asked")
    with transaction.atomic():
        version = lock_version(version_id, edits=edits, status=(PlanStatus.PROPOSED,))
        _require_own(version, actor)
        version.status, version.edits = PlanStatus.DRAFT, version.edits + 1
        version.asked, version.asked_at, version.asked_by = said, now, actor.label[:200]
        version.save(update_fields=["status", "edits", "asked", "asked_at", "asked_by"])
        write_down(version, kind="plan_change_asked", actor=actor, now=now, reason=said)
        tell_manager("plan_change_asked", version, now=now)
    return version


def _begin_actions(version: PlanVersion, today: date) -> None:
    """Let the actions of the plan say what the version says: new ones begin, those that it leaves out are dropped."""
    lines = list(version.lines.select_related("action"))
    for line in lines:
        said = {"what": line.what, "side": line.side, "owner": line.owner, "due_on": line.due_on}
        if line.action is None:
            line.action = JointAction.objects.create(
                partner_id=version.plan.partner_id, plan=version.plan, agreed_on=today, **said
            )
            line.save(update_fields=["action"])
        else:
            JointAction.objects.filter(pk=line.action.pk).update(dropped_on=None, **said)
    left_out = JointAction.objects.filter(plan=version.plan, done_on=None, dropped_on=None)
    left_out.exclude(pk__in=[line.action_id for line in lines]).update(dropped_on=today)


def _require_owner(actor: Actor) -> None:
    if not actor.owns_portal or actor.user_id is None:
        raise NotAllowedError(_("Owners of your company agree to the joint plan."))


def _require_own(version: PlanVersion, actor: Actor) -> None:
    if version.plan.partner_id != actor.partner_scope:
        raise NotAllowedError
    if version.plan.partner.status not in ANSWERING:
        raise DomainError("partner_suspended", _("While your partnership is suspended nothing can be agreed."))
