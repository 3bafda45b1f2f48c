"""How satisfied partners are: two surveys that have closed, and one that is open and was answered by some."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from commissions.demo.partners import ADMIN, SECOND_MANAGER
from commissions.demo.timeline import at
from partners.models import PsatFollowUp, PsatInvitation, PsatWave
from partners.policy.surveys import OPEN_DAYS
from partners.services.surveys.answers import answer, finish_follow_up
from partners.services.surveys.links import link_for
from partners.services.surveys.waves import open_wave

if TYPE_CHECKING:
    from commissions.demo.people import Cast
    from commissions.demo.timeline import Timeline

SEED = 20_250_903
"""Answers are drawn apart, so that customers and deals stay as they are."""

OPENED_MONTHS = (2, 8)
OPEN_SINCE = timedelta(days=12)
ANSWERS = ((5, 5, 4, 4, 4, 3, 3, 2, 4, 5), (5, 4, 4, 5, 4, 4, 3, 5, 4, 2), (5, 4, 5, 4, 4, 5, 3, 4, 4, 5))
"""What people of each survey say, drawn from: it got better."""

ANSWERED = (0.72, 0.8, 0.45)
"""Which part of those who were asked has answered."""

FILLED = ["mailed_at", "reminders", "reminded_at", "score", "answered_at", "comment"]
COMMENTS = {
    5: "Registrations are decided within a day now. Keep it so.",
    4: "The monthly statement finally says why.",
    3: "Training in our language would help.",
    2: "We waited two weeks for the answer about a price.",
}
NOTE = "Called: prices for larger customers come from Piotr directly from now on."
WEEK = timedelta(days=7)


def ask_partners(timeline: Timeline, cast: Cast) -> None:
    """Open the surveys through the service that serves the page, and let people answer."""
    random = Random(SEED)  # noqa: S311 - invented answers, no secret
    days = (*(timeline.day(number, 4) for number in OPENED_MONTHS), timeline.today - OPEN_SINCE)
    for number, opened_on in enumerate(days):
        wave = open_wave(
            code=f"{opened_on:%Y-%m}",
            closes_on=opened_on + timedelta(days=OPEN_DAYS),
            actor=cast.colleague(ADMIN),
            now=at(opened_on, 8),
        ).wave
        _answer(wave, opened_on, random, number)
    closed, running = days[1], days[2]
    _ask_for_a_call(cast, "wisla-systems", "seller", "Prices for more than 500 seats take two weeks.", closed)
    followed = PsatFollowUp.objects.get()
    finish_follow_up(
        public_id=followed.public_id, note=NOTE, actor=cast.colleague(SECOND_MANAGER), now=at(closed + 2 * WEEK, 10)
    )
    _ask_for_a_call(cast, "nordhagen", "finance", "The October statement came without the split.", running)


def _ask_for_a_call(cast: Cast, code: str, role: str, comment: str, opened_on: date) -> None:
    """Let somebody answer badly, and ask to be called."""
    asked = PsatInvitation.objects.filter(wave__opened_on=opened_on, user=cast.staff[code, role])
    token = link_for(asked.select_related("wave", "partner", "user").get()).rstrip("/").rsplit("/", 1)[-1]
    answer(token=token, score=2, comment=comment, may_contact=True, now=at(opened_on + timedelta(days=9), 14))


def _answer(wave: PsatWave, opened_on: date, random: Random, number: int) -> None:
    """Write the answers at once; the first of each score says why."""
    rows = list(wave.invitations.order_by("partner__code", "user__email"))
    commented = set()
    for row in rows:
        row.mailed_at = at(opened_on, 8, 10)
        if random.random() >= ANSWERED[number]:
            row.reminders, row.reminded_at = 1, at(opened_on + WEEK, 8, 10)
            continue
        row.score = random.choice(ANSWERS[number])
        row.answered_at = at(opened_on + timedelta(days=random.randint(0, 8)), random.randint(9, 16))
        if row.score not in commented and row.score in COMMENTS:
            commented.add(row.score)
            row.comment = COMMENTS[row.score]
    PsatInvitation.objects.bulk_update(rows, FILLED)
