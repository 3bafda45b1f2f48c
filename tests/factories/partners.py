"""People, partners, tiers and who belongs where."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from partners.models import (
    Membership,
    MembershipRole,
    Partner,
    PartnerStatus,
    PartnerType,
    StatusPeriod,
    Tier,
    TierAssignment,
)
from prm.models import User

PASSWORD = "correct horse battery"
_serial = count(1)


def make_user(email: str = "", *, name: str = "", roles: tuple[str, ...] = (), **fields: Any) -> User:
    """Make a person who can sign in with ``PASSWORD``."""
    number = next(_serial)
    return User.objects.create_user(
        email or f"person{number}@example.com",
        PASSWORD,
        name=name or f"Person {number}",
        roles=list(roles),
        **fields,
    )


def make_partner(
    code: str = "",
    *,
    status: str = PartnerStatus.ACTIVE,
    activated_on: date | None = date(2025, 1, 1),
    **fields: Any,
) -> Partner:
    """Make a partner with its status history: in its present state since ``activated_on``."""
    code = code or f"partner-{next(_serial)}"
    fields = {"name": code.replace("-", " ").title(), "type": PartnerType.RESELLER, **fields}
    partner = Partner.objects.create(code=code, status=status, activated_on=activated_on, **fields)
    StatusPeriod.objects.create(partner=partner, status=status, valid_from=activated_on)
    return partner


def make_membership(user: User, partner: Partner, role: str = MembershipRole.OWNER, **fields: Any) -> Membership:
    """Give ``user`` a role at ``partner``."""
    return Membership.objects.create(user=user, partner=partner, role=role, **fields)


def make_tier(code: str = "", *, rank: int = 0, **fields: Any) -> Tier:
    """Make a tier; without a rank it is the next one."""
    number = next(_serial)
    code = code or f"tier-{number}"
    fields = {"name": code.title(), **fields}
    return Tier.objects.create(code=code, rank=rank or Tier.objects.count() + 1, **fields)


def assign_tier(
    partner: Partner, tier: Tier, *, valid_from: date | None = None, valid_until: date | None = None
) -> TierAssignment:
    """Let ``partner`` hold ``tier`` on the days from ``valid_from`` until before ``valid_until``."""
    return TierAssignment.objects.create(partner=partner, tier=tier, valid_from=valid_from, valid_until=valid_until)


def end_partnership(partner: Partner) -> None:
    """Terminate an active partner the only way the database lets: suspended first; its history is not written."""
    for status in (PartnerStatus.SUSPENDED, PartnerStatus.TERMINATED):
        Partner.objects.filter(pk=partner.pk).update(status=status)
    partner.refresh_from_db()
