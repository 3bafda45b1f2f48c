"""Two runs side by side: a rejected one and its successor, or two months."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commissions.manage import words
from commissions.manage.files import plain
from commissions.manage.runs import find_run
from commissions.models import RunStatus
from commissions.queries.comparison import compare, differing_entries, every_differing_entry
from commissions.queries.review import runs_visible_to
from prm import formats
from prm.doors import actor_of, console_page
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from commissions.models import Run
    from commissions.queries.comparison import Pair
    from prm.actors import Actor

CHOICES, PARTNERS, LINES = 60, 25, 50
HEADS = ("partner", "subscription", "kind", "currency", "earned_period", "amount_one", "amount_other", "difference")


@require_GET
@console_page
def compared(request: HttpRequest, number: int) -> HttpResponse:
    """Show a run beside another one; without ``with``, beside the one before it of the same month, or the month's."""
    actor = actor_of(request)
    run = _computed(actor, number)
    others = list(runs_visible_to(actor).exclude(status=RunStatus.DRAFT).exclude(pk=run.pk)[:CHOICES])
    other = _other(actor, run, others, request.GET.get("with", ""))
    values: dict[str, Any] = {"run": run, "other": other, "choices": [(str(one.number), _name(one)) for one in others]}
    if other is not None:
        found = compare(other, run)
        lines, count = differing_entries(other, run, most=LINES)
        values |= {
            "wanted": str(other.number),
            "kinds": [(words.kind_word(pair.kind), pair) for pair in found.kinds],
            "totals": found.totals,
            "partners": found.partners[:PARTNERS],
            "partner_count": len(found.partners),
            "lines": [(words.kind_word(pair.kind), pair) for pair in lines],
            "line_count": count,
            "run_name": _name(run),
            "other_name": _name(other),
        }
    return render(request, "commissions/manage/comparison.html", values)


@require_GET
@console_page
def compared_csv(request: HttpRequest, number: int) -> HttpResponseBase:
    """Give every entry that differs as a file; an empty month is each run's own."""
    actor = actor_of(request)
    run = _computed(actor, number)
    other = _other(actor, run, [], request.GET.get("with", ""))
    if other is None:
        raise Http404
    response = StreamingHttpResponse(_lines(other, run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="runs-{other.number}-{run.number}.csv"'
    return response


def _computed(actor: Actor, number: int) -> Run:
    run = find_run(actor, number)
    if run.status == RunStatus.DRAFT:
        raise Http404
    return run


def _other(actor: Actor, run: Run, others: list[Run], asked: str) -> Run | None:
    """Return the run to compare with: as asked, or the latest earlier one."""
    if asked.isascii() and asked.isdigit() and len(asked) < len(str(2**31)):
        return _computed(actor, int(asked))
    earlier = [one for one in others if one.number < run.number]
    return next((one for one in earlier if one.period == run.period), earlier[0] if earlier else None)


def _name(run: Run) -> str:
    return _("Run %(number)s, %(month)s, %(state)s") % {
        "number": run.number,
        "month": formats.month(run.period),
        "state": run.get_status_display(),
    }


class _Echo:
    """A file that hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def _lines(one: Run, other: Run) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(HEADS)
    for pair in every_differing_entry(one, other):
        yield writer.writerow(_cells(pair))


def _cells(pair: Pair) -> list[str]:
    named = [pair.partner_code, pair.subscription, pair.kind, pair.currency]
    amounts = [plain(amount, pair.currency) for amount in (pair.one, pair.other, pair.difference)]
    return [*map(safe_text, named), f"{pair.month:%Y-%m}" if pair.month else "", *amounts]
