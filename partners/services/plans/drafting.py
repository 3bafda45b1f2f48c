"""Drafting a joint plan: begun, written, laid before the partner; all by channel managers and administrators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from partners.models import (
    JointAction,
    JointPlan,
    Partner,
    PartnerStatus,
    PlanAction,
    PlanStatus,
    PlanTarget,
    PlanVersion,
    StepSide,
)
from partners.models.plans import OPEN
from partners.policy.plans import FIGURES, MONTHS, QUARTERS
from partners.queries.plan_words import unit_of
from partners.queries.tier_words import figure_name
from partners.services.activity import record_activity
from partners.services.plans.telling import tell_owners
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error
from prm.metrics import Unit
from prm.models import Program
from prm.months import add_months

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from prm.actors import Actor

PLANNED = (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
"""Partners with whom a plan can be made."""

LONGEST_AIMS, LONGEST_WHAT, LONGEST_OWNER, MOST_ACTIONS = 4000, 200, 120, 50
LARGEST = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action as it is drafted; ``public_id`` names the one of the agreed version that it goes on with."""

    what: str
    side: str
    owner: str
    due_on: date
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says. ``targets`` by figure and quarter (1 to 4); rates are fractions."""

    aims: str = ""
    targets: Mapping[tuple[str, int], Decimal] = field(default_factory=dict)
    actions: Sequence[PlannedAction] = ()


def begin_plan(*, partner_id: int, begins_on: date, actor: Actor, now: datetime) -> PlanVersion:
    """Begin the plan of a partner for twelve months from ``begins_on`` on, the first day of a month: an empty draft.

    Raises ``DomainError`` for another day, for a partner who is not with the program, and where another plan of it
    covers some of the days.
    """
    require_planner(actor)
    if begins_on.day != 1:
        raise DomainError("plan_has_days", _("A plan begins on the first day of a month."), field="begins_on")
    try:
        with transaction.atomic():
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
            if partner.status not in PLANNED:
                raise DomainError("not_with_us", _("A plan is made with a partner of the program."))
            until = add_months(begins_on, MONTHS)
            plan = JointPlan.objects.create(partner=partner, valid_from=begins_on, valid_until=until)
            version = _new_version(plan, number=1, actor=actor, now=now)
            audit.record(action="plan.begun", actor=actor, now=now, target=plan)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return version


def reopen_plan(*, plan_id: int, actor: Actor, now: datetime) -> PlanVersion:
    """Return the version that is being drafted; where all is agreed, a new one that begins as the agreed one is."""
    require_planner(actor)
    with transaction.atomic():
        plan = JointPlan.objects.select_for_update(no_key=True).get(pk=plan_id)
        running = plan.versions.filter(status__in=OPEN).first()
        if running is not None:
            return running
        last = plan.versions.order_by("-number").prefetch_related("targets", "lines")[0]
        version = _new_version(plan, number=last.number + 1, actor=actor, now=now, aims=last.aims)
        PlanTarget.objects.bulk_create(
            PlanTarget(version=version, figure=one.figure, quarter=one.quarter, amount=one.amount)
            for one in last.targets.all()
        )
        PlanAction.objects.bulk_create(
            PlanAction(
                version=version,
                action_id=one.action_id,
                position=one.position,
                what=one.what,
                side=one.side,
                owner=one.owner,
                due_on=one.due_on,
            )
            for one in last.lines.all()
        )
        audit.record(action="plan.reopened", actor=actor, now=now, target=plan, data={"version": version.number})
    return version


def write_plan(*, version_id: int, edits: int, content: Content, actor: Actor, now: datetime) -> PlanVersion:
    """Write what a version says, in place of what it said. One that waits for agreement becomes a draft again.

    Raises ``StaleError`` where somebody else wrote it since ``edits``, or it was agreed, and ``DomainError``.
    """
    require_planner(actor)
    said = _checked(content)
    with transaction.atomic():
        version = lock_version(version_id, edits=edits, status=OPEN)
        known = {str(action.public_id): action.pk for action in JointAction.objects.filter(plan_id=version.plan_id)}
        named = [one.public_id for one in said.actions if one.public_id]
        if len(set(named)) != len(named):
            raise DomainError("plan_action_once", _("An action stands in a version once."), field="actions")
        version.targets.all().delete()
        version.lines.all().delete()
        PlanTarget.objects.bulk_create(
            PlanTarget(version=version, figure=figure, quarter=quarter, amount=amount)
            for (figure, quarter), amount in sorted(said.targets.items())
        )
        PlanAction.objects.bulk_create(
            PlanAction(
                version=version,
                action_id=_known(one, known),
                position=position,
                what=one.what,
                side=one.side,
                owner=one.owner,
                due_on=one.due_on,
            )
            for position, one in enumerate(said.actions)
        )
        version.aims, version.status, version.edits = said.aims, PlanStatus.DRAFT, version.edits + 1
        version.currency = Program.current().base_currency
        version.save(update_fields=["aims", "status", "edits", "currency"])
        audit.record(action="plan.written", actor=actor, now=now, target=version.plan, data=_told(version, said))
    return version


def propose_plan(*, version_id: int, edits: int, actor: Actor, now: datetime) -> PlanVersion:
    """Lay a draft before the partner: its owners are asked to agree. Raises as ``write_plan``, and for an empty one."""
    require_planner(actor)
    with transaction.atomic():
        version = lock_version(version_id, edits=edits, status=(PlanStatus.DRAFT,))
        if not (version.targets.exists() or version.lines.exists()):
            raise DomainError("plan_empty", _("A plan has at least one target or one action."))
        version.status, version.proposed_at, version.proposed_by = PlanStatus.PROPOSED, now, actor.label[:200]
        version.save(update_fields=["status", "proposed_at", "proposed_by"])
        write_down(version, kind="plan_proposed", actor=actor, now=now)
        tell_owners("plan_proposed", version, now=now)
    return version


def write_and_propose(*, version_id: int, edits: int, content: Content, actor: Actor, now: datetime) -> PlanVersion:
    """Write a version and lay it before the partner, both or neither. Raises as the two do."""
    with transaction.atomic():
        written = write_plan(version_id=version_id, edits=edits, content=content, actor=actor, now=now)
        return propose_plan(version_id=version_id, edits=written.edits, actor=actor, now=now)


def discard_draft(*, version_id: int, edits: int, actor: Actor, now: datetime) -> None:
    """Throw an open version away; a plan that was never agreed goes with it. Raises as ``write_plan``."""
    require_planner(actor)
    with transaction.atomic():
        version = lock_version(version_id, edits=edits, status=OPEN)
        plan = version.plan
        audit.record(action="plan.discarded", actor=actor, now=now, target=plan, data={"version": version.number})
        version.delete()
        if not plan.versions.exists():
            plan.delete()


def may_plan(actor: Actor) -> bool:
    """Whether an actor drafts plans and holds reviews for the vendor; of a system its key's scopes say so."""
    managers = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
    return actor.kind is ActorKind.SYSTEM_KEY or actor.has_role(*managers)


def require_planner(actor: Actor) -> None:
    """Refuse anybody else."""
    if not may_plan(actor):
        raise NotAllowedError


def lock_version(version_id: int, *, edits: int, status: Sequence[str]) -> PlanVersion:
    """Return a version, locked, if it is as the actor was shown it; raises ``StaleError``."""
    row = PlanVersion.objects.select_for_update(no_key=True, of=("self",)).select_related("plan__partner")
    version = row.filter(pk=version_id).first()
    if version is None or version.edits != edits or version.status not in status:
        raise StaleError(_("The plan was changed in the meantime. Read it again, then decide."))
    return version


def write_down(version: PlanVersion, *, kind: str, actor: Actor, now: datetime, reason: str = "") -> None:
    """Report what became of a version to the partner's log and to the audit trail."""
    plan = version.plan
    record_activity(
        partner_id=plan.partner_id, kind=kind, at=now, object_name=period_words(plan), user_id=actor.user_id
    )
    audit.record(
        action=kind.replace("_", ".", 1), actor=actor, now=now, target=plan, reason=reason,
        data={"version": version.number, "edits": version.edits},
    )  # fmt: skip


def period_words(plan: JointPlan) -> str:
    """Return the days of a plan for the log, which has no language: ``2027`` or ``2026-07 – 2027-06``."""
    begins, last = plan.valid_from, add_months(plan.valid_until, -1)
    return f"{begins.year}" if begins.year == last.year else f"{begins:%Y-%m} – {last:%Y-%m}"


def _new_version(plan: JointPlan, *, number: int, actor: Actor, now: datetime, aims: str = "") -> PlanVersion:
    return PlanVersion.objects.create(
        plan=plan,
        number=number,
        aims=aims,
        currency=Program.current().base_currency,
        created_at=now,
        created_by=actor.label[:200],
    )


def _checked(content: Content) -> Content:
    """Return the content tidied up, or raise ``DomainError``."""
    aims = content.aims.strip()
    if len(aims) > LONGEST_AIMS:
        raise DomainError("too_long", _("Say it in at most 4,000 characters."), field="aims")
    for (figure, quarter), amount in content.targets.items():
        _check_target(figure, quarter, amount)
    if len(content.actions) > MOST_ACTIONS:
        raise DomainError("too_many", _("A plan has at most 50 actions."), field="actions")
    return Content(aims, content.targets, tuple(map(checked_action, content.actions)))


def _check_target(figure: str, quarter: int, amount: Decimal) -> None:
    if figure not in FIGURES:
        sentence = _("A plan sets no targets for %(figure)s.") % {"figure": figure}
        raise DomainError("unknown_figure", sentence, field="targets")
    if quarter not in QUARTERS:
        raise DomainError("plan_target_quarter", _("A plan has four quarters."), field="targets")
    if not (0 <= amount < LARGEST):
        raise DomainError("target_out_of_range", _("A target is a number of zero or more."), field="targets")
    if unit_of(figure) is Unit.COUNT and amount != amount.to_integral_value():
        sentence = _("%(figure)s are counted: the target is a whole number.") % {"figure": figure_name(figure)}
        raise DomainError("target_whole", sentence, field="targets")


def checked_action(one: PlannedAction) -> PlannedAction:
    """Return an action with its words tidied up, or raise ``DomainError``."""
    what, owner = " ".join(one.what.split()), " ".join(one.owner.split())
    if not what or not owner:
        raise DomainError("action_says_what", _("An action says what is done, and by whom."), field="actions")
    if len(what) > LONGEST_WHAT or len(owner) > LONGEST_OWNER:
        raise DomainError("too_long", _("Say an action in at most 200 characters."), field="actions")
    if one.side not in StepSide.values:
        raise DomainError("action_side_known", _("This side is not known."), field="actions")
    return PlannedAction(what, one.side, owner, one.due_on, one.public_id)


def _known(one: PlannedAction, known: Mapping[str, int]) -> int | None:
    if not one.public_id:
        return None
    if one.public_id not in known:
        raise DomainError("unknown_reference", _("The plan has no such action."), field="actions")
    return known[one.public_id]


def _told(version: PlanVersion, said: Content) -> dict[str, object]:
    """Return what was written, for the audit trail."""
    targets = {f"{figure}.{quarter}": f"{amount:f}" for (figure, quarter), amount in sorted(said.targets.items())}
    return {"version": version.number, "targets": targets, "actions": [one.what for one in said.actions]}
