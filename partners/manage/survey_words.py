"""The sentences and the chart of the page of partner satisfaction."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from prm import formats
from prm.ui.chart import Plot, Series, line_chart

if TYPE_CHECKING:
    from partners.kpis.survey_tables import Group, Table
    from prm.metrics import Value

CUT_WORDS = {
    "manager": gettext_lazy("By manager"),
    "tier": gettext_lazy("By tier"),
    "country": gettext_lazy("By country"),
    "type": gettext_lazy("By type"),
    "partner": gettext_lazy("By partner"),
}


def state_sentence(total: Group) -> str:
    """Return “82 % of 33 answers were satisfied (95 % interval 64 to 92 %).”, or why there is no figure."""
    value = total.last
    if value is None:
        return _("No survey has closed yet.")
    if value.value is None:
        return str(value.undefined)
    words = {"share": formats.percent(value.value), "count": formats.number(value.n), **_interval(value)}
    return _("%(share)s of %(count)s answers were 4 or 5 (95 %% interval %(low)s to %(high)s).") % words


def finding(table: Table) -> str:
    """Return what the line shows: how the last survey stands to the one before."""
    known = [value.value for value in table.total.values if value is not None and value.value is not None]
    if not known:
        return _("There is nothing to draw yet.")
    words = {"last": formats.percent(known[-1])}
    if len(known) == 1:
        return _("%(last)s were satisfied in the first survey.") % words
    words["before"] = formats.percent(known[-2])
    if known[-1] == known[-2]:
        return _("%(last)s were satisfied, as many as in the survey before.") % words
    if known[-1] > known[-2]:
        return _("%(last)s were satisfied, up from %(before)s.") % words
    return _("%(last)s were satisfied, down from %(before)s.") % words


def _interval(value: Value) -> dict[str, str]:
    return {
        "low": formats.percent(value.low or Decimal(0), places=0),
        "high": formats.percent(value.high or Decimal(0), places=0),
    }


def chart_of(table: Table, chosen: Group | None) -> Plot | None:
    """Return the line of all partners over the waves, and beside it that of a chosen group; nothing to draw is none."""
    drawn = [table.total] + ([chosen] if chosen is not None else [])
    series = [
        Series(
            group.name, tuple(None if value is None or value.value is None else value.value for value in group.values)
        )
        for group in drawn
    ]
    if not any(value is not None for one in series for value in one.values):
        return None
    labels = [(result.wave.code, "") for result in table.results]
    return line_chart(labels, series, show=_percent, rtl=get_language_bidi(), label_width=200)


def _percent(share: Decimal) -> str:
    return formats.percent(share, places=0)
