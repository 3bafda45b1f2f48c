"""Reads a day's sums for whoever is asked about: the program, one partner, or the partners of a filter.

A day that is rolled up is read from the rollups; any other is computed from the facts by the same statements. Where
facts have changed since, a small program's day is computed too, and a large one's figure says that changes wait.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from deals.queries.rollups.computing import KEPT, WORK, answers_aside
from deals.queries.rollups.questions import COUNTS, OF_EACH, OF_ONE, OF_PROGRAM, OF_SEVERAL
from deals.queries.rollups.shared import CLOSING_AGAIN
from deals.queries.rollups.sums import AMOUNTS
from partners.queries.selection import ids_of_each
from prm.exchange import Rates, rates_from

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from django.db.backends.utils import CursorWrapper

    from prm.metrics import Scope
    from prm.ui.states import Words

QUICK_MS = 300
"""A day that was made within this time is computed again rather than shown without the latest changes."""

UNKNOWN = (True, 0)
"""Of a day that is not rolled up: whether it is stale, and how long it took."""

CHANGES_WAIT = _("Changes of the last minutes are not in it yet; they follow at the next rollup.")


@dataclass(frozen=True, slots=True)
class Cut:
    """MRR of one segment in the program's currency, and that of a month and a year before."""

    dimension: str
    key: str
    mrr: Decimal
    month_ago: Decimal
    year_ago: Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """The sums of a day for one scope: by currency, and counted; ``below`` are a partner's sub-partners then.

    ``shared`` are customers that other partners have too: which, and what they paid a year before and pay (read where
    partners are read one by one).
    """

    day: date
    money: dict[str, dict[str, Decimal]]
    counts: dict[str, Decimal]
    total: dict[str, Decimal]
    segments: tuple[tuple[str, str, str, Decimal, Decimal, Decimal], ...]
    rates: Rates
    waits: bool = False
    below: frozenset[int] = frozenset()
    shared: tuple[tuple[int, Decimal, Decimal], ...] = ()

    @property
    def base(self) -> str:
        """Return the program's currency, in which everything is said."""
        return self.rates.base

    def amount(self, name: str) -> Decimal:
        """Return a sum in the program's currency; what has no rate is left out."""
        return self.rates.total((currency, sums[name]) for currency, sums in self.money.items())

    @property
    def year_closing(self) -> Decimal:
        """Return what the customers of a year before pay, those that several partners of a selection have included."""
        return self.amount("year_closing") + self.counts.get(CLOSING_AGAIN, Decimal(0))

    def count(self, name: str) -> int:
        """Return a count."""
        return int(self.counts[name])

    @property
    def program_total(self) -> Decimal:
        """Return all MRR of the program, whoever is asked about."""
        return self.rates.total(self.total.items())

    def cuts(self) -> list[Cut]:
        """Return the segments in the program's currency, by dimension and key."""
        found: dict[tuple[str, str], list[list[tuple[str, Decimal]]]] = {}
        for dimension, key, currency, *amounts in self.segments:
            sides = found.setdefault((dimension, key), [[], [], []])
            for side, amount in zip(sides, amounts, strict=True):
                side.append((currency, amount))
        return [Cut(*which, *(self.rates.total(side) for side in sides)) for which, sides in found.items()]

    def notes(self, *names: str) -> tuple[Words, ...]:
        """Return the rates used for these sums, and whether changes wait."""
        used = {currency for currency, sums in self.money.items() if any(sums[name] for name in names)}
        return self.rates.notes(used) + ((CHANGES_WAIT,) if self.waits else ())


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose sums are asked for: the program's, one partner's own, or those of several partners together."""

    partners: tuple[int, ...] = ()
    is_everyone: bool = False
    is_one: bool = False

    @property
    def is_several(self) -> bool:
        """Whether what partners share counts once."""
        return not self.is_everyone and not self.is_one

    @property
    def question(self) -> str:
        """Return what is asked about them."""
        if self.is_everyone:
            return OF_PROGRAM
        return OF_ONE if self.is_one else OF_SEVERAL


@dataclass(frozen=True, slots=True)
class Asked:
    """One day's sums of somebody, with the segments or without."""

    day: date
    whose: Whose
    cuts: bool = False


_remembered: ContextVar[dict[Any, Any] | None] = ContextVar("readings", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Read each day and selection once while a page puts many figures together."""
    if _remembered.get() is not None:
        yield
        return
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def reading_of(scope: Scope, *, cuts: bool = False) -> Reading:
    """Return the sums of a scope's day, with its segments if asked."""
    return readings_of(scope, [scope.as_of], cuts=[scope.as_of] if cuts else ())[0]


def readings_of(scope: Scope, days: Sequence[date], *, cuts: Collection[date] = ()) -> list[Reading]:
    """Return the sums of several days of those whom the scope selects on its own day; segments of the days ``cuts``.

    One query where all are rolled up, and one for a filter.
    """
    return readings_of_many([(scope, days)], cuts=cuts)[0]


def readings_on(scope: Scope, days: Sequence[date], *, cuts: Collection[date] = ()) -> list[Reading]:
    """Return the same as of each day: of those whom the scope selects on that day."""
    each = readings_of_many([(one, [one.as_of]) for one in scope.on_each(days)], cuts=cuts)
    return [reading for (reading,) in each]


def readings_of_many(
    questions: Sequence[tuple[Scope, Sequence[date]]], *, cuts: Collection[date] = ()
) -> list[list[Reading]]:
    """Return the sums of several scopes, each of its days. As many queries as for one."""
    whose = _whose([scope for scope, _days in questions])
    asked = [
        [Asked(day, those, day in cuts) for day in days] for those, (_scope, days) in zip(whose, questions, strict=True)
    ]
    known = _readings([one for those in asked for one in those])
    return [[known[one] for one in those] for those in asked]


def _readings(asked: Sequence[Asked]) -> Mapping[Asked, Reading]:
    kept = _remembered.get()
    found: dict[Any, Any] = {} if kept is None else kept
    for one in asked:  # what is known with its segments is known without them
        if one not in found and (whole := replace(one, cuts=True)) in found:
            found[one] = found[whole]
    if missing := [one for one in dict.fromkeys(asked) if one not in found]:
        found.update(_read(missing))
    return found


def _whose(scopes: Sequence[Scope]) -> list[Whose]:
    """Return whom each question is about. One query for those with a filter, once ``together``."""
    kept = _remembered.get()
    found: dict[Any, Any] = {} if kept is None else kept
    filtered = [scope for scope in scopes if not scope.is_everyone and scope.partner_id is None]
    if missing := [scope for scope in filtered if scope not in found]:
        found.update(zip(missing, (Whose(pks or ()) for pks in ids_of_each(missing)), strict=True))
    return [
        Whose(is_everyone=True) if scope.is_everyone
        else Whose((scope.partner_id,), is_one=True) if scope.partner_id is not None
        else found[scope]
        for scope in scopes
    ]  # fmt: skip


def _read(asked: Sequence[Asked]) -> dict[Asked, Reading]:
    """Return the sums that are asked for; those of one selection in one statement, all of them in one way."""
    groups: dict[Whose, list[Asked]] = {}
    for one in asked:
        groups.setdefault(one.whose, []).append(one)
    found: dict[Asked, Reading] = {}
    with connection.cursor() as cursor:
        questions = [(whose.question, _given(those)) for whose, those in groups.items()]
        answers = dict(zip(groups, _answers(cursor, questions), strict=True))
        raw = [one for one in asked if _is_raw(*_state(answers[one.whose], one.day))]
        base = next(iter(answers.values()))["base"]
        aside = [(one.day, WORK.into(one.whose.question), _given([one])) for one in raw]
        asides = dict(zip(raw, _aside(cursor, aside, base=base), strict=True))
    for one in asked:
        answer = answers[one.whose]
        waits, rates = one not in asides and _state(answer, one.day)[0], _rates(answer, one.day)
        found[one] = _reading(asides.get(one, answer), one, rates, waits=waits)
    return found


def _given(those: Sequence[Asked]) -> dict[str, Any]:
    """Return the parameters of a question about some days of one selection."""
    days = [one.day for one in those]
    cut_days = [one.day for one in those if one.cuts]
    return {"day": max(days), "days": days, "cut_days": cut_days, "partners": list(those[0].whose.partners)}


def _state(answer: dict[str, Any], day: date) -> tuple[bool, Any]:
    """Return whether a day is stale, and how long it took to make."""
    written = day.isoformat()
    return next(((stale, ms) for day_of, stale, ms in answer["days"] or () if day_of == written), UNKNOWN)


def _rates(answer: dict[str, Any], day: date) -> Rates:
    rows = [(code, date.fromisoformat(month), rate) for code, month, rate in answer["rates"] or ()]
    return rates_from(rows, [day], base=answer["base"])[day]


def _is_raw(stale: bool, built_ms: Any) -> bool:  # noqa: FBT001 - as the database tells it
    """Whether a day is computed rather than read: it is not rolled up, or stale and quickly made."""
    return stale and built_ms <= QUICK_MS


def _aside(
    cursor: CursorWrapper, asked: Sequence[tuple[date, str, dict[str, Any]]], *, base: str
) -> list[dict[str, Any]]:
    """Return the answers about days that are computed for this once."""
    if not asked:
        return []
    with transaction.atomic(savepoint=False):
        return [_parsed(text) for text in answers_aside(cursor, asked, base=base)]


def _answers(cursor: CursorWrapper, questions: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the answers of the rollups to several questions, asked in one way."""
    cursor.execute(";".join(cursor.mogrify(KEPT.into(statement), given) for statement, given in questions))
    found = [_parsed(cursor.fetchone()[0])]
    while cursor.nextset():
        found.append(_parsed(cursor.fetchone()[0]))
    return found


def _parsed(text: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return answer


def _reading(answer: dict[str, Any], asked: Asked, rates: Rates, *, waits: bool) -> Reading:
    written = asked.day.isoformat()
    money = {
        row["currency"]: {name: row[name] for name in AMOUNTS} for row in answer["money"] or () if row["day"] == written
    }
    if asked.whose.is_several:
        whole = {currency: mrr for day_of, currency, mrr in answer["influence"] or () if day_of == written}
        for currency in money.keys() | whole.keys():
            sums = money.setdefault(currency, dict.fromkeys(AMOUNTS, Decimal(0)))
            sums["influenced"] = whole.get(currency, Decimal(0))
    return Reading(
        asked.day,
        money,
        _counts(answer, written),
        {currency: total for day_of, currency, total in answer["total"] or () if day_of == written},
        tuple(tuple(row) for day_of, *row in answer["segments"] or () if day_of == written),
        rates,
        waits,
        frozenset(int(pk) for day_of, pk in answer.get("below") or () if day_of == written),
    )


def _counts(answer: dict[str, Any], day: str) -> dict[str, Decimal]:
    """Return the counts of a day; what several partners share counts once."""
    rows = [row for row in (*(answer["counts"] or ()), *(answer.get("again") or ())) if row["day"] == day]
    names = COUNTS if "again" not in answer else (*COUNTS, CLOSING_AGAIN)
    return {name: sum((row.get(name, Decimal(0)) for row in rows), Decimal(0)) for name in names}


def readings_by_partner(day: date, partners: Sequence[int]) -> dict[int, Reading]:
    """Return the sums of each of many partners, without segments. One query from rollups, read once ``together``."""
    return readings_of_each([day], partners)[0]


def readings_of_each(days: Sequence[date], partners: Sequence[int]) -> list[dict[int, Reading]]:
    """Return the same on each of several days. One query from rollups."""
    kept = _remembered.get()
    found: dict[Any, Any] = {} if kept is None else kept
    asked = tuple(partners)
    if missing := [day for day in days if (day, asked) not in found]:
        found.update({(day, asked): each for day, each in _read_each(missing, partners).items()})
    return [found[day, asked] for day in days]


def _read_each(days: Sequence[date], partners: Sequence[int]) -> dict[date, dict[int, Reading]]:
    asked = [(day, {"day": day, "partners": list(partners)}) for day in days]
    with connection.cursor() as cursor:
        answers = dict(zip(days, _answers(cursor, [(OF_EACH, given) for _day, given in asked]), strict=True))
        state = {day: (answer["days"] or [UNKNOWN])[0] for day, answer in answers.items()}
        raw = [(day, WORK.into(OF_EACH), given) for day, given in asked if _is_raw(*state[day])]
        for (day, *_rest), answer in zip(raw, _aside(cursor, raw, base=answers[days[0]]["base"]), strict=True):
            answers[day], state[day] = answer, (False, 0)
    return {day: _each(answer, day, partners, waits=state[day][0]) for day, answer in answers.items()}


def _each(answer: dict[str, Any], day: date, partners: Sequence[int], *, waits: bool) -> dict[int, Reading]:
    money: dict[int, dict[str, dict[str, Decimal]]] = {pk: {} for pk in partners}
    counts = {pk: dict.fromkeys(COUNTS, Decimal(0)) for pk in partners}
    for partner_id, currency, *amounts in answer["money"] or ():
        money[int(partner_id)][currency] = dict(zip(AMOUNTS, amounts, strict=True))
    for partner_id, *numbers in answer["counts"] or ():
        counts[int(partner_id)] = dict(zip(COUNTS, numbers, strict=True))
    shared: dict[int, list[tuple[int, Decimal, Decimal]]] = {pk: [] for pk in partners}
    for partner_id, account_id, *amounts in answer["shared"] or ():
        shared[int(partner_id)].append((int(account_id), *amounts))
    total, rates = dict(answer["total"] or ()), _rates(answer, day)
    return {
        pk: Reading(day, money[pk], counts[pk], total, (), rates, waits, shared=tuple(shared[pk])) for pk in partners
    }


def retained_by(readings: Sequence[Reading]) -> tuple[Decimal, Decimal]:
    """Return NRR's numerator and denominator of several partners together, each of whom was read by itself.

    What one partner's subscriptions of a customer bring counts too where only another of them had the customer then.
    """
    customers: dict[int, list[tuple[Decimal, Decimal]]] = {}
    for reading in readings:
        for account_id, opening, closing in reading.shared:
            customers.setdefault(account_id, []).append((opening, closing))
    beside = sum(
        (closing for parts in customers.values() if any(had for had, _ in parts) for had, closing in parts if not had),
        Decimal(0),
    )
    closing = sum((reading.amount("year_closing") for reading in readings), beside)
    return closing, sum((reading.amount("year_opening") for reading in readings), Decimal(0))
