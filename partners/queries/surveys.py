"""Reads of survey waves: whom one would ask, how it goes, and what of it may be shown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from partners.models import PsatFollowUp, PsatInvitation, PsatWave
from partners.policy.surveys import ONBOARDING, Invited, Published, publish
from prm.actors import InternalRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from prm.actors import Actor

WHO_IS_ASKED = """
FROM partners_partner p
JOIN partners_membership m ON m.partner_id = p.id AND m.is_active
JOIN prm_user u ON u.id = m.user_id AND u.is_active
LEFT JOIN partners_tierassignment a ON a.partner_id = p.id AND a.valid @> %(on)s::date
LEFT JOIN partners_tier t ON t.id = a.tier_id
WHERE p.status = 'active'
"""

ROWS = """
-- The invitations of waves with the groups of their partners: as they were frozen, or, of a wave that came from a file,
-- the tier of the day on which it opened and what is known of the partner today.
SELECT i.wave_id, p.code, i.user_id, i.score,
    CASE WHEN w.opened_at IS NULL THEN lower(p.manager_email) ELSE i.manager END,
    CASE WHEN w.opened_at IS NULL THEN coalesce(t.code, '') ELSE i.tier END,
    CASE WHEN w.opened_at IS NULL THEN p.country ELSE i.country END,
    CASE WHEN w.opened_at IS NULL THEN p.type ELSE i.type END
FROM partners_psatinvitation i
JOIN partners_psatwave w ON w.id = i.wave_id
JOIN partners_partner p ON p.id = i.partner_id
LEFT JOIN partners_tierassignment a ON w.opened_at IS NULL AND a.partner_id = p.id AND a.valid @> w.opened_on
LEFT JOIN partners_tier t ON t.id = a.tier_id
WHERE i.wave_id = ANY(%s)
ORDER BY i.wave_id, p.code, i.user_id
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """How many a wave would ask that opened now."""

    people: int
    partners: int
    invitations: int


@dataclass(frozen=True, slots=True)
class Result:
    """A closed wave and what of it may be shown."""

    wave: PsatWave
    published: Published


def preview_of_wave(*, on: date) -> Preview:
    """Return whom a wave that opens on a day would ask. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(DISTINCT m.user_id), count(DISTINCT p.id), count(*) {WHO_IS_ASKED}",
            {"on": on},
        )
        row = cursor.fetchone()
    return Preview(*row)


def waves_with_progress(*, on: date) -> QuerySet[PsatWave]:
    """Return every wave with ``invited``, ``mailed`` and ``is_open``, newest first."""
    return PsatWave.objects.annotate(
        invited=Count("invitations"),
        mailed=Count("invitations", filter=Q(invitations__mailed_at__isnull=False)),
        is_open=ExpressionWrapper(Q(closes_on__isnull=False, closes_on__gt=on), output_field=BooleanField()),
    ).order_by("-opened_on", "-code")


def closed_waves(*, on: date, series: str = "") -> list[PsatWave]:
    """Return the waves of a series that have closed by a day, oldest first. One query."""
    known = PsatWave.objects.filter(opened_on__lte=on).filter(Q(closes_on__isnull=True) | Q(closes_on__lte=on))
    known = known.filter(code__startswith=ONBOARDING) if series else known.exclude(code__startswith=ONBOARDING)
    return list(known.order_by("opened_on", "code"))


def results_of(waves: Sequence[PsatWave]) -> list[Result]:
    """Return what may be shown of closed waves, in their order. One query."""
    found: defaultdict[int, list[Invited]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [[wave.pk for wave in waves]])
        for wave, partner, person, score, manager, tier, country, kind in cursor:
            groups = {"manager": manager, "tier": tier, "country": country, "type": kind}
            found[wave].append(Invited(partner, person, groups, score))
    return [Result(wave, publish(found[wave.pk])) for wave in waves]


def comments_of(result: Result) -> list[str]:
    """Return what people wrote in a closed wave whose total is shown: words alone, in no order of time. One query."""
    if result.published.total is None:
        return []
    said = PsatInvitation.objects.filter(wave=result.wave).exclude(comment="")
    return list(said.order_by("comment").values_list("comment", flat=True))


def follow_ups(actor: Actor) -> QuerySet[PsatFollowUp]:
    """Return the people who were dissatisfied and may be contacted, open ones first, to those who call them."""
    if not actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN):
        return PsatFollowUp.objects.none()
    rows = PsatFollowUp.objects.select_related("invitation__user", "invitation__partner", "invitation__wave", "done_by")
    return rows.order_by("-done_at", "opened_at", "pk")
