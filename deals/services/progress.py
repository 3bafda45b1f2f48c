"""What happens to a registration while it is open: stage, note, extension, withdrawal, loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from psycopg.types.range import TimestamptzRange

from deals.models import LIVE_STATUSES, Registration, RegistrationStatus
from deals.policy import extended, keeps_alive
from deals.queries.rules import day_of, rules_in_force
from deals.services.decisions import DECIDERS
from deals.services.holding import lock_registration, move, side_of, store
from deals.services.line import advance_line, cut_protection
from deals.services.trail import Act, write_change
from partners.models import PartnerStatus
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def extend_protection(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str
) -> Registration:
    """Add 30 days once, on request with a reason, while unexpired; a second time needs a manager.

    A partner that is not active gets no extension (deal rules, section 4).
    """
    require_party(actor)
    if not reason.strip():
        raise DomainError("reason_needed", _("Say why you need more time."), field="reason")
    with transaction.atomic():
        registration = lock_held(registration_id, actor=actor, version=version)
        window = registration.protected
        if registration.status != RegistrationStatus.APPROVED or window is None or window.upper <= now:
            raise DomainError("wrong_state", _("Only a running protection can be extended."))
        if registration.holder.status != PartnerStatus.ACTIVE:
            raise DomainError("eligibility", _("A partner that is not active gets no extension."))
        if actor.is_partner and registration.events.filter(kind="extended").exists():
            raise DomainError(
                "extended_before",
                _("It was extended before. Your channel manager can extend it again."),
            )
        days = rules_in_force(now=now).extension_days
        until = extended(until=window.upper, days=days)
        registration.protected = TimestamptzRange(window.lower, until)
        store(registration)
        act = Act(actor, now, reason=reason.strip(), data={"until": until.isoformat()})
        write_change(registration, kind="extended", came_from=registration.status, act=act)
    return registration


def set_stage(*, registration_id: int, actor: Actor, now: datetime, version: int | None, stage: str) -> Registration:
    """Move the sales stage while approved; a forward move by the partner or from the CRM keeps the deal alive."""
    require_party(actor)
    with transaction.atomic():
        registration = lock_held(registration_id, actor=actor, version=version)
        if registration.status != RegistrationStatus.APPROVED:
            raise DomainError("wrong_state", _("The stage moves while a deal is protected."))
        stages = rules_in_force(now=now).stages
        if stage not in stages:
            raise DomainError("unknown_stage", _("Choose one of the stages."), field="stage")
        before = registration.stage
        if before == stage:
            return registration
        forward = before not in stages or stages.index(stage) > stages.index(before)
        registration.stage = stage
        if forward and keeps_alive(by=side_of(actor)):
            registration.active_at = now
        store(registration)
        write_change(
            registration,
            kind="stage_moved_forward" if forward else "stage_moved_back",
            came_from=registration.status,
            act=Act(actor, now, data={"from_stage": before, "to_stage": stage}),
        )
    return registration


def add_note(*, registration_id: int, actor: Actor, now: datetime, version: int | None, text: str) -> Registration:
    """Write what happened on a live deal; a note by the partner or from the CRM keeps it alive."""
    require_party(actor)
    if not text.strip():
        raise DomainError("note_needed", _("Write what happened."), field="text")
    with transaction.atomic():
        registration = lock_held(registration_id, actor=actor, version=version)
        if registration.status not in LIVE_STATUSES:
            raise DomainError("wrong_state", _("Notes are written while a registration is open."))
        if keeps_alive(by=side_of(actor)):
            registration.active_at = now
        store(registration)
        act = Act(actor, now, reason=text.strip())
        write_change(registration, kind="noted", came_from=registration.status, act=act)
    return registration


def withdraw_registration(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str = ""
) -> Registration:
    """Give up a live registration; protection ends at once and the next in line may be decided."""
    require_party(actor)
    with transaction.atomic():
        registration = lock_held(registration_id, actor=actor, version=version)
        close(
            registration,
            to=RegistrationStatus.WITHDRAWN,
            kind="withdrawn",
            act=Act(actor, now, reason=reason.strip()),
        )
    return registration


def lose_registration(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str = ""
) -> Registration:
    """Say that the customer decided otherwise."""
    require_party(actor)
    with transaction.atomic():
        registration = lock_held(registration_id, actor=actor, version=version)
        close(
            registration,
            to=RegistrationStatus.LOST,
            kind="lost",
            act=Act(actor, now, reason=reason.strip()),
        )
    return registration


def close(registration: Registration, *, to: RegistrationStatus, kind: str, act: Act) -> None:
    """End a live registration under the lock: cut protection, write, and let the next be decided."""
    before = move(registration, to=to, actor=act.actor)
    cut_protection(registration, now=act.now)
    registration.due_at = None
    registration.closed_on = day_of(act.now, Program.current())
    store(registration)
    write_change(registration, kind=kind, came_from=before, act=act)
    advance_line(registration, now=act.now)


def require_party(actor: Actor) -> None:
    """Let in a partner's owners and sellers, managers, and systems; ``lock_held`` does the rest."""
    if actor.is_partner:
        if not actor.registers_deals:
            raise NotAllowedError(_("Only owners and sellers of your company register deals."))
    elif not (actor.has_role(*DECIDERS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError


def lock_held(registration_id: int, *, actor: Actor, version: int | None) -> Registration:
    """Return the locked registration for one that may change it: its distributor looks on, the holder acts."""
    registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
    if actor.is_partner and registration.holder_id != actor.partner_id:
        raise NotAllowedError(_("The partner that holds this registration changes it."))
    return registration
