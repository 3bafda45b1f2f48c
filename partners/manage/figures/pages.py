"""``/manage/figures/``: every key figure, each with its day, n, definition, chart, rows behind it and CSV."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from partners.manage.figures.asking import address, filter_values, question, understood
from partners.manage.figures.words import drawn_curve, drawn_interval, drawn_series, shown, state_words
from prm.doors import actor_of, console_page
from prm.downloads import CSV, download
from prm.metrics import curve_of, evaluate, group_name, metric_of, metrics_for, months_up_to, rows_of, series_of
from prm.metrics.writing import cell_words, lines_as_csv, lines_of, lines_of_series, rows_as_csv

if TYPE_CHECKING:
    from django.http import HttpRequest

    from partners.manage.figures.words import Shown
    from partners.queries.figures import Question
    from prm.actors import Actor
    from prm.metrics import Metric, Rows

PAGE_SIZE = 25


@require_safe
@console_page
@understood
def figures(request: HttpRequest) -> HttpResponse:
    """List every figure with its value, by group."""
    asked, actor = question(request), actor_of(request)
    found = [(metric, shown(metric, evaluate(metric.code, asked.scope, actor))) for metric in metrics_for(actor)]
    groups: list[tuple[Any, list[tuple[Metric, Shown]]]] = [
        (group_name(group), list(those)) for group, those in groupby(found, key=lambda pair: pair[0].group)
    ]
    return render(request, "partners/figures/list.html", {"groups": groups} | filter_values(request, asked))


@require_safe
@console_page
@understood
def figures_csv(request: HttpRequest) -> HttpResponse:
    """Download every figure with its parts."""
    asked, actor = question(request), actor_of(request)
    lines = [
        line
        for metric in metrics_for(actor)
        for line in lines_of(metric, asked.scope, evaluate(metric.code, asked.scope, actor))
    ]
    return _file(lines_as_csv(lines, asked.parameters), "figures", asked)


@require_safe
@console_page
@understood
def figure(request: HttpRequest, code: str) -> HttpResponse:
    """Show one figure."""
    metric, asked, actor = _metric(code), question(request), actor_of(request)
    value = evaluate(code, asked.scope, actor)
    days = months_up_to(asked.scope.as_of)
    rows, curve = rows_of(code, asked.scope, actor), curve_of(code, asked.scope, actor)
    values = {
        "metric": metric,
        "value": value,
        "shown": shown(metric, value),
        "state": state_words(value, asked.scope.as_of),
        "interval": drawn_interval(metric, value),
        "drawn": drawn_series(metric, days, series_of(code, asked.scope, days, actor)),
        "curve": drawn_curve(metric, curve, value) if curve is not None else None,
        "columns": [_("Day"), _("Value"), _("95 % interval"), "n"],
        "months_csv": reverse("figures:series_csv", args=[code]) + address(asked),
        "rows_csv": reverse("figures:rows_csv", args=[code]) + address(asked),
        "rows": rows,
        "page": Paginator(_cells(rows), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "partners/figures/figure.html", values | filter_values(request, asked))


@require_safe
@console_page
@understood
def figure_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Download one figure with its parts."""
    metric, asked = _metric(code), question(request)
    value = evaluate(code, asked.scope, actor_of(request))
    return _file(lines_as_csv(lines_of(metric, asked.scope, value), asked.parameters), code, asked)


@require_safe
@console_page
@understood
def series_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Download one figure by month."""
    metric, asked = _metric(code), question(request)
    lines = _series(metric, asked, actor_of(request))
    return _file(lines_as_csv(lines, asked.parameters), f"{code}-by-month", asked)


@require_safe
@console_page
@understood
def rows_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Download the rows behind a figure."""
    _metric(code)
    asked = question(request)
    return _file(rows_as_csv(rows_of(code, asked.scope, actor_of(request))), f"{code}-rows", asked)


def _series(metric: Metric, asked: Question, actor: Actor) -> list[Any]:
    days = months_up_to(asked.scope.as_of)
    return lines_of_series(metric, asked.scope, days, series_of(metric.code, asked.scope, days, actor))


def _metric(code: str) -> Metric:
    try:
        return metric_of(code)
    except KeyError:
        raise Http404 from None


def _cells(rows: Rows) -> list[tuple[str, list[str]]]:
    """Return each row's address and words."""
    urls = rows.urls or ("",) * len(rows.rows)
    return [(url, [cell_words(cell) for cell in row]) for url, row in zip(urls, rows.rows, strict=True)]


def _file(content: str, name: str, asked: Question) -> HttpResponse:
    return download(content, kind=CSV, name=f"{name}-{asked.scope.as_of:%Y-%m-%d}.csv")
