"""Onboarding: begun at approval, completed step by step, by facts or by hand, until the partner is active."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import (
    ChecklistTemplate,
    Membership,
    MembershipRole,
    Onboarding,
    OnboardingStep,
    Partner,
    PartnerStatus,
    StepSide,
)
from partners.policy.onboarding import overdue
from partners.queries.onboarding import facts_of, finished
from partners.services.activity import record_activity
from partners.services.history import step as take_step
from prm import audit, mail, onboarding
from prm.actors import RULE, ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program, User

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

REMIND_AGAIN = timedelta(days=7)
SCOPE = "onboarding:write"


def begin_onboarding(*, partner: Partner, now: datetime) -> Onboarding | None:
    """Copy the checklist in force for the partner's type; nothing where there is none, or it has begun already."""
    template = ChecklistTemplate.objects.filter(type=partner.type).order_by("-version").first()
    if template is None or Onboarding.objects.filter(partner=partner).exists():
        return None
    today = Program.current().day_of(now)
    begun = Onboarding.objects.create(partner=partner, template=template, began_on=today)
    OnboardingStep.objects.bulk_create(
        OnboardingStep(
            onboarding=begun,
            title=step.title,
            fact=step.fact,
            asks_files=step.asks_files,
            side=step.side,
            required=step.required,
            position=step.position,
            due_on=today + timedelta(days=step.due_days),
            assignee_email=partner.manager_email if step.side == StepSide.VENDOR else "",
        )
        for step in template.steps.all()
    )
    return begun


def complete_step(*, step_id: int, actor: Actor, now: datetime) -> OnboardingStep:
    """Mark a step as done by hand: one's own side's, and one that neither a fact nor files complete.

    Channel managers, administrators and systems do the vendor's steps and may do the partner's; a partner's owner and
    key do the partner's. Raises ``DomainError`` for a step that completes itself and ``NotAllowedError``.
    """
    with transaction.atomic():
        row = OnboardingStep.objects.select_for_update(no_key=True).select_related("onboarding").get(pk=step_id)
        _require_side(row, actor)
        if onboarding.fact_of(row.fact) is not None:
            raise DomainError("by_fact", _("This step completes itself once the program can see it."))
        if row.asks_files:
            raise DomainError("by_files", _("This step is done once its files are accepted."))
        require_running(row.onboarding)
        if row.done_on is None:
            finish(row, by=actor.label or actor.kind.value, on=Program.current().day_of(now))
            audit.record(
                action="onboarding.step_done", actor=actor, now=now, target=row.onboarding.partner, reason=row.title
            )
    refresh_onboarding(partner_id=row.onboarding.partner_id, now=now)
    return row


def assign_step(*, step_id: int, manager_email: str, actor: Actor, now: datetime) -> OnboardingStep:
    """Give an open step to a channel manager, who reads the mails about its files; no address gives it back.

    Without an assignee the partner's channel manager has it. Raises ``NotAllowedError`` for all but channel managers
    and administrators, and ``DomainError`` (``unknown_manager``, ``closed``, ``wrong_state``).
    """
    if not actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN):
        raise NotAllowedError
    address = manager_email.strip().lower()
    known = User.objects.filter(email=address, is_active=True, roles__contains=[InternalRole.CHANNEL_MANAGER.value])
    if address and not known.exists():
        raise DomainError("unknown_manager", _("Choose a channel manager."), field="manager")
    with transaction.atomic():
        row = (
            OnboardingStep.objects.select_for_update(no_key=True, of=("self",))
            .select_related("onboarding")
            .get(pk=step_id)
        )
        require_running(row.onboarding)
        if row.done_on is not None:
            raise DomainError("wrong_state", _("This step is done."))
        was, row.assignee_email = row.assignee_email, address
        row.save(update_fields=["assignee_email"])
        data = {"step": row.title, "from": was, "to": address}
        audit.record(action="onboarding.step_assigned", actor=actor, now=now, target=row.onboarding.partner, data=data)
    return row


def refresh_onboarding(*, partner_id: int, now: datetime) -> bool:
    """Complete the steps whose facts hold, and make the partner active once the required ones are done.

    Return whether it became active. What was done stays done, also when its fact ends later. Safe to run twice.
    """
    today = Program.current().day_of(now)
    with transaction.atomic():
        begun = (
            Onboarding.objects.running()
            .select_for_update(no_key=True, of=("self",))
            .filter(partner_id=partner_id)
            .first()
        )
        if begun is None:
            return False
        steps = list(begun.steps.all())
        for row in steps:
            fact = onboarding.fact_of(row.fact)
            if row.done_on is None and fact is not None and partner_id in set(fact.holds([partner_id], today)):
                finish(row, by="", on=today)
        if not finished(steps):
            return False
        return _activate(begun, today=today, now=now)


def sweep_onboardings(*, now: datetime) -> int:
    """Look at every running onboarding and remind of what is overdue; return how many partners became active."""
    active = 0
    for partner_id in list(Onboarding.objects.running().values_list("partner_id", flat=True)):
        active += refresh_onboarding(partner_id=partner_id, now=now)
    _remind(now=now)
    return active


def _activate(begun: Onboarding, *, today: date, now: datetime) -> bool:
    partner = Partner.objects.select_for_update(no_key=True).get(pk=begun.partner_id)
    if partner.status != PartnerStatus.ONBOARDING:
        return False
    take_step(partner, to=PartnerStatus.ACTIVE, on=today)
    begun.ended_on = today
    begun.save(update_fields=["ended_on"])
    record_activity(partner_id=partner.pk, kind="partner_activated", at=now)
    audit.record(action="partner_activated", actor=RULE, now=now, target=partner)
    tell_owners(partner, "onboarding_active", now=now, values={})
    return True


def _remind(*, now: datetime) -> None:
    """Write one mail a week to the owners of a partner with steps whose day is past; nothing to anybody else."""
    today = Program.current().day_of(now)
    due = Onboarding.objects.running().exclude(reminded_at__gt=now - REMIND_AGAIN).order_by("pk")
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            row = due.filter(pk=pk).select_for_update(skip_locked=True, of=("self",)).select_related("partner").first()
            steps = list(row.steps.prefetch_related("papers")) if row is not None else []
            late = overdue(facts_of(steps), today=today, side=StepSide.PARTNER)
            if row is None or not late:
                continue
            row.reminded_at = now
            row.save(update_fields=["reminded_at"])
            tell_owners(row.partner, "onboarding_reminder", now=now, values={"steps": [steps[n] for n in late]})


def may_move(actor: Actor, step: OnboardingStep) -> bool:
    """Whether ``actor`` does a step or sends files for it: its partner's owners and key those of its side, ours all."""
    if actor.kind is ActorKind.SYSTEM_KEY:
        return SCOPE in actor.scopes
    if actor.is_partner:
        own = actor.partner_id == step.onboarding.partner_id and step.side == StepSide.PARTNER
        return own and (actor.partner_role == MembershipRole.OWNER or SCOPE in actor.scopes)
    return actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


def require_running(begun: Onboarding) -> None:
    """Raise ``DomainError`` where an onboarding was closed: nothing moves in it before it is opened again."""
    if begun.closed_at is not None:
        raise DomainError("closed", _("This onboarding was closed: %(reason)s") % {"reason": begun.closed_reason})


def tell_owners(partner: Partner, name: str, *, now: datetime, values: dict[str, object]) -> None:
    """Write one mail of the name to each owner, in the owner's language."""
    owners = Membership.objects.filter(partner=partner, role=MembershipRole.OWNER, is_active=True, user__is_active=True)
    for owner in owners.select_related("user"):
        told = {"partner": partner, "person": owner.user, **values}
        person, key = owner.user, f"onboarding:{partner.pk}"
        mail.send_written(name, to=person.email, language=person.language, values=told, now=now, key=key)


def finish(row: OnboardingStep, *, by: str, on: date) -> None:
    """Write that a step is done."""
    row.done_on, row.done_by = on, by
    row.save(update_fields=["done_on", "done_by"])


def _require_side(row: OnboardingStep, actor: Actor) -> None:
    if not may_move(actor, row):
        raise NotAllowedError
