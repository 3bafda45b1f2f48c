"""Several decisions in one act: each for itself, under its own lock, with an answer for every one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationFinding
from deals.policy import Moment
from deals.services.decisions import (
    approve_registration,
    reject_registration,
    require_decider,
    require_reason,
    return_for_information,
)
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from prm.actors import Actor

MOST = 100
"""Registrations in one act: as many as the page lists."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A registration as it stood on the page: one that changed since is skipped."""

    public_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to one of them: done, or left as it was with the code and the sentence why."""

    registration: Registration | None
    code: str = ""
    sentence: str = ""


def decide_several(*, picks: Sequence[Pick], act: str, reason: str, actor: Actor, now: datetime) -> list[Result]:
    """Approve those that are clean, reject or return all of ``picks`` with one ``reason``; answer for each of them.

    An approval is for clean ones alone: the rules are asked again, and one on which they now object stays in the
    queue for a person who reads it. A stale row is skipped and named; nothing stops the others.
    """
    require_decider(actor)
    if act not in {"approve", "reject", "return"}:
        raise DomainError("unknown_act", _("Choose one of the decisions."))
    if act != "approve":
        require_reason(reason)
    if not picks or len(picks) > MOST:
        raise DomainError("nothing_picked", _("Select 1 to %(most)s registrations.") % {"most": MOST})
    found = _found(picks, actor)
    return [_decide(found.get(pick.public_id), pick, act=act, reason=reason, actor=actor, now=now) for pick in picks]


def _found(picks: Iterable[Pick], actor: Actor) -> dict[UUID, Registration]:
    seen = Registration.objects.visible_to(actor).filter(public_id__in=[pick.public_id for pick in picks])
    return {registration.public_id: registration for registration in seen.select_related("holder", "account", "family")}


def _decide(
    registration: Registration | None, pick: Pick, *, act: str, reason: str, actor: Actor, now: datetime
) -> Result:
    if registration is None:
        return Result(None, "not_found", _("It is not there any more."))
    pk, version = registration.pk, pick.version
    try:
        if act == "approve":
            _approve_clean(pk, actor=actor, now=now, version=version, reason=reason)
        elif act == "reject":
            reject_registration(registration_id=pk, actor=actor, now=now, version=version, reason=reason)
        else:
            return_for_information(registration_id=pk, actor=actor, now=now, version=version, question=reason)
    except DomainError as error:
        return Result(registration, error.code, str(error.sentence))
    return Result(registration)


def _approve_clean(registration_id: int, *, actor: Actor, now: datetime, version: int, reason: str) -> None:
    """Approve, and take it back in the same transaction where the rules found anything."""
    with transaction.atomic():
        approve_registration(registration_id=registration_id, actor=actor, now=now, version=version, reason=reason)
        found = RegistrationFinding.objects.filter(
            registration_id=registration_id, moment=Moment.DECISION, evaluated_at=now
        )
        if found.exists():
            raise DomainError("not_clean", _("A rule asks for a person: open it and decide it for itself."))
