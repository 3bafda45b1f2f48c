"""``/manage/program/`` and ``/manage/book/``: the program, and one manager's partners, in a few figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from partners.manage.figures.asking import address, filter_values, question, understood
from partners.manage.figures.words import (
    Drawn,
    Shown,
    axis_of,
    drawn_curve,
    drawn_interval,
    drawn_spark,
    month_labels,
    shown,
    state_words,
)
from partners.models import PartnerStatus
from partners.queries.book import has_book
from partners.queries.figures import Question
from partners.queries.onboarding import open_onboardings
from partners.queries.standing_of_program import counted_by_status, is_quiet, quiet_since, standings
from prm import formats
from prm.doors import actor_of, console_page, today_of
from prm.metrics import Scope, all_metrics, curve_of, evaluate, metric_of, months_up_to, series_of
from prm.metrics.writing import words_of
from prm.ui import chart

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from prm.actors import Actor
    from prm.metrics import Metric, Part, Value
    from prm.ui.chart import Interval, Spark

FIRST_DEAL = "time_to_first_deal"
MOST_LINES = 4
"""A chart tells four lines apart, no more."""

STRIP = {
    "activity_rate": "won_12m",
    "time_to_first_deal": "s_180",
    "psat": "response_rate",
    "nrr": "grr",
    "channel_mrr": "share",
}
"""Figures of the program's first line, and the part that is told with each."""

BOOK_STRIP = {"activity_rate": "won_12m", "win_rate": "won", "sourced_mrr": "", "approval_rate": "decided"}


@dataclass(frozen=True, slots=True)
class Card:
    """A key figure with its sentence and its drawing."""

    metric: Metric
    it: Shown
    sentence: str
    spark: Spark | None
    spark_words: str
    interval: Interval | None


@require_safe
@console_page
@understood
def program(request: HttpRequest) -> HttpResponse:
    """Show the program: the console's home."""
    asked, actor = question(request), actor_of(request)
    tiers = _by_tier(asked.scope, actor)
    values = {
        "state": _state(asked.scope),
        "cards": _cards(STRIP, asked.scope, actor),
        "curve": _curve(asked.scope, actor),
        "tiers": tiers,
        "tier_columns": [_("Month"), *tiers.columns] if tiers else [],
        "has_book": has_book(email=getattr(request.user, "email", "")),
        "definition": address(asked) + "#definition",
    }
    return render(request, "partners/figures/program.html", values | filter_values(request, asked))


@require_safe
@console_page
@understood
def book(request: HttpRequest) -> HttpResponse:
    """Show the partners of the person who looks: the figures, who is active, who is stuck."""
    actor, email = actor_of(request), getattr(request.user, "email", "")
    scope = Scope(today_of(request), manager=email)
    since, rows = quiet_since(scope), standings(scope)
    begun = open_onboardings(actor=actor, on=scope.as_of, manager=email)
    stuck = {one.partner.code for one in begun if one.stalled}
    values = {
        "scope": scope,
        "address": address(Question(scope)),
        "cards": _cards(BOOK_STRIP, scope, actor),
        "state": _state(scope),
        "has_book": has_book(email=email),
        "quiet": [row for row in rows if is_quiet(row, since)],
        "stalled": [row for row in rows if row.is_stalled or row.code in stuck],
        "waiting": [row for row in rows if row.waits_for_first_deal],
        "doing": [row for row in rows if row.status == PartnerStatus.ACTIVE and not is_quiet(row, since)],
    }
    return render(request, "partners/figures/book.html", values)


def _state(scope: Scope) -> str:
    counted = counted_by_status(scope)
    number = sum(counted.values())
    words = dict(PartnerStatus.choices)
    each = ", ".join(
        f"{formats.number(counted[status])} {str(word).lower()}" for status, word in words.items() if status in counted
    )
    partners = ngettext("%(count)s partner", "%(count)s partners", number) % {"count": formats.number(number)}
    told = {"partners": partners, "each": each, "day": formats.day(scope.as_of)}
    if not each:
        return _("No partners. Figures as of %(day)s.") % told
    return _("%(partners)s: %(each)s. Figures as of %(day)s.") % told


def _cards(wanted: dict[str, str], scope: Scope, actor: Actor) -> list[Card]:
    known = {metric.code: metric for metric in all_metrics()}
    return [_card(known[code], part, scope, actor) for code, part in wanted.items() if code in known]


def _card(metric: Metric, part: str, scope: Scope, actor: Actor) -> Card:
    value = evaluate(metric.code, scope, actor)
    it, interval, line = shown(metric, value), None, None
    days = months_up_to(scope.as_of)
    if metric.code in {"time_to_first_deal", "psat"}:
        interval = drawn_interval(metric, value)
    elif value.value is not None:
        line = drawn_spark(series_of(metric.code, scope, days, actor))
    since = _("%(figure)s since %(month)s") % {"figure": metric.name, "month": formats.month(days[0])}
    return Card(metric, it, _sentence(it, value, part), line, since, interval)


def _sentence(it: Shown, value: Value, part: str) -> str:
    if value.value is None:
        return str(it.undefined)
    told = [it.interval] if it.interval else []
    if it.interval and value.numerator is not None and value.denominator is not None:
        ends = {"hits": formats.number(value.numerator), "of": formats.number(value.denominator)}
        told.insert(0, _("%(hits)s of %(of)s") % ends)
    told += [f"{one.name}: {one.words}" for one in it.parts if one.code == part]
    return "; ".join(told)


def _by_tier(scope: Scope, actor: Actor) -> Drawn | None:
    """Return channel MRR by tier over twelve months; nothing where no tier has any."""
    metrics = {metric.code: metric for metric in all_metrics()}
    if (metric := metrics.get("mrr_by_segment")) is None:
        return None
    days = months_up_to(scope.as_of)
    values = series_of(metric.code, scope, days, actor)
    last = _tiers(values[-1])[:MOST_LINES]
    if not last:
        return None
    lines = [(str(part.label), [_amount(value, part.code) for value in values]) for part in last]
    currency = values[-1].currency
    plot = chart.line_chart(
        month_labels(days),
        [chart.Series(name, tuple(amounts)) for name, amounts in lines],
        show=axis_of(metric, currency),
        rtl=get_language_bidi(),
    )
    rows = [
        [formats.month(day), *(words_of(amounts[at], metric.unit, currency) for _name, amounts in lines)]
        for at, day in enumerate(days)
    ]
    first = {"tier": last[0].label, "amount": words_of(last[0].value.value, metric.unit, currency)}
    finding = _("%(tier)s brings most: %(amount)s.") % first
    columns = [name for name, _amounts in lines]
    return Drawn(plot, _("MRR by tier"), finding, rows, "", columns, state_words(values[-1], scope.as_of))


def _curve(scope: Scope, actor: Actor) -> Drawn | None:
    """Return how partners come to their first deal."""
    metric = metric_of(FIRST_DEAL)
    curve = curve_of(FIRST_DEAL, scope, actor)
    if curve is None:
        return None
    value = evaluate(FIRST_DEAL, scope, actor)
    drawn = drawn_curve(metric, curve, value)
    return drawn and replace(drawn, state=state_words(value, scope.as_of))


def _tiers(value: Value) -> list[Part]:
    """Return the tiers by what they bring, the most first; MRR of partners without a tier, or of nobody, is none."""
    held = [part for part in value.parts if part.code.startswith("tier:") and part.code not in {"tier:", "tier:*"}]
    return sorted(held, key=lambda part: part.value.value or 0, reverse=True)


def _amount(value: Value, code: str) -> Any:
    return next((part.value.value for part in value.parts if part.code == code), None) or 0
