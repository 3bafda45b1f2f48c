"""The mails about a joint plan: it waits for agreement, it is agreed, a change is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from partners.models import Membership, MembershipRole
from partners.queries.plan_words import period_of
from prm import mail
from prm.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from partners.models import PlanVersion


def tell_owners(name: str, version: PlanVersion, *, now: datetime) -> None:
    """Write to the active owners of the partner, each in their own language."""
    owners = Membership.objects.filter(
        partner=version.plan.partner_id, role=MembershipRole.OWNER, is_active=True, user__is_active=True
    )
    for owner in owners.select_related("user").order_by("user__email"):
        _write(name, version, to=owner.user.email, language=owner.user.language, path="/portal/plan/", now=now)


def tell_manager(name: str, version: PlanVersion, *, now: datetime) -> None:
    """Write to the partner's channel manager, whether known as a person or not."""
    partner = version.plan.partner
    if not partner.manager_email:
        return
    known = User.objects.filter(email__iexact=partner.manager_email).values_list("language", flat=True).first()
    path = f"/manage/partners/{partner.code}/plan/"
    _write(name, version, to=partner.manager_email, language=known or "", path=path, now=now)


def _write(name: str, version: PlanVersion, *, to: str, language: str, path: str, now: datetime) -> None:
    plan = version.plan
    with translation.override(mail.language_of(language)):
        period = period_of(plan)
    values = {"partner": plan.partner, "version": version, "period": period, "path": path}
    mail.send_written(name, to=to, language=language, values=values, now=now, key=f"plan:{plan.pk}")
