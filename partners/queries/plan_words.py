"""Joint plans in words: their period, quarters, figures and what a version changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from prm import formats, metrics
from prm.metrics import Unit
from prm.metrics.writing import words_of
from prm.months import add_months

if TYPE_CHECKING:
    from decimal import Decimal

    from partners.models import JointPlan
    from partners.policy.plans import Quarter


def period_of(plan: JointPlan) -> str:
    """Return the months of a plan: ``2027``, or ``July 2026 – June 2027``."""
    begins, last = plan.valid_from, add_months(plan.valid_until, -1)
    if begins.year == last.year:
        return str(begins.year)
    return f"{formats.month(begins)} – {formats.month(last)}"


def quarter_words(quarter: Quarter) -> str:
    """Return the name of a quarter: ``Q1``."""
    return _("Q%(number)s") % {"number": formats.number(quarter.number)}


def months_words(quarter: Quarter) -> str:
    """Return the months of a quarter: ``Jan – Mar``."""
    return f"{formats.month(quarter.begins_on, style='short')} – {formats.month(quarter.ends_on, style='short')}"


def unit_of(figure: str) -> Unit:
    """Return in what a figure is counted; an unknown one counts things."""
    try:
        return metrics.metric_of(figure).unit
    except KeyError:
        return Unit.COUNT


def target_words(figure: str, amount: Decimal | None, currency: str) -> str:
    """Return a target as people write it; a dash for none."""
    return words_of(amount, unit_of(figure), currency)
