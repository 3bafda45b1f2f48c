"""Criteria as pages print them: the figure’s name, where it stands, what is missing, and how full its bar is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.queries.tier_words import amount, figure_name, missing_sentence, skipped_sentence
from prm.metrics import all_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partners.policy.tiers import Check
    from prm.metrics import Metric
    from prm.models import Program


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """``words`` says how much of how much, ``missing`` what is missing or why it is not asked; ``state`` its tone."""

    name: str
    words: str
    missing: str
    state: str
    value: Decimal
    at_least: Decimal
    metric: Metric | None = None


def criterion_lines(checks: Iterable[Check], program: Program) -> list[CriterionLine]:
    """Return the lines of a tier’s criteria, those that fail first."""
    order = {False: 0, None: 1, True: 2}
    return [_line(check, program) for check in sorted(checks, key=lambda check: (order[check.holds], check.figure))]


def _line(check: Check, program: Program) -> CriterionLine:
    wanted = amount(check.figure, check.at_least, program)
    if check.holds is None or check.value is None:
        words, missing, state = _("at least %(wanted)s") % {"wanted": wanted}, skipped_sentence(check), "skipped"
    else:
        values = {"value": amount(check.figure, check.value, program), "wanted": wanted}
        words = _("%(value)s of %(wanted)s") % values
        missing = "" if check.holds else missing_sentence(check, program)
        state = "holds" if check.holds else "missing"
    value = Decimal(0) if check.holds is None else max(check.value or Decimal(0), Decimal(0))
    metric = next((one for one in all_metrics() if one.code == check.figure), None)
    return CriterionLine(figure_name(check.figure), words, missing, state, value, check.at_least, metric)
