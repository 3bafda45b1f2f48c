"""The entries of a run: look, filter, take away as a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commissions.kinds import Kind
from commissions.manage.runs import find_run
from commissions.queries.explained import explained, with_tier_names
from commissions.queries.export import COLUMNS, export_rows
from commissions.queries.review import EntryFilter, entries_of, partners_in, run_currencies
from prm.doors import actor_of, console_page
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

A_PAGE = 50


@require_GET
@console_page
def entries(request: HttpRequest, number: int) -> HttpResponse:
    """List a run's entries by partner, kind, currency and whether they correct an earlier month."""
    actor = actor_of(request)
    run = find_run(actor, number)
    wanted = EntryFilter(**{name: request.GET.get(name, "") for name in EntryFilter.__dataclass_fields__})
    page = Paginator(with_tier_names(entries_of(run, actor, wanted)), A_PAGE).get_page(request.GET.get("page"))
    partners = list(partners_in(run))
    values: dict[str, Any] = {
        "run": run,
        "wanted": wanted,
        "page": page,
        "lines": [(entry, explained(entry)) for entry in page.object_list],
        "partners": [("", _("All")), *((partner.code, partner.name) for partner in partners)],
        "kinds": [("", _("All")), *Kind.choices],
        "currencies": [("", _("All")), *((code, code) for code in run_currencies(run))],
        "true_ups": [("", _("All")), ("yes", _("Corrections only")), ("no", _("Without corrections"))],
        "is_filtered": wanted != EntryFilter(),
    }
    return render(request, "commissions/manage/entries.html", values)


@require_GET
@console_page
def run_csv(request: HttpRequest, number: int) -> HttpResponseBase:
    """Give the run's entries as a file, in the columns of the export command."""
    run = find_run(actor_of(request), number)
    response = StreamingHttpResponse(_lines(run.number), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{run.number}-{run.period:%Y-%m}.csv"'
    return response


def _for_a_spreadsheet(row: tuple[str, ...]) -> list[str]:
    """Keep names of other systems from being run as formulas; amounts stay numbers."""
    return [cell if column == "amount" else safe_text(cell) for column, cell in zip(COLUMNS, row, strict=True)]


class _Echo:
    """A file that hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def _lines(number: int) -> Iterator[str]:
    """Yield the file line by line; explanations are in English, as everywhere in the interchange files."""
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(COLUMNS)
    with translation.override("en"):
        for row in export_rows(run_number=number):
            yield writer.writerow(_for_a_spreadsheet(row))
