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

from deals.queries.rollups.computing import KEPT, answers_aside
from deals.queries.rollups.shared import COUNTED_AGAIN
from deals.queries.rollups.sums import AMOUNTS
from partners.queries.selection import partners_of
from prm.exchange import Rates, rates_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.utils import CursorWrapper

    from prm.metrics import Scope
    from prm.ui.states import Words

QUICK_MS = 300
"""A day that was made within this time is computed again rather than shown without the latest changes."""

UNKNOWN = (True, 0)
"""Of a day that is not rolled up: whether it is stale, and how long it took."""

COUNTS = (
    "live", "begun", "opening", "churned", "contracted", "expanded", "year_opening", "terms", "renewed", "unrated",
    "year_opened", "kept",
)  # fmt: skip

OF_DAYS = """
-- Everything about several days in one answer: sums by day and currency, counts by day, segments of the last day.
SELECT json_build_object(
    'base', (SELECT base_currency FROM prm_program),
    'rates', (
        SELECT json_agg(json_build_array(currency, month, per_eur) ORDER BY month) FROM prm_fxrate
        WHERE month <= %(day)s
    ),
    'days', (
        SELECT json_agg(json_build_array(d.day, d.stale OR EXISTS (
            SELECT FROM deals_rollupmark m WHERE coalesce(m.from_day <= d.day, true)), d.built_ms))
        FROM deals_rollupday d WHERE d.day = ANY(%(days)s::date[])
    ),
    'money', (
        SELECT json_agg(x) FROM (
            SELECT day, currency, {sums} FROM {money} WHERE day = ANY(%(days)s::date[]) AND {whose}
            GROUP BY day, currency
        ) x
    ),
    'counts', (
        SELECT json_agg(x) FROM (
            SELECT day, {counts} FROM {customers} WHERE day = ANY(%(days)s::date[]) AND {whose} GROUP BY day
        ) x
    ),
    'total', (
        SELECT json_agg(json_build_array(day, currency, total)) FROM {money}
        WHERE day = ANY(%(days)s::date[]) AND partner_id IS NULL AND total <> 0
    ),
    'segments', (
        SELECT json_agg(json_build_array(dimension, key, currency, mrr, month_ago, year_ago)) FROM (
            SELECT dimension, key, currency, sum(mrr) AS mrr, sum(month_ago) AS month_ago, sum(year_ago) AS year_ago
            FROM {segments} WHERE day = %(day)s AND {whose} GROUP BY dimension, key, currency
            ORDER BY dimension, key, currency
        ) x
    ){of_several}
)::text
"""

INFLUENCED = """,
    'influence', (
        SELECT json_agg(json_build_array(day, currency, mrr)) FROM (
            SELECT day, currency, sum(mrr) AS mrr FROM {influence}
            WHERE day = ANY(%(days)s::date[]) AND partners && %(partners)s::bigint[] GROUP BY day, currency
        ) x
    )"""
"""Only where several partners are asked about: one's own is weighted, the program's is a sum of its own."""

EVERYBODY = "partner_id IS NULL"
THESE = "partner_id = ANY(%(partners)s::bigint[])"

OF_EACH = f"""
-- Everything about each of many partners on one day in one answer.
SELECT json_build_object(
    'base', (SELECT base_currency FROM prm_program),
    'rates', (
        SELECT json_agg(json_build_array(currency, month, per_eur) ORDER BY month) FROM prm_fxrate
        WHERE month <= %(day)s
    ),
    'days', (
        SELECT json_agg(json_build_array(d.stale OR EXISTS (
            SELECT FROM deals_rollupmark m WHERE coalesce(m.from_day <= d.day, true)), d.built_ms))
        FROM deals_rollupday d WHERE d.day = %(day)s
    ),
    'money', (
        SELECT json_agg(json_build_array(partner_id, currency, {", ".join(AMOUNTS)})) FROM {{money}}
        WHERE day = %(day)s AND {THESE}
    ),
    'counts', (
        SELECT json_agg(json_build_array(partner_id, {", ".join(COUNTS)})) FROM {{customers}}
        WHERE day = %(day)s AND {THESE}
    ),
    'total', (
        SELECT json_agg(json_build_array(currency, total)) FROM {{money}}
        WHERE day = %(day)s AND {EVERYBODY} AND total <> 0
    )
)::text
"""  # noqa: S608 - names of ours

ASKED = OF_DAYS.replace("{sums}", ", ".join(f"sum({name}) AS {name}" for name in AMOUNTS)).replace(
    "{counts}", ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
)

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
    """The sums of a day for one scope: by currency, and counted."""

    day: date
    money: dict[str, dict[str, Decimal]]
    counts: dict[str, Decimal]
    total: dict[str, Decimal]
    segments: tuple[tuple[str, str, str, Decimal, Decimal, Decimal], ...]
    rates: Rates
    waits: bool = False

    @property
    def base(self) -> str:
        """Return the program's currency, in which everything is said."""
        return self.rates.base

    def amount(self, name: str) -> Decimal:
        """Return a sum in the program's currency; what has no rate is left out."""
        return self.rates.total((currency, sums[name]) for currency, sums in self.money.items())

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


_remembered: ContextVar[dict[Any, Any] | None] = ContextVar("readings", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Read each day and scope once while a page puts many figures together."""
    if _remembered.get() is not None:
        yield
        return
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def reading_of(scope: Scope) -> Reading:
    """Return the sums of a scope's day."""
    return readings_of(scope, [scope.as_of])[0]


def readings_of(scope: Scope, days: Sequence[date]) -> list[Reading]:
    """Return the sums of several days; segments of the last one. One query where all are rolled up."""
    kept = _remembered.get()
    if kept is None:
        return list(_read(scope, days).values())
    missing = [day for day in days if (replace(scope, as_of=day), day == days[-1]) not in kept]
    if missing:
        found = _read(scope, [*missing, days[-1]] if days[-1] not in missing else missing)
        for day, reading in found.items():
            kept[replace(scope, as_of=day), day == days[-1]] = reading
    return [kept[replace(scope, as_of=day), day == days[-1]] for day in days]


def _read(scope: Scope, days: Sequence[date]) -> dict[date, Reading]:
    """Return the sums by day, in the order of the days."""
    whose, partners = _whose(scope)
    given: dict[str, Any] = {"day": days[-1], "days": list(days), "partners": partners}
    several = not scope.is_everyone and scope.partner_id is None
    with connection.cursor() as cursor:
        beside = INFLUENCED + COUNTED_AGAIN if several else ""
        statement = ASKED.replace("{of_several}", beside).replace("{whose}", whose)
        answer = _asked(cursor, KEPT.into(statement), given)
        state = {date.fromisoformat(day): (stale, ms) for day, stale, ms in answer["days"] or ()}
        rows = [(code, date.fromisoformat(month), rate) for code, month, rate in answer["rates"] or ()]
        rates = rates_from(rows, days, base=answer["base"])
        raw = [day for day in days if _is_raw(*state.get(day, UNKNOWN))]
        if raw:
            asides = dict(zip(raw, _aside(cursor, statement, given, raw, base=answer["base"]), strict=True))
    found = {}
    for day in days:
        if day in raw:
            found[day] = _reading(asides[day], day, rates[day], several=several)
        else:
            found[day] = _reading(answer, day, rates[day], several=several, waits=state[day][0])
    return found


def _is_raw(stale: bool, built_ms: Any) -> bool:  # noqa: FBT001 - as the database tells it
    """Whether a day is computed rather than read: it is not rolled up, or stale and quickly made."""
    return stale and built_ms <= QUICK_MS


def _aside(
    cursor: CursorWrapper, statement: str, given: dict[str, Any], days: Sequence[date], *, base: str
) -> list[dict[str, Any]]:
    """Return the answers about days that are computed for this once."""
    with transaction.atomic(savepoint=False):
        return [_parsed(text) for text in answers_aside(cursor, days, statement, given, base=base)]


def _asked(cursor: CursorWrapper, statement: str, given: dict[str, Any]) -> dict[str, Any]:
    cursor.execute(statement, given)
    return _parsed(cursor.fetchone()[0])


def _parsed(text: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return answer


def _reading(answer: dict[str, Any], day: date, rates: Rates, *, several: bool, waits: bool = False) -> Reading:
    written = day.isoformat()
    money = {
        row["currency"]: {name: row[name] for name in AMOUNTS} for row in answer["money"] or () if row["day"] == written
    }
    if several:
        whole = {currency: mrr for day_of, currency, mrr in answer["influence"] or () if day_of == written}
        for currency in money.keys() | whole.keys():
            sums = money.setdefault(currency, dict.fromkeys(AMOUNTS, Decimal(0)))
            sums["influenced"] = whole.get(currency, Decimal(0))
    return Reading(
        day,
        money,
        _counts(answer, written),
        {currency: total for day_of, currency, total in answer["total"] or () if day_of == written},
        tuple(tuple(row) for row in answer["segments"] or ()),
        rates,
        waits,
    )


def _counts(answer: dict[str, Any], day: str) -> dict[str, Decimal]:
    """Return the counts of a day; what several partners share counts once."""
    rows = [row for row in (*(answer["counts"] or ()), *(answer.get("again") or ())) if row["day"] == day]
    return {name: sum((row.get(name, Decimal(0)) for row in rows), Decimal(0)) for name in COUNTS}


def _whose(scope: Scope) -> tuple[str, list[int]]:
    """Return the condition on rows, and the partners that it is about."""
    if scope.is_everyone:
        return EVERYBODY, []
    if scope.partner_id is not None:
        return THESE, [scope.partner_id]
    return THESE, list(partners_of(scope).values_list("pk", flat=True))


def readings_by_partner(day: date, partners: Sequence[int]) -> dict[int, Reading]:
    """Return the sums of each of many partners, without segments. One query from rollups, read once ``together``."""
    kept = _remembered.get()
    if kept is None:
        return _read_each(day, partners)
    asked = (day, tuple(partners))
    if asked not in kept:
        kept[asked] = _read_each(day, partners)
    found: dict[int, Reading] = kept[asked]
    return found


def _read_each(day: date, partners: Sequence[int]) -> dict[int, Reading]:
    given: dict[str, Any] = {"day": day, "partners": list(partners)}
    with connection.cursor() as cursor:
        answer = _asked(cursor, KEPT.into(OF_EACH), given)
        stale, built_ms = (answer["days"] or [UNKNOWN])[0]
        if _is_raw(stale, built_ms):
            stale, answer = False, _aside(cursor, OF_EACH, given, [day], base=answer["base"])[0]
    rows = [(code, date.fromisoformat(month), rate) for code, month, rate in answer["rates"] or ()]
    rates = rates_from(rows, [day], base=answer["base"])[day]
    money: dict[int, dict[str, dict[str, Decimal]]] = {pk: {} for pk in partners}
    counts = {pk: dict.fromkeys(COUNTS, Decimal(0)) for pk in partners}
    for partner_id, currency, *amounts in answer["money"] or ():
        money[int(partner_id)][currency] = dict(zip(AMOUNTS, amounts, strict=True))
    for partner_id, *numbers in answer["counts"] or ():
        counts[int(partner_id)] = dict(zip(COUNTS, numbers, strict=True))
    total = dict(answer["total"] or ())
    return {pk: Reading(day, money[pk], counts[pk], total, (), rates, stale) for pk in partners}
