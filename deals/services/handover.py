"""A distributor hands a registration over to the sub-partner that will do the work (deal rules, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import LIVE_STATUSES, Registration
from deals.queries.distribution import sub_partners_of
from deals.queries.rules import day_of
from deals.services.holding import lock_registration, store
from deals.services.progress import require_party
from deals.services.trail import Act, write_change
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def hand_over(
    *, registration_id: int, to_partner_id: int, actor: Actor, now: datetime, version: int | None, reason: str = ""
) -> Registration:
    """Make a sub-partner the holder: place, window and terms stay, and the distributor stays in sight of it.

    The distributor is who holds it now, or who gave it to a sub-partner before. Raises ``DomainError`` when the
    registration is over, the other one does not sell under the distributor today or is not active, or has the
    customer open itself.
    """
    require_party(actor)
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        if registration.status not in LIVE_STATUSES:
            raise DomainError("wrong_state", _("Only an open registration is handed over."))
        distributor_id = registration.distributor_id or registration.holder_id
        if actor.is_partner and actor.partner_id != distributor_id:
            raise NotAllowedError(_("The distributor hands it over."))
        day = day_of(now, Program.current())
        receiver = sub_partners_of(distributor_id, day=day).filter(pk=to_partner_id).first()
        if receiver is None:
            raise DomainError("not_a_sub_partner", _("That partner does not sell under the distributor."), field="to")
        if receiver.pk == registration.holder_id:
            raise DomainError("holds_it", _("That partner holds it already."), field="to")
        giver = registration.holder
        registration.distributor_id = distributor_id
        registration.holder = receiver
        store(registration)
        data = {"from_partner": giver.code, "to_partner": receiver.code}
        act = Act(actor, now, reason=reason.strip(), data=data)
        write_change(registration, kind="handed_over", came_from=registration.status, act=act)
    return registration
