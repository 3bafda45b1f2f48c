"""What a customer is worth and costs (partner rules, section 4): lifetime value, cost of a new customer, return.

The gross margin is a setting of the program. What commission and market development funds cost is asked of the
register, where the apps that pay them put it; without such a figure it is 0, and the notes say so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from deals.kpis.revenue import MONTHS_OF_YEAR, money_part
from deals.queries.rollups.reading import readings_of_many, readings_on
from prm.actors import RULE
from prm.metrics import Part, Unit, all_metrics, series_of
from prm.metrics.values import count, not_defined, plain, ratio
from prm.models import Program
from prm.months import add_months, month_start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from deals.queries.rollups.reading import Reading
    from prm.metrics import Scope, Value
    from prm.ui.states import Words

HUNDRED = 100
COMMISSION, FUNDS = "commission_cost_12m", "mdf_spent_12m"
NO_MARGIN = _("The program's gross margin is not set.")
NO_CHURN = _("No customer's MRR fell to 0 in these 12 months.")
NOBODY_LIVE = _("There is no customer with sourced MRR.")
NO_NEW_CUSTOMER = _("No customer was new in these 12 months.")
NO_COST = _("Nothing was spent in these 12 months.")
NO_FUNDS = _("Market development funds count as 0: the program has none yet.")
NO_COMMISSION = _("Commission counts as 0: nothing is calculated here.")


def _margin() -> Decimal | None:
    margin = Program.current().gross_margin
    return None if margin is None else margin / HUNDRED


def _year_of(day: date) -> list[date]:
    """Return the days of the twelve monthly churns up to a day's, itself the last."""
    month = month_start(day)
    return [*(add_months(month, -back) - timedelta(days=1) for back in range(MONTHS_OF_YEAR - 1)), day]


def monthly_churn(year: Sequence[Reading]) -> Value:
    """Return churned MRR ÷ opening MRR, each added up over the 12 months up to the day's; at the day's rates."""
    rates = year[-1].rates
    churned, opening = (
        sum((rates.total((code, sums[name]) for code, sums in one.money.items()) for one in year), Decimal(0))
        for name in ("churned", "opening")
    )
    return ratio(churned, opening, undefined=NOBODY_LIVE, n=len(year))


def lifetime_value(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return mean MRR of a customer × gross margin ÷ monthly churn of 12 months; not defined without churn."""
    margin = _margin()
    years = readings_of_many([(one, _year_of(one.as_of)) for one in scope.on_each(days)])
    return [_lifetime(year, margin) for year in years]


def _lifetime(year: Sequence[Reading], margin: Decimal | None) -> Value:
    reading = year[-1]
    live, mrr = reading.count("live"), reading.amount("sourced")
    if margin is None:
        return not_defined(NO_MARGIN, n=live)
    if not live:
        return not_defined(NOBODY_LIVE)
    churn = monthly_churn(year)
    parts = (
        money_part("mean_mrr", _("mean MRR of a customer"), mrr / live, reading),
        Part("monthly_churn", _("monthly churn, 12 months"), churn, Unit.RATIO),
        Part("gross_margin", _("gross margin"), plain(margin, n=0), Unit.RATIO),
    )
    notes = reading.notes("sourced")
    if not churn.value:
        return not_defined(NO_CHURN, n=live, parts=parts, notes=notes)
    gain = mrr / live * margin
    return replace(
        ratio(gain, churn.value, undefined=NO_CHURN, n=live, parts=parts, notes=notes), currency=reading.base
    )


def _costs(scope: Scope, days: Sequence[date]) -> dict[str, Sequence[Value]]:
    """Return what is known of what partners cost in the 12 months up to each day, by the figure's code."""
    known = {metric.code for metric in all_metrics()}
    return {code: series_of(code, scope, days, RULE) for code in (COMMISSION, FUNDS) if code in known}


def _cost(costs: Mapping[str, Sequence[Value]], at: int) -> tuple[Decimal, tuple[Part, ...], tuple[Words, ...]]:
    """Return what partners cost in the 12 months, its parts, and what there is to say about it."""
    found = Decimal(0)
    parts: list[Part] = []
    notes: list[Words] = []
    for code, label, missing in (
        (COMMISSION, _("commission"), NO_COMMISSION),
        (FUNDS, _("market development funds"), NO_FUNDS),
    ):
        if code not in costs:
            notes.append(missing)
            continue
        value = costs[code][at]
        found += value.value or 0
        parts.append(Part(code, label, value, Unit.MONEY))
        notes.extend(value.notes)
    return found, tuple(parts), tuple(notes)


def customer_cost(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return commission and funds of 12 months per customer that was new in them."""
    costs, found = _costs(scope, days), []
    for at, reading in enumerate(readings_on(scope, days)):
        cost, parts, notes = _cost(costs, at)
        value = ratio(cost, reading.count("begun"), undefined=NO_NEW_CUSTOMER, parts=parts, notes=notes)
        found.append(replace(value, currency=reading.base))
    return found


def channel_return(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return 12 × the MRR gained in 12 months × gross margin ÷ commission and funds of these months."""
    margin, costs = _margin(), _costs(scope, days)
    return [_returned(reading, margin, _cost(costs, at)) for at, reading in enumerate(readings_on(scope, days))]


def _returned(
    reading: Reading, margin: Decimal | None, costs: tuple[Decimal, tuple[Part, ...], tuple[Words, ...]]
) -> Value:
    if margin is None:
        return not_defined(NO_MARGIN, n=reading.count("begun"))
    cost, parts, notes = costs
    gained = reading.amount("begun")
    parts = (
        money_part("gained", _("MRR gained"), gained, reading),
        count("customers", _("new customers"), reading.count("begun")),
        *parts,
    )
    notes = (*reading.notes("begun"), *notes)
    gain = MONTHS_OF_YEAR * gained * margin
    return ratio(gain, cost, undefined=NO_COST, n=reading.count("begun"), parts=parts, notes=notes)
