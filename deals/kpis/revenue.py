"""Key figures of MRR (partner rules, section 4): each is a pure reading of a day's sums, for whomever it is asked.

A month and a year “ago” are the same day then, clamped to the month's end. MRR is what customers pay a month; ARR is
twelve times that. Everything is said in the program's currency at the day's closing rates.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from deals.queries.rollups.reading import reading_of, readings_by_partner, readings_of_each, readings_on
from prm.metrics import Part, Unit, Value
from prm.metrics.values import plain, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from deals.queries.rollups.reading import Reading
    from prm.metrics import Scope
    from prm.ui.states import Words

    Figure = Callable[[Reading], Value]

MONTHS_OF_YEAR = 12
NO_MRR = _("Nobody pays anything on this day.")
NONE_A_MONTH_AGO = _("There was none a month before.")
NONE_A_YEAR_AGO = _("There was none a year before.")
NO_CUSTOMERS_THEN = _("There was no customer 12 months before.")
NO_TERMS = _("No 12-month term ended in these 12 months.")
NO_OPENING = _("There was no sourced MRR when the month began.")
NO_OPENING_CUSTOMERS = _("There was no customer when the month began.")


def provider(figure: Figure) -> Callable[[Scope], Value]:
    """Return the figure as the register asks for it."""

    def answer(scope: Scope) -> Value:
        return figure(reading_of(scope))

    return answer


def over_days(figure: Figure) -> Callable[[Scope, Sequence[date]], Sequence[Value]]:
    """Return the figure as it is asked as of several days; a fixed number of statements where they are rolled up."""

    def answers(scope: Scope, days: Sequence[date]) -> Sequence[Value]:
        return [figure(reading) for reading in readings_on(scope, days)]

    return answers


def for_many(figure: Figure) -> Callable[[Scope, Sequence[int]], Mapping[int, Value]]:
    """Return the figure as it is asked for many partners at once; a fixed number of statements."""

    def answers(scope: Scope, partner_ids: Sequence[int]) -> Mapping[int, Value]:
        return {pk: figure(reading) for pk, reading in readings_by_partner(scope.as_of, partner_ids).items()}

    return answers


def growth(code: str, label: Words, now: Decimal, then: Decimal, *, undefined: Words) -> Part:
    """Return growth as a part: the change ÷ what it was."""
    return Part(code, label, ratio(now - then, then, undefined=undefined, n=0), Unit.RATIO)


def grown(now: Decimal, month_ago: Decimal, year_ago: Decimal) -> tuple[Part, Part]:
    """Return growth month over month and year over year."""
    return (
        growth("month_over_month", _("month over month"), now, month_ago, undefined=NONE_A_MONTH_AGO),
        growth("year_over_year", _("year over year"), now, year_ago, undefined=NONE_A_YEAR_AGO),
    )


def money_part(code: str, label: Words, amount: Decimal, reading: Reading) -> Part:
    """Return an amount as a part."""
    return Part(code, label, plain(amount, n=0, currency=reading.base), Unit.MONEY)


def channel_mrr(reading: Reading) -> Value:
    """Return MRR credited to partners as sourced; its share of all MRR beside it."""
    mrr = reading.amount("sourced")
    share = ratio(mrr, reading.program_total, undefined=NO_MRR, n=0)
    parts = (
        Part("share", _("share of all MRR"), share, Unit.RATIO, internal=True),
        replace(money_part("total", _("all MRR"), reading.program_total, reading), internal=True),
        money_part("arr", _("ARR"), mrr * MONTHS_OF_YEAR, reading),
        *grown(mrr, reading.amount("sourced_month_ago"), reading.amount("sourced_year_ago")),
    )
    return plain(mrr, n=reading.count("live"), currency=reading.base, parts=parts, notes=reading.notes("sourced"))


def channel_share(reading: Reading) -> Value:
    """Return MRR credited to partners as sourced ÷ all MRR."""
    return ratio(
        reading.amount("sourced"),
        reading.program_total,
        undefined=NO_MRR,
        n=reading.count("live"),
        notes=reading.notes("sourced"),
    )


def _of_role(reading: Reading, role: str) -> Value:
    return plain(reading.amount(role), n=reading.count("live"), currency=reading.base, notes=reading.notes(role))


def sourced_mrr(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return sourced MRR; a distributor's leaves out its sub-partners, shown beside it."""
    return _with_sub_partners(scope, days, "sourced")


def influenced_mrr(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return influenced MRR: of several partners whole subscriptions that nobody sources, of one its own share."""
    return _with_sub_partners(scope, days, "influenced")


def _with_sub_partners(scope: Scope, days: Sequence[date], role: str) -> list[Value]:
    readings = readings_on(scope, days)
    everybody = sorted({pk for reading in readings for pk in reading.below})
    each = readings_of_each(days, everybody) if everybody else [{} for _day in days]
    found = []
    for reading, known in zip(readings, each, strict=True):
        value = _of_role(reading, role)
        if reading.below:
            theirs = sum((known[pk].amount(role) for pk in reading.below), Decimal(0))
            beside = plain(theirs, n=len(reading.below), currency=reading.base)
            value = replace(value, parts=(Part("sub_partners", _("its sub-partners"), beside, Unit.MONEY),))
        found.append(value)
    return found


def co_sell_growth(reading: Reading) -> Value:
    """Return how MRR of co-sell subscriptions grew month over month; year over year beside it."""
    now, month_ago = reading.amount("co_sell"), reading.amount("co_sell_month_ago")
    year_ago = reading.amount("co_sell_year_ago")
    parts = (
        money_part("mrr", _("co-sell MRR"), now, reading),
        growth("year_over_year", _("year over year"), now, year_ago, undefined=NONE_A_YEAR_AGO),
    )
    names = ("co_sell", "co_sell_month_ago", "co_sell_year_ago")
    notes = reading.notes(*names)
    return ratio(now - month_ago, month_ago, undefined=NONE_A_MONTH_AGO, n=0, parts=parts, notes=notes)


def nrr(reading: Reading) -> Value:
    """Return MRR today ÷ MRR then, of the customers of 12 months before with the shares of then."""
    return ratio(
        reading.year_closing,
        reading.amount("year_opening"),
        undefined=NO_CUSTOMERS_THEN,
        n=reading.count("year_opening"),
        parts=(Part("grr", _("GRR"), _kept(reading), Unit.RATIO),),
        notes=reading.notes("year_opening", "year_closing"),
    )


def grr(reading: Reading) -> Value:
    """Return the same with the lesser of the two of each customer."""
    return replace(_kept(reading), notes=reading.notes("year_opening", "year_closing"))


def _kept(reading: Reading) -> Value:
    return ratio(
        reading.counts["kept"],
        reading.counts["year_opened"],
        undefined=NO_CUSTOMERS_THEN,
        n=reading.count("year_opening"),
    )


def renewal_rate(reading: Reading) -> Value:
    """Return the 12-month terms that ended in the year with MRR > 0 on the anniversary ÷ all that ended."""
    return ratio(reading.count("renewed"), reading.count("terms"), undefined=NO_TERMS, with_interval=True)


def upsell_share(reading: Reading) -> Value:
    """Return what MRR of the terms that ended had risen by ÷ their MRR at the beginning."""
    return ratio(
        reading.amount("term_expanded"),
        reading.amount("term_opening"),
        undefined=NO_TERMS,
        n=reading.count("terms"),
        notes=reading.notes("term_opening"),
    )


def _movement(reading: Reading, name: str) -> Value:
    """Return a movement of the month ÷ the sourced MRR of its eve; customers likewise beside it."""
    opened = reading.count("opening")
    customers = ratio(reading.count(name), opened, undefined=NO_OPENING_CUSTOMERS)
    parts = (
        Part("customers", _("customers"), customers, Unit.RATIO),
        money_part("amount", _("MRR"), reading.amount(name), reading),
    )
    return ratio(
        reading.amount(name),
        reading.amount("opening"),
        undefined=NO_OPENING,
        n=opened,
        parts=parts,
        notes=reading.notes("opening"),
    )


def churn(reading: Reading) -> Value:
    """Return MRR of subscriptions that fell to 0 since the month's eve ÷ sourced MRR of the eve."""
    return _movement(reading, "churned")


def contraction(reading: Reading) -> Value:
    """Return by how much others fell ÷ sourced MRR of the eve."""
    return _movement(reading, "contracted")


def expansion(reading: Reading) -> Value:
    """Return by how much others rose ÷ sourced MRR of the eve; new MRR beside it."""
    value = _movement(reading, "expanded")
    return replace(value, parts=(*value.parts, money_part("fresh", _("new MRR"), reading.amount("fresh"), reading)))


def sourced_mrr_12m(reading: Reading) -> Value:
    """Return MRR that began in the 12 months, each subscription's on its first day with its sourced share of then."""
    return plain(
        reading.amount("begun"),
        n=reading.count("begun"),
        currency=reading.base,
        notes=reading.notes("begun"),
    )


def live_customers(reading: Reading) -> Value:
    """Return the customers with sourced MRR on the day."""
    return plain(reading.count("live"), n=reading.count("live"))
