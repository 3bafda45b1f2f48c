"""The partners' files, in the order in which they are loaded."""

from partners.interchange.agreements import AGREEMENTS
from partners.interchange.assignments import PARENT_ASSIGNMENTS, PARTNER_STATUSES, check_parents
from partners.interchange.partners import PARTNER_TERRITORIES, PARTNERS
from partners.interchange.people import ACTIVITIES, CERTIFICATIONS, PEOPLE, PSAT, PSAT_WAVES
from partners.interchange.tiers import TIER_ASSIGNMENTS, TIER_CRITERIA, TIERS
from prm.interchange.files import register_check, register_files


def register() -> None:
    """Add the partners' files to the folder."""
    register_files(
        TIERS,
        TIER_CRITERIA,
        PARTNERS,
        PARTNER_TERRITORIES,
        PARTNER_STATUSES,
        PARENT_ASSIGNMENTS,
        TIER_ASSIGNMENTS,
        AGREEMENTS,
        PEOPLE,
        CERTIFICATIONS,
        ACTIVITIES,
        PSAT_WAVES,
        PSAT,
    )
    register_check(PARTNERS.name, check_parents)
