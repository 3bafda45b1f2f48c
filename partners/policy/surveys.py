"""What of a survey wave may be shown, and the figures of what is shown (partner rules, section 4, PSAT).

The unit of a figure is the answer: person × partner × wave. The unit of protection is the person: distinct answering
people. Whatever is published can be subtracted from whatever else is published, so it is decided for a whole wave at
once which cells of which cuts may be shown, and every page, endpoint and file reads that one decision.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEAST_PEOPLE = 5
"""Fewer people than this are never shown, nor what can be computed by subtraction."""

SATISFIED = 4
LOW = 2
"""A score up to this opens a follow-up, where the person may be contacted."""

PARTNER, TOTAL = "partner", "total"
CUTS = ("manager", "tier", "country", "type")
"""Groups of partners that a wave is cut by, in the order in which they are decided: an earlier one is shown first."""

ONBOARDING = "onboarding"
"""How the code of a wave of the other series begins."""

OPEN_DAYS = 21
ASKED_AFTER = 30
"""Days after a partner's activation on which its people are asked about onboarding."""

LATE_DAYS = 7
"""How many days late a wave still opens by itself, and onboarding is still asked about, when nothing ran in time."""

REMIND_AFTER, REMIND_BEFORE_END = timedelta(days=7), timedelta(days=3)
MOST_REMINDERS = 2


@dataclass(frozen=True, slots=True)
class Invited:
    """One invitation: at which partner, whom, the groups of the partner, and the score where there is an answer."""

    partner: str
    person: int
    groups: Mapping[str, str] = field(default_factory=dict)
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What is known of a set of invitations."""

    invited: int = 0
    people: int = 0
    answers: int = 0
    satisfied: int = 0
    points: int = 0

    @classmethod
    def of(cls, rows: Iterable[Invited]) -> Tally:
        """Count a set of invitations."""
        every = list(rows)
        scores = [row.score for row in every if row.score is not None]
        return cls(
            invited=len(every),
            people=len({row.person for row in every if row.score is not None}),
            answers=len(scores),
            satisfied=sum(1 for score in scores if score >= SATISFIED),
            points=sum(scores),
        )

    @property
    def share(self) -> Decimal:
        """Return the answers of 4 or 5, as a fraction of the answers."""
        return Decimal(self.satisfied) / Decimal(self.answers)

    @property
    def mean(self) -> Decimal:
        """Return the mean score."""
        return Decimal(self.points) / Decimal(self.answers)

    @property
    def response(self) -> Decimal:
        """Return the answers as a fraction of the invitations that were frozen at opening."""
        return Decimal(self.answers) / Decimal(self.invited)


@dataclass(frozen=True, slots=True)
class Published:
    """What of one wave may be shown: the total, and of each cut its cells; None is a cell that stays hidden."""

    total: Tally | None
    cells: Mapping[str, Mapping[str, Tally | None]]

    def cell(self, cut: str, code: str) -> Tally | None:
        """Return one cell; what nobody was invited from is as hidden as the rest."""
        return self.total if cut == TOTAL else self.cells[cut].get(code)

    def hidden(self, cut: str) -> int:
        """Return how many cells of a cut are hidden."""
        return sum(1 for tally in self.cells[cut].values() if tally is None)


class _Wave:
    """The invitations of a wave by partner, and how many people stand behind a set of partners."""

    def __init__(self, rows: Iterable[Invited]) -> None:
        self.rows: defaultdict[str, list[Invited]] = defaultdict(list)
        for row in rows:
            self.rows[row.partner].append(row)
        self._answering = {
            partner: frozenset(row.person for row in rows if row.score is not None)
            for partner, rows in self.rows.items()
        }

    def people(self, partners: Iterable[str]) -> int:
        return len(frozenset().union(*(self._answering[partner] for partner in partners)))

    def is_safe(self, partners: frozenset[str]) -> bool:
        """Whether what is left by a subtraction may be known: nobody at all, or enough people."""
        return not partners or self.people(partners) >= LEAST_PEOPLE

    def tally(self, partners: Iterable[str]) -> Tally:
        return Tally.of(row for partner in sorted(partners) for row in self.rows[partner])

    def cut(self, name: str) -> dict[str, frozenset[str]]:
        """Return the partners of each cell; a partner without the group (no tier) is in the cell of no name."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for partner, rows in self.rows.items():
            found[rows[0].groups.get(name, "")].add(partner)
        return {code: frozenset(partners) for code, partners in found.items()}


def publish(rows: Iterable[Invited]) -> Published:
    """Decide what of a wave is shown.

    Partners first, by the rule of the contract: under five people a partner is hidden, and while the hidden ones
    together are under five, the smallest shown one (people, then code) is hidden too. The figures of shown partners
    are known from then on, so of every other cell only the hidden partners in it count as its secret: nothing of it,
    or five people. The same holds for what all hidden cells of a cut have in common with it, and for what is left
    when the cells of one cut lie inside a cell of another.
    """
    wave = _Wave(rows)
    every = frozenset(wave.rows)
    shown = _shown_partners(wave)
    secret = every - shown
    total = wave.people(every) >= LEAST_PEOPLE and wave.is_safe(secret)
    cuts = {name: wave.cut(name) for name in CUTS}
    kept = {name: _shown_cells(wave, cells, secret) for name, cells in cuts.items()} if total else {}
    if total:
        _keep_apart(wave, cuts, kept, secret)
    cells: dict[str, dict[str, Tally | None]] = {
        PARTNER: {code: wave.tally([code]) if code in shown else None for code in sorted(every)}
    }
    for name, found in cuts.items():
        cells[name] = {
            code: wave.tally(partners) if code in kept.get(name, ()) else None
            for code, partners in sorted(found.items())
        }
    return Published(total=wave.tally(every) if total else None, cells=cells)


def _shown_partners(wave: _Wave) -> frozenset[str]:
    by_size = sorted(wave.rows, key=lambda code: (wave.people([code]), code))
    shown = [code for code in by_size if wave.people([code]) >= LEAST_PEOPLE]
    hidden = [code for code in by_size if code not in set(shown)]
    while shown and hidden and wave.people(hidden) < LEAST_PEOPLE:
        hidden.append(shown.pop(0))
    return frozenset(shown)


def _shown_cells(wave: _Wave, cells: Mapping[str, frozenset[str]], secret: frozenset[str]) -> set[str]:
    """Return the cells of one cut that may be shown beside the total and the shown partners."""
    shown = {
        code
        for code, partners in cells.items()
        if wave.people(partners) >= LEAST_PEOPLE and wave.is_safe(partners & secret)
    }
    _complete(wave, cells, shown, secret)
    return shown


def _complete(wave: _Wave, cells: Mapping[str, frozenset[str]], shown: set[str], secret: frozenset[str]) -> None:
    """Hide the smallest shown cells while those that are hidden together would be under five people."""
    while shown and len(shown) < len(cells):
        hidden = frozenset().union(*(partners for code, partners in cells.items() if code not in shown))
        if wave.people(hidden) >= LEAST_PEOPLE and wave.is_safe(hidden & secret):
            return
        shown.discard(_smallest(wave, cells, shown))


def _smallest(wave: _Wave, cells: Mapping[str, frozenset[str]], among: Iterable[str]) -> str:
    return min(among, key=lambda code: (wave.people(cells[code]), code))


def _keep_apart(
    wave: _Wave,
    cuts: Mapping[str, Mapping[str, frozenset[str]]],
    kept: Mapping[str, set[str]],
    secret: frozenset[str],
) -> None:
    """Hide cells of a later cut from which, with an earlier one, fewer than five people could be told apart."""
    for place, later in enumerate(CUTS):
        for earlier in CUTS[:place]:
            outer = _blocks(cuts[earlier], kept[earlier], secret)
            while kept[later]:
                found = _told_apart(wave, outer, _blocks(cuts[later], kept[later], secret))
                if found is None:
                    break
                guilty = {code for code in found if code is not None} or kept[later]
                kept[later].discard(_smallest(wave, cuts[later], guilty))
                _complete(wave, cuts[later], kept[later], secret)


def _blocks(
    cells: Mapping[str, frozenset[str]], shown: set[str], secret: frozenset[str]
) -> dict[str | None, frozenset[str]]:
    """Return what a cut tells of the hidden partners: those of each shown cell, and (None) all others together."""
    found: dict[str | None, frozenset[str]] = {code: cells[code] & secret for code in sorted(shown)}
    found[None] = secret.difference(*found.values())
    return {code: partners for code, partners in found.items() if partners}


def _told_apart(
    wave: _Wave, outer: Mapping[str | None, frozenset[str]], inner: Mapping[str | None, frozenset[str]]
) -> set[str | None] | None:
    """Return the blocks of ``inner`` that are to blame where one block less others inside it is too small."""
    for code, partners in inner.items():
        inside = [other for other in outer.values() if other <= partners]
        if inside and not wave.is_safe(partners.difference(*inside)):
            return {code}
    for partners in outer.values():
        within = {code for code, other in inner.items() if other <= partners}
        if within and not wave.is_safe(partners.difference(*(inner[code] for code in within))):
            return within
    return None


def series_of(code: str) -> str:
    """Return the series of a wave: what partners say in their first weeks is not mixed with the half-yearly rounds."""
    return ONBOARDING if code.startswith(ONBOARDING) else ""


def is_closed(closes_on: date | None, on: date) -> bool:
    """Whether a wave takes no more answers on a day: it closes as that day begins; without one it is closed."""
    return closes_on is None or closes_on <= on


def due_opening(*, month: int, on: date) -> date | None:
    """Return the first day of the half-yearly wave that is due, in ``month`` and six months later; 0 is never."""
    if not month or on.month % 6 != month % 6 or on.day > LATE_DAYS:
        return None
    return on.replace(day=1)
