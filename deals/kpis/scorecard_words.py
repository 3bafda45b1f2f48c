"""The scorecard and the cohorts in words: what both the console's and the portal's page print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from deals.kpis.scorecard import strip_sentence
from prm import formats
from prm.metrics import Unit, metric_of
from prm.metrics.writing import plain, words_of
from prm.ui import chart

if TYPE_CHECKING:
    from datetime import date

    from deals.kpis.firsts import Start
    from deals.kpis.scorecard import Card, Cohort, CohortMonth, Told


def card_values(card: Card) -> dict[str, Any]:
    """Return what the templates of a scorecard print."""
    currency = card.mrr[-1].currency
    columns = [_("Day"), _("Channel MRR"), _("NRR"), _("Live customers")]
    rows = [
        [
            formats.day(day),
            words_of(mrr.value, Unit.MONEY, currency),
            words_of(nrr.value, Unit.RATIO, ""),
            formats.number(mrr.n),
        ]
        for day, mrr, nrr in zip(card.days, card.mrr, card.nrr, strict=True)
    ]
    plot = chart.line_chart(
        [(formats.month(day, style="short"), str(day.year) if day.month == 1 else "") for day in card.days],
        [chart.Series(_("Channel MRR"), tuple(value.value for value in card.mrr))],
        show=lambda value: formats.money_rounded(value, currency),
        rtl=get_language_bidi(),
        width=720.0,
        height=260.0,
    )
    finding = _("%(was)s on %(first)s, %(now)s on %(last)s.") % {
        "was": words_of(card.mrr[0].value, Unit.MONEY, currency),
        "first": formats.day(card.days[0]),
        "now": words_of(card.mrr[-1].value, Unit.MONEY, currency),
        "last": formats.day(card.days[-1]),
    }
    return {
        "strip": [_line(told, sentence=strip_sentence(told)) for told in card.strip],
        "figures": [_line(told, sentence=str(told.value.undefined)) for told in card.figures],
        "families": [(name, words_of(mrr, Unit.MONEY, currency)) for name, mrr in card.families],
        "notes": list(dict.fromkeys(str(note) for told in card.strip for note in told.value.notes)),
        "plot": plot,
        "finding": finding,
        "columns": columns,
        "rows": rows,
        "as_of": card.days[-1],
        "start": card.start,
        "first_deal": first_deal_words(card.start, card.days[-1]) if card.start else "",
        "first_deal_metric": metric_of("time_to_first_deal"),
    }


def first_deal_words(start: Start, as_of: date) -> str:
    """Return how long a partner needed for its first deal, or for how long it has none."""
    if start.is_left_out:
        return _("Before the activation")
    followed = start.followed(as_of)
    told = {"days": formats.number(followed.days)}
    if followed.event:
        return ngettext("%(days)s day after the activation", "%(days)s days after the activation", followed.days) % told
    return ngettext("None in %(days)s day", "None in %(days)s days", followed.days) % told


def _line(told: Told, *, sentence: str) -> dict[str, object]:
    metric, value = told.metric, told.value
    return {
        "code": metric.code,
        "metric": metric,
        "name": metric.name,
        "definition": metric.definition,
        "words": words_of(value.value, metric.unit, value.currency),
        "exact": plain(value.value),
        "n": value.n,
        "sentence": sentence,
    }


def cohort_tables(cohorts: list[Cohort], *, currency: str) -> list[dict[str, Any]]:
    """Return one table a figure: cohorts down, months across."""

    def table(title: str, about: str, told: Any, code: str = "") -> dict[str, Any]:
        rows = [
            [one.name, formats.number(one.partners), *(told(month) if month else "" for month in one.months)]
            for one in cohorts
        ]
        return {"title": title, "about": about, "rows": rows, "metric": metric_of(code) if code else None}

    def ratio(share: Any) -> str:
        return "–" if share is None else formats.percent(share, places=0)

    def mrr(month: CohortMonth) -> str:
        return formats.money_rounded(month.mrr, currency)

    return [
        table(
            _("NRR"),
            _("Of the customers that the cohort had 12 months before; a dash where it had none."),
            lambda month: ratio(month.nrr),
            "nrr",
        ),
        table(
            _("Active share"),
            _("Partners of the cohort that were active on the day ÷ those that had begun."),
            lambda month: ratio(month.active),
        ),
        table(_("Channel MRR"), _("Sourced MRR of the cohort on the day."), mrr, "channel_mrr"),
    ]
