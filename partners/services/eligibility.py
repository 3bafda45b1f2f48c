"""What makes a partner eligible: agreements that it signed, certifications that its people passed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Certification, Membership, Partner, SignedAgreement
from partners.services.activity import record_activity
from partners.services.onboarding import refresh_onboarding
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program
from prm.upserts import Upserted, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model

    from prm.actors import Actor


def record_agreement(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Upserted:
    """Write that a partner signed an agreement; key: partner (a code), agreement and from. A repeat changes nothing.

    Equal dates void the row. Raises ``DomainError`` for an unknown partner, ``NotAllowedError`` for anybody but
    systems and administrators.
    """
    _require_system(actor)
    partner = Partner.objects.filter(code=values["partner"]).first()
    if partner is None:
        raise _unknown(values["partner"], field="partner")
    key = {"partner_id": partner.pk, "agreement": values["agreement"], "valid_from": values.get("from")}
    plain = {name: values[name] for name in ("text_version", "signed_by") if name in values}
    columns = {**plain, "valid_until": values.get("until")}
    on_insert = {"text_version": "", "signed_by": ""}
    return _write(SignedAgreement, "agreement", key, columns, on_insert, target=partner, actor=actor, now=now)


def record_certification(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Upserted:
    """Write that a person of a partner passed a certification; key: person_email, certification and from.

    A new one is a fact in the log of each partner to which the person belongs. Raises ``DomainError`` for somebody who
    belongs to no partner, ``NotAllowedError`` for anybody but systems, channel managers and administrators.
    """
    if actor.kind is not ActorKind.SYSTEM_KEY and not actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN):
        raise NotAllowedError
    seat = (
        Membership.objects.select_related("partner").filter(user__email=values["person_email"]).order_by("pk").first()
    )
    if seat is None:
        raise _unknown(values["person_email"], field="person_email")
    key = {"user_id": seat.user_id, "certification": values["certification"], "valid_from": values.get("from")}
    columns = {"valid_until": values.get("until")}
    with transaction.atomic():
        done = _write(Certification, "certification", key, columns, {}, target=seat.partner, actor=actor, now=now)
        if done.created:
            _passed(seat.user_id, values, now=now)
    return done


def _passed(user_id: int, values: Mapping[str, Any], *, now: datetime) -> None:
    """Report the fact at the beginning of its first day; one that is yet to begin, or began nobody knows when, now."""
    zone, first = ZoneInfo(Program.current().timezone), values.get("from")
    begins = datetime.combine(first, time(), zone).astimezone(UTC) if first else now
    for partner_id in Membership.objects.filter(user_id=user_id, is_active=True).values_list("partner_id", flat=True):
        record_activity(
            partner_id=partner_id,
            kind="certification_passed",
            at=min(begins, now),
            object_name=values["certification"],
            user_id=user_id,
        )
        refresh_onboarding(partner_id=partner_id, now=now)


def _write(
    model: type[Model],
    what: str,
    key: Mapping[str, Any],
    columns: Mapping[str, Any],
    on_insert: Mapping[str, Any],
    *,
    target: Partner,
    actor: Actor,
    now: datetime,
) -> Upserted:
    with transaction.atomic():
        done = upsert(model, key=key, values=columns, on_insert=on_insert)
        if done.created or done.changed:
            action = f"{what}.recorded" if done.created else f"{what}.changed"
            data = {name: str(value) for name, value in {**key, **columns}.items()}
            audit.record(action=action, actor=actor, now=now, target=target, data=data)
    return done


def _unknown(text: str, *, field: str) -> DomainError:
    return DomainError("unknown_reference", _("“%(name)s” names nothing that is known.") % {"name": text}, field=field)


def _require_system(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM_KEY and not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError
