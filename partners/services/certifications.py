"""Mails about certifications that expire soon: to the person who holds one, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from partners.models import Membership, PartnerStatus
from partners.queries.certifications import expiring
from prm import formats, mail
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

CHUNK, MOST_AT_ONCE = 200, 2000


def tell_of_expiry(*, now: datetime) -> int:
    """Write to each person whose certification ends within 60 days and is not followed by another of its name.

    Returns how many mails were written. Safe to run twice, and beside itself: each is told of once.
    """
    on, told = Program.current().day_of(now), 0
    while told < MOST_AT_ONCE:
        with transaction.atomic():
            due = expiring(on=on).filter(_belongs_somewhere(), expiry_told_at=None, user__is_active=True).order_by("pk")
            rows = list(due.select_for_update(skip_locked=True, of=("self",))[:CHUNK])
            for row in rows:
                values = {"certification": row.certification, "day": formats.day(row.valid_until or on)}
                with translation.override(mail.language_of(row.user.language)):
                    values["day"] = formats.day(row.valid_until or on)
                    mail.send_later(
                        to=[row.user.email],
                        subject=_("%(certification)s expires on %(day)s") % values,
                        text=_(
                            "Your certification %(certification)s counts until the end of the day before %(day)s. Pass"
                            " it again before then, so that your company keeps counting you."
                        )
                        % values,
                        now=now,
                        key=f"certification:{row.pk}",
                    )
                row.expiry_told_at = now
                row.save(update_fields=["expiry_told_at"])
        told += len(rows)
        if len(rows) < CHUNK:
            break
    return told


def _belongs_somewhere() -> Exists:
    """Return the condition that a certification's person still belongs to a partner that has not ended."""
    seats = Membership.objects.filter(user=OuterRef("user"), is_active=True)
    return Exists(seats.exclude(partner__status=PartnerStatus.TERMINATED))
