"""Business reviews: that one was held is a fact that counts in the activity rate (partner rules, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.services.activity import record_activity
from partners.services.status import require_manager
from prm import audit
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from partners.models import Partner
    from prm.actors import Actor

LONGEST = 200


def record_review(*, partner: Partner, summary: str, actor: Actor, now: datetime) -> None:
    """Write that a business review was held, with what was agreed, which the partner's people read.

    Channel managers and administrators do. Raises ``DomainError`` without a summary, and ``NotAllowedError``.
    """
    require_manager(actor)
    said = " ".join(summary.split())
    if not said:
        raise DomainError("summary_missing", _("Say what was agreed."), field="summary")
    if len(said) > LONGEST:
        raise DomainError("too_long", _("Say it in at most 200 characters."), field="summary")
    record_activity(partner_id=partner.pk, kind="review_held", at=now, object_name=said, user_id=actor.user_id)
    audit.record(action="review_held", actor=actor, now=now, target=partner, reason=said)
