"""Tiers by hand: for a reason and until a day; afterwards what was computed last applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import DateField, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Tier, TierEvaluation, TierOverride
from partners.policy.tiers import Stretch, computed_from, overlaid
from partners.queries.tiers import places_of
from partners.services.activity import record_activity
from partners.services.tiers.placing import place, take_turns
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from prm.actors import Actor


def set_by_hand(
    *, partner_id: int, tier: str, valid_from: date, valid_until: date, reason: str, actor: Actor, now: datetime
) -> TierOverride:
    """Let a partner hold a tier on the days ``[valid_from, valid_until)``, whatever is computed meanwhile.

    Raises ``DomainError`` for a day that is over, an end that is none, another tier by hand on these days, an unknown
    tier and a missing reason; ``NotAllowedError`` for anybody but administrators and systems.
    """
    _require_admin(actor)
    reason, today = reason.strip(), Program.current().day_of(now)
    if not reason:
        raise DomainError("reason_missing", _("Say why the partner holds this tier."), field="reason")
    if valid_from < today:
        raise DomainError("back_dated", _("A tier is never back-dated: choose today or later."), field="valid_from")
    if valid_until <= valid_from:
        raise DomainError("bad_end", _("The end comes after the first day."), field="valid_until")
    chosen = Tier.objects.filter(code=tier).first()
    if chosen is None:
        raise DomainError("unknown_tier", _("There is no such tier."), field="tier")
    try:
        with transaction.atomic():
            take_turns()
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
            known = places_of([partner_id], after=today)[partner_id]
            computed = computed_from(known.rows, known.overrides, valid_from)
            made = TierOverride.objects.create(
                partner=partner,
                tier=chosen,
                valid_from=valid_from,
                valid_until=valid_until,
                reason=reason,
                created_at=now,
                created_by_id=actor.user_id,
                created_label=actor.label or actor.kind.value,
            )
            overrides = (*known.overrides, Stretch(chosen.code, valid_from, valid_until))
            place(partner_id=partner_id, start=valid_from, held=overlaid(computed, overrides, valid_from))
            data = {"tier": chosen.code, "from": str(valid_from), "until": str(valid_until)}
            audit.record(action="tier.by_hand", actor=actor, now=now, target=partner, reason=reason, data=data)
            record_activity(
                partner_id=partner_id, kind="tier_by_hand", at=now, object_name=chosen.name, user_id=actor.user_id
            )
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return made


def end_by_hand(*, public_id: UUID, actor: Actor, now: datetime) -> TierOverride:
    """End a tier by hand today, or void one that has not begun; what was computed last applies from then on.

    Raises ``StaleError`` where it is over already, ``NotAllowedError`` for anybody but administrators and systems.
    """
    _require_admin(actor)
    today = Program.current().day_of(now)
    with transaction.atomic():
        take_turns()
        rows = TierOverride.objects.select_for_update(no_key=True, of=("self",)).select_related("partner", "tier")
        row = rows.filter(
            public_id=public_id, valid_until__gt=Greatest("valid_from", Value(today, DateField()))
        ).first()
        if row is None or row.valid_from is None:
            raise StaleError(_("This tier by hand is over already."))
        start = max(today, row.valid_from)
        known = places_of([row.partner_id], after=today)[row.partner_id]
        computed = _computed_until_counted(row.partner_id, computed_from(known.rows, known.overrides, start), start)
        others = [one for one in known.overrides if one.start != row.valid_from]
        row.valid_until = start
        row.save(update_fields=["valid_until"])
        place(partner_id=row.partner_id, start=start, held=overlaid(computed, others, start))
        data = {"tier": row.tier.code, "until": str(start)}
        audit.record(action="tier.by_hand_ended", actor=actor, now=now, target=row.partner, data=data)
    return row


def _require_admin(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM_KEY and not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError


def _computed_until_counted(partner_id: int, computed: list[Stretch], start: date) -> list[Stretch]:
    """Let evaluations that count from a later day count from that day, and what was computed before until then."""
    later = TierEvaluation.objects.select_related("run").filter(partner_id=partner_id, run__effective_on__gt=start)
    until, before = start, []
    for row in later.order_by("run__as_of"):
        if row.run.effective_on > until:  # several may count from one day: the first of them knew what held until then
            before.append(Stretch(row.held or None, until, row.run.effective_on))
            until = row.run.effective_on
    return overlaid(computed, before, start)
