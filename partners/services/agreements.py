"""Agreements: publishing a text, and accepting exactly that text for a partner."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.models import AgreementAcceptance, AgreementText, MembershipRole, SignedAgreement
from partners.queries.agreements import texts_in_force
from partners.services.activity import record_activity
from partners.services.onboarding import refresh_onboarding
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

LONGEST_AGENT = 400


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody accepted: the address and the browser as the request names them."""

    address: str = ""
    user_agent: str = ""


def publish_text(
    *, agreement: str, version: str, text: str, accept_by: date | None, actor: Actor, now: datetime
) -> AgreementText:
    """Publish a version of an agreement's text, which is kept as it is; partners are asked to accept it."""
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError
    with transaction.atomic():
        row = AgreementText.objects.create(
            agreement=agreement.strip(),
            version=version.strip(),
            text=text,
            sha256=hash_of(text),
            published_at=now,
            accept_by=accept_by,
        )
        audit.record(action="agreement.published", actor=actor, now=now, target=row, data={"sha256": row.sha256})
    return row


def accept_agreement(*, text_id: int, sha256: str, actor: Actor, origin: Origin, now: datetime) -> AgreementAcceptance:
    """Accept a text for the actor's partner; owners do, for the text that they were shown (its hash says which).

    Accepting twice is one acceptance. The signed agreement that registrations may need is written with it and ends
    the one before. Raises ``NotAllowedError``, ``StaleError`` where a newer text is in force.
    """
    if actor.kind is not ActorKind.PARTNER or actor.partner_role != MembershipRole.OWNER or actor.partner_id is None:
        raise NotAllowedError(_("Owners of your company accept agreements."))
    if actor.user_id is None:
        raise NotAllowedError
    with transaction.atomic():
        text = AgreementText.objects.get(pk=text_id)
        if text.pk not in {one.pk for one in texts_in_force()} or sha256 != text.sha256:
            raise StaleError(_("A newer text is in force by now. Read it, then accept it."))
        if hash_of(text.text) != text.sha256:
            raise DomainError("text_changed", _("The stored text is not the published one."))
        accepted, made = AgreementAcceptance.objects.get_or_create(
            partner_id=actor.partner_id,
            text=text,
            defaults={
                "user_id": actor.user_id,
                "name": actor.label[:200],
                "sha256": text.sha256,
                "at": now,
                "address": origin.address or None,
                "user_agent": origin.user_agent[:LONGEST_AGENT],
            },
        )
        if made:
            _sign(text, partner_id=actor.partner_id, by=actor.label[:200], on=Program.current().day_of(now))
            record_activity(
                partner_id=actor.partner_id, kind="agreement_accepted", at=now, object_name=str(text),
                user_id=actor.user_id,
            )  # fmt: skip
            audit.record(action="agreement.accepted", actor=actor, now=now, target=text, data={"sha256": text.sha256})
    refresh_onboarding(partner_id=actor.partner_id, now=now)
    return accepted


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text as it is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def _sign(text: AgreementText, *, partner_id: int, by: str, on: date) -> None:
    """Write the signed agreement from today on; the one before ends today, one of today is replaced."""
    held = SignedAgreement.objects.filter(partner_id=partner_id, agreement=text.agreement)
    running = held.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=on))
    running.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=on)).update(valid_until=on)
    SignedAgreement.objects.update_or_create(
        partner_id=partner_id,
        agreement=text.agreement,
        valid_from=on,
        defaults={"valid_until": None, "text_version": text.version, "signed_by": by},
    )
