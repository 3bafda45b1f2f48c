"""Tables of the app: who."""

from partners.models.partners import (
    Activity,
    ParentAssignment,
    Partner,
    PartnerOwnedQuerySet,
    PartnerStatus,
    PartnerType,
    StatusPeriod,
    Territory,
)
from partners.models.people import ApiKey, Certification, Membership, MembershipRole, PsatInvitation, PsatWave
from partners.models.tiers import Tier, TierAssignment, TierCriterion

__all__ = [
    "Activity",
    "ApiKey",
    "Certification",
    "Membership",
    "MembershipRole",
    "ParentAssignment",
    "Partner",
    "PartnerOwnedQuerySet",
    "PartnerStatus",
    "PartnerType",
    "PsatInvitation",
    "PsatWave",
    "StatusPeriod",
    "Territory",
    "Tier",
    "TierAssignment",
    "TierCriterion",
]
