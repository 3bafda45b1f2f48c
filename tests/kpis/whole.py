"""All facts of which figures are made, in one place: the thirteen partners, the twelve with customers, two surveys.

The days of two years are rolled up, so that whoever compares the doors reads what a page reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from deals.batch.rollups import make_day
from deals.models import RollupDay, RollupMark
from partners.models import Partner, PsatInvitation, PsatWave
from prm.metrics import months_up_to
from tests.factories.partners import make_user
from tests.kpis import mrr_world
from tests.kpis.world import AS_OF, World, make_world

MONTHS = 24
SCORES = {1: [5, 5, 4, 2, 1], 2: [5, 4, 3, 0], 3: [4, 4, 5, 5, 1, 0], 7: [2, 1, 5], 8: [4, 3, 3, 5, 5, 5]}
"""Answers by partner; 0 is none."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Partners by number and by letter."""

    numbered: World
    lettered: mrr_world.World

    @property
    def partners(self) -> list[Partner]:
        """Return all of them."""
        return [*self.numbered.partners.values(), *self.lettered.partners.values()]


def make_whole() -> Whole:
    """Write everything."""
    numbered, lettered = make_world(), mrr_world.build()
    for code in ("2026-h1", "onboarding-2026-05"):
        _survey(code, numbered)
    for day in months_up_to(AS_OF, MONTHS):
        RollupDay.objects.create(day=day)
        make_day(day)
    RollupMark.objects.all().delete()
    return Whole(numbered, lettered)


def _survey(code: str, world: World) -> None:
    wave = PsatWave.objects.create(code=code, opened_on=date(2026, 4, 1), closes_on=date(2026, 5, 1))
    at = datetime(2026, 4, 2, tzinfo=UTC)
    for partner, scores in SCORES.items():
        for number, score in enumerate(scores):
            PsatInvitation.objects.create(
                wave=wave,
                partner=world.partners[partner],
                user=make_user(f"{code}-{partner}-{number}@answers.example"),
                invited_at=at,
                score=score or None,
                answered_at=at if score else None,
            )
