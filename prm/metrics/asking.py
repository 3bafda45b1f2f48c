"""From an address (or a command's options) to a question, and back."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from prm.errors import DomainError
from prm.metrics.types import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prm.ui.states import Words

FILTERS: Final = ("manager", "tier", "type", "country", "cohort")
COHORT: Final = re.compile(r"(?!0000)\d{4}(-(0[1-9]|1[0-2]))?", re.ASCII)
LONGEST: Final = 254
EARLIEST: Final = date(1900, 1, 1)
"""A day before is a slip of the pen, and figures look years back from the day that is asked."""

NO_DAY = _("“%(value)s” is no date; write it as 2026-03-31.")
FUTURE = _("The day lies in the future; figures are counted up to today.")
NO_COHORT = _("A cohort is a year or a month of activation: 2026 or 2026-03.")
TOO_LONG = _("The filter is too long.")


class QuestionError(DomainError):
    """The question cannot be understood; ``field`` names the parameter."""

    def __init__(self, field: str, sentence: Words) -> None:
        super().__init__("invalid_parameter", str(sentence), field=field)


def scope_of(asked: Mapping[str, str], *, today: date, partner_id: int | None = None) -> Scope:
    """Return the question of an address; ``as_of`` is today where it is not named.

    Raises ``QuestionError`` for what nobody can mean; an unknown manager or tier is a selection of nobody.
    """
    given = {name: asked.get(name, "").strip().replace("\x00", "") for name in FILTERS}
    for name, value in given.items():
        if len(value) > LONGEST:
            raise QuestionError(name, TOO_LONG)
    if given["cohort"] and not COHORT.fullmatch(given["cohort"]):
        raise QuestionError("cohort", NO_COHORT)
    return Scope(as_of=_day(asked.get("as_of", ""), today), partner_id=partner_id, **given)


def _day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise QuestionError("as_of", NO_DAY % {"value": text[:20]}) from None
    if day < EARLIEST:
        raise QuestionError("as_of", NO_DAY % {"value": text[:20]})
    if day > today:
        raise QuestionError("as_of", FUTURE)
    return day


def parameters_of(scope: Scope) -> dict[str, str]:
    """Return the question as parameters of an address, those that are asked; the partner is the door's to name."""
    filters = {name: getattr(scope, name) for name in FILTERS}
    return {"as_of": scope.as_of.isoformat()} | {name: value for name, value in filters.items() if value}
