"""What the rules know about the partner that asks, and what a product family needs: one statement each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.models import LIVE_STATUSES
from deals.policy import PartnerFacts, Requirement, RequirementKind
from deals.queries.together import Read

if TYPE_CHECKING:
    from datetime import date

    from deals.queries.together import Rows

UNKNOWN_TIER = 32767
"""Above every rank: a requirement that names a tier which does not exist is met by nobody."""

PARTNER = """
-- The partner with the tier of the day, its territories, its open registrations but for one, the agreements that it
-- has signed, and how many of its active people hold each certification.
SELECT p.status, coalesce(t.name, ''), coalesce(t.rank, 0), t.live_cap, coalesce(t.auto_approve, false),
    ARRAY(SELECT ARRAY[o.country, o.segment]::text[] FROM partners_territory o WHERE o.partner_id = p.id ORDER BY o.id),
    (SELECT count(*) FROM deals_registration r
        WHERE r.holder_id = p.id AND r.status = ANY(%(live)s) AND r.id <> %(but)s),
    ARRAY(SELECT DISTINCT a.agreement::text FROM partners_signedagreement a
        WHERE a.partner_id = p.id AND a.valid @> %(today)s ORDER BY 1),
    ARRAY(SELECT ARRAY[c.certification, count(DISTINCT c.user_id)::text]::text[]
        FROM partners_membership m JOIN partners_certification c ON c.user_id = m.user_id
        WHERE m.partner_id = p.id AND m.is_active AND c.valid @> %(today)s
        GROUP BY c.certification ORDER BY c.certification)
FROM partners_partner p
LEFT JOIN partners_tierassignment s ON s.partner_id = p.id AND s.valid @> %(today)s
LEFT JOIN partners_tier t ON t.id = s.tier_id
WHERE p.id = %(partner)s
"""

REQUIREMENTS = """
SELECT q.kind, coalesce(t.name, q.name), coalesce(t.rank, %(unknown)s), q.people
FROM deals_familyrequirement q LEFT JOIN partners_tier t ON q.kind = 'tier' AND t.code = q.name
WHERE q.family_id = %(family)s ORDER BY q.kind DESC, q.name
"""


def partner_facts(*, partner_id: int, today: date, but: int) -> Read[PartnerFacts]:
    """Read what the rules look at about a partner; the registration ``but`` does not count as open."""
    values = {"partner": partner_id, "today": today, "but": but, "live": list(LIVE_STATUSES)}
    return Read(PARTNER, values, _partner)


def requirements_of(*, family_id: int) -> Read[tuple[Requirement, ...]]:
    """Read what a partner needs before it may register a deal on the family."""
    return Read(REQUIREMENTS, {"family": family_id, "unknown": UNKNOWN_TIER}, _requirements)


def _partner(rows: Rows) -> PartnerFacts:
    status, tier, rank, cap, auto_approve, territories, count, agreements, certified = rows[0]
    return PartnerFacts(
        status=status,
        territories=tuple((country, segment) for country, segment in territories),
        live_count=count,
        live_cap=cap,
        tier=tier,
        tier_rank=rank,
        auto_approve=auto_approve,
        agreements=tuple(agreements),
        certified=tuple((name, int(people)) for name, people in certified),
    )


def _requirements(rows: Rows) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(RequirementKind(kind), name, rank if kind == RequirementKind.TIER else 0, people)
        for kind, name, rank, people in rows
    )
