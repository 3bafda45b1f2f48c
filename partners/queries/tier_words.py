"""What is missing for a tier, in words: “two more certified people”."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from prm import formats, metrics
from prm.metrics import Unit

if TYPE_CHECKING:
    from partners.policy.tiers import Check
    from prm.models import Program

SPELLED = 10
"""Small counts are written as words."""


def figure_name(code: str) -> str:
    """Return the name of a figure; an unknown one is its code in plain words."""
    try:
        return str(metrics.metric_of(code).name)
    except KeyError:
        return code.replace("_", " ")


def amount(code: str, value: Decimal, program: Program) -> str:
    """Return a figure as people write it: money in the program's currency, rates in per cent."""
    unit = _unit(code)
    if unit is Unit.MONEY:
        return formats.money(value, program.base_currency)
    return formats.percent(value) if unit is Unit.RATIO else formats.number(value)


def missing_sentence(check: Check, program: Program) -> str:
    """Return what is missing for a criterion: “two more certified people”, “€1,200.00 more sourced MRR”."""
    missing = check.missing
    words = {
        "certified_people": lambda n: ngettext("%(n)s more certified person", "%(n)s more certified people", n),
        "live_customers": lambda n: ngettext("%(n)s more live customer", "%(n)s more live customers", n),
        "won_12m": lambda n: ngettext("%(n)s more deal won in 12 months", "%(n)s more deals won in 12 months", n),
    }
    if check.figure in words:
        number = int(missing.to_integral_value(rounding=ROUND_CEILING))
        return words[check.figure](number) % {"n": counted(number)}
    if _unit(check.figure) is Unit.RATIO:
        points = {"points": formats.number(missing * 100, places=1), "figure": figure_name(check.figure)}
        return _("%(points)s percentage points more: %(figure)s") % points
    values = {"amount": amount(check.figure, missing, program), "figure": figure_name(check.figure)}
    return _("%(amount)s more: %(figure)s") % values


def skipped_sentence(check: Check) -> str:
    """Return why a criterion is skipped."""
    if check.why == "too_few":
        return _("Not asked: under five customers it says little.")
    return _("Not asked: it is not defined at the moment.")


def counted(number: int) -> str:
    """Return a small number as a word, a larger one in digits."""
    spelled = (
        pgettext("count", "no"), pgettext("count", "one"), pgettext("count", "two"), pgettext("count", "three"),
        pgettext("count", "four"), pgettext("count", "five"), pgettext("count", "six"), pgettext("count", "seven"),
        pgettext("count", "eight"), pgettext("count", "nine"), pgettext("count", "ten"),
    )  # fmt: skip
    return spelled[number] if 0 <= number <= SPELLED else formats.number(number)


def _unit(code: str) -> Unit:
    try:
        return metrics.metric_of(code).unit
    except KeyError:
        return Unit.COUNT
