"""What the PDF of a statement prints: the same figures and sentences as its page and its CSV."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from commissions.queries.explained import customer_of, explained
from commissions.queries.statements import adjustments_on, lines_of, parts_of
from commissions.queries.summary import sums_of
from prm import formats
from prm.models import Program
from prm.papers import Paper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commissions.models import Adjustment, Entry, Statement

TEMPLATE = "commissions/papers/statement.typ"
LINES_ON_PAPER = 5_000
"""Two hundred pages, about three seconds and 700 MB to set: beyond them the paper names the CSV, which has all."""


def statement_paper(statement: Statement, program: Program, entries: Iterable[Entry] | None = None) -> Paper:
    """Return the paper of a statement in the active language; ``run`` and ``partner`` are joined already.

    ``entries`` are those of :func:`lines_of`, where the caller has read them.
    """
    lines = lines_of(statement).iterator(chunk_size=2000) if entries is None else entries
    return Paper(TEMPLATE, {**_head(statement, program), **_body(statement, lines)}, at=statement.issued_at)


def _head(statement: Statement, program: Program) -> dict[str, Any]:
    title = _("Statement %(number)s") % {"number": statement.number}
    month = formats.month(statement.run.period)
    issued = formats.day(program.day_of(statement.issued_at))
    partner = statement.partner
    country = [[_("Country"), formats.country(partner.country)]] if partner.country else []
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "dir": "rtl" if get_language_bidi() else "ltr",
        "title": title,
        "subtitle": _("Commission of %(month)s, amounts in %(currency)s")
        % {"month": month, "currency": statement.currency},
        "vendor": program.vendor_name,
        "program": program.name,
        "facts": [[_("Number"), statement.number], [_("Period"), month], [_("Issued"), issued]],
        "payee": [[_("Payee"), partner.name], [_("Partner code"), partner.code], *country],
        "footer": f"{program.vendor_name} · {title} · {issued}",
        "page": _("Page %(page)s of %(pages)s") % {"page": "%p", "pages": "%n"},
        "words": {
            "summary": _("Summary"),
            "lines": _("Lines"),
            "columns": [_("Customer"), _("Product"), _("Kind"), _("Earned in"), _("Amount")],
        },
    }


def _body(statement: Statement, lines: Iterable[Entry]) -> dict[str, Any]:
    def money(amount: Any) -> str:
        return formats.money(amount, statement.currency)

    sums = sums_of(statement, parts_of([statement]))
    groups = [
        {
            "title": _("Corrections of earlier months") if is_true_up else _("Earned"),
            "total": money(statement.true_up if is_true_up else statement.earned),
            "lines": [_line(entry) for entry in entries],
        }
        for is_true_up, entries in groupby(islice(lines, LINES_ON_PAPER), key=lambda entry: entry.is_true_up)
    ]
    if adjustments := adjustments_on(statement):
        groups.append(
            {
                "title": _("Adjustments"),
                "total": money(statement.adjustments),
                "lines": [_adjustment(one) for one in adjustments],
            }
        )
    return {
        "sums": [{"label": one.label, "amount": money(one.amount), "style": one.style} for one in sums],
        "note": _(
            "The lines behind this page say how each amount came about. A statement never changes: a correction is a "
            "line of a later one."
        ),
        "groups": groups,
        "rest": _("%(shown)s of %(all)s lines are printed; the CSV file has all of them.")
        % {"shown": formats.number(LINES_ON_PAPER), "all": formats.number(statement.entry_count)}
        if statement.entry_count > LINES_ON_PAPER
        else "",
    }


def _adjustment(one: Adjustment) -> dict[str, str]:
    return {
        "customer": _("Adjustment"),
        "product": "",
        "kind": one.get_kind_display() if one.kind else "",
        "month": formats.month(one.earned_period) if one.earned_period else "",
        "amount": formats.money(one.amount, one.currency),
        "formula": "",
        "text": one.reason,
    }


def _line(entry: Entry) -> dict[str, str]:
    explanation = explained(entry)
    return {
        "customer": customer_of(entry) or (_("New business of the month") if entry.subscription is None else "–"),
        "product": entry.subscription.product.name if entry.subscription else "–",
        "kind": entry.get_kind_display(),
        "month": formats.month(entry.earned_period),
        "amount": formats.money(entry.amount, entry.currency),
        "formula": explanation.formula,
        "text": " ".join(explanation.sentences),
    }
