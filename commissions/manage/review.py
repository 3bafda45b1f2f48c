"""What the page of a run shows, put together from the queries."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.manage import words
from commissions.models import RunStatus
from commissions.queries.changes import changes_of
from commissions.queries.parked import parked_in
from commissions.queries.reasons import parked_words
from commissions.queries.review import totals_of, warnings_of
from commissions.services.runs import refuse_second_eyes
from prm import formats
from prm.actors import InternalRole
from prm.errors import DomainError
from prm.ui import chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commissions.models import ParkedPartner, Run, RunWarning
    from commissions.queries.changes import Changes, CurrencyChange, PartnerChange
    from commissions.queries.review import Totals
    from prm.actors import Actor

TOP = 5
EXAMPLES = 10

FILES = (
    ("totals", gettext_lazy("Totals")),
    ("changes", gettext_lazy("Changes by partner")),
    ("warnings", gettext_lazy("Warnings")),
    ("parked", gettext_lazy("Partners on hold")),
    ("differences", gettext_lazy("Differences outside the correction window")),
)
"""Parts of a run that can be taken away as files, beside its entries."""


@dataclass(frozen=True)
class Verdict:
    """Whether this person may decide: ``lead`` in bold, ``text`` after it."""

    may_approve: bool
    may_reject: bool
    lead: str
    text: str


def review(run: Run, actor: Actor, *, currency: str, four_eyes: bool | None = None) -> dict[str, Any]:
    """Return everything that the page of a calculated or decided run prints; ``currency`` chooses the causes.

    ``run`` is one of ``runs_to_review``.
    """
    totals, changes = totals_of(run), changes_of(run)
    currencies = sorted({*totals.currencies, *changes.by_currency})
    chosen = currency if currency in currencies else next(iter(currencies), "")
    return {
        "run": run,
        "totals": totals,
        "currencies": currencies,
        "table": _table(totals, changes, currencies),
        "before": changes.before,
        "before_name": words.month_name(changes.before),
        "currency": chosen,
        "change": changes.by_currency.get(chosen),
        "causes": _causes(changes.by_currency.get(chosen)),
        "top": partner_rows(changes.by_partner[:TOP]),
        "top_count": len({change.partner_id for change in changes.by_partner}),
        "adjustments": totals.adjustments,
        "warnings": warning_rows(list(warnings_of(run)), changes.by_partner),
        "parked": parked_rows(run) if totals.parked else [],
        "unpaid": run.unpaid_count,  # type: ignore[attr-defined] # of runs_to_review
        "files": list(FILES),
        "verdict": verdict_of(run, actor, totals, four_eyes=four_eyes),
        "digest": " ".join(run.digest[i : i + 4] for i in range(0, 12, 4)),
    }


def parked_rows(run: Run) -> list[tuple[ParkedPartner, str]]:
    """Return whom the run leaves out, with the reason in words."""
    return [(parked, parked_words(parked.reason)) for parked in parked_in(run)]


def _table(totals: Totals, changes: Changes, currencies: Sequence[str]) -> dict[str, Any]:
    """Return kinds by currency with sums, true-ups and the difference from the month before."""
    return {
        "kinds": [
            (words.kind_word(kind), [(totals.by_kind.get((kind, code)), code) for code in currencies])
            for kind in totals.kinds
        ],
        "total": [(totals.total.get(code, Decimal(0)), code) for code in currencies],
        "true_ups": [(totals.true_ups.get(code) or None, code) for code in currencies],
        "against": [
            (changes.by_currency[code].amount if code in changes.by_currency else None, code) for code in currencies
        ],
    }


def _causes(change: CurrencyChange | None) -> list[tuple[str, str, Decimal, chart.Fall]]:
    if change is None:
        return []
    falls = chart.waterfall([cause.amount for cause in change.causes])
    return [
        (words.cause_name(cause), words.cause_count(cause), cause.amount, fall)
        for cause, fall in zip(change.causes, falls, strict=True)
    ]


def partner_rows(changes: Sequence[PartnerChange]) -> list[tuple[PartnerChange, words.CauseList]]:
    """Return partners' changes with their causes in words."""
    return [(change, words.causes_in_words(change.causes)) for change in changes]


def warning_rows(found: Sequence[RunWarning], changes: Sequence[PartnerChange]) -> list[dict[str, Any]]:
    """Return what to look at: a row for each partner, one for all customers of a code with some of them named."""
    posted: dict[int, list[tuple[Decimal, str]]] = {}
    for change in changes:
        posted.setdefault(change.partner_id, []).append((change.posted, change.currency))
    rows: list[dict[str, Any]] = []
    by_code: dict[str, list[RunWarning]] = {}
    for warning in found:
        if warning.partner is not None:
            rows.append(_partner_warning(warning, posted.get(warning.partner_id or 0, [])))
        else:
            by_code.setdefault(warning.code, []).append(warning)
    return rows + [_grouped_warning(code, warnings) for code, warnings in by_code.items()]


def _partner_warning(warning: RunWarning, posted: list[tuple[Decimal, str]]) -> dict[str, Any]:
    said = words.warning_words(warning.code)
    on_hold = warning.code == "partner_not_active"
    count = warning.data.get("count")
    return {
        "words": said,
        "title": warning.partner.name if warning.partner else "",
        "text": said.text,
        "count": None if on_hold else count,
        "amounts": posted if on_hold else [],
        "examples": [],
    }


def _grouped_warning(code: str, warnings: list[RunWarning]) -> dict[str, Any]:
    said = words.warning_words(code)
    counts = [int(warning.data.get("count", 1)) for warning in warnings]
    named = [
        (warning.subscription.account.name, warning.subscription.product.name, _share(warning))
        if warning.subscription
        else (words.kind_word(str(warning.data.get("kind", ""))), "", None)
        for warning in warnings[:EXAMPLES]
    ]
    return {
        "words": said,
        "title": said.title,
        "text": said.text,
        "count": max(counts, default=0) if warnings[0].subscription_id else sum(counts),
        "amounts": [],
        "examples": named,
    }


def _share(warning: RunWarning) -> Decimal | None:
    share = warning.data.get("share")
    return None if share is None else Decimal(share) / 100


def verdict_of(run: Run, actor: Actor, totals: Totals, *, four_eyes: bool | None = None) -> Verdict:
    """Say whether this person may approve now, and what that would do."""
    does = words.consequences(entries=totals.entries, statements=totals.statements)
    if not actor.has_role(InternalRole.FINANCE):
        return Verdict(False, False, _("Finance decides about this run."), does)  # noqa: FBT003 - two named flags
    refusal = _refusal(run, actor, four_eyes=four_eyes)
    if refusal:
        return Verdict(False, True, _("You may not approve this run."), refusal)  # noqa: FBT003 - as above
    if not run.four_eyes:
        return Verdict(True, True, _("Four eyes are switched off."), does)  # noqa: FBT003 - as above
    since = (
        _("You did not calculate it, and you changed none of its rules, credits or adjustments since %(month)s.")
        % {"month": formats.month(run.based_on.period)}
        if run.based_on
        else _("You did not calculate it, and you changed none of its rules, credits or adjustments.")
    )
    return Verdict(True, True, _("You may approve this run."), f"{since} {does}")  # noqa: FBT003 - as above


def may_approve(run: Run, actor: Actor, *, four_eyes: bool) -> bool:
    """Whether this person could approve the run now; ``run`` is one of ``runs_to_review``."""
    return actor.has_role(InternalRole.FINANCE) and not _refusal(run, actor, four_eyes=four_eyes)


def _refusal(run: Run, actor: Actor, *, four_eyes: bool | None) -> str:
    """Return why the run cannot be approved by this person now, or nothing."""
    today = timezone.localdate()
    if (today.year, today.month) <= (run.period.year, run.period.month):
        return _("A month can be approved only after its last day.")
    if run.status == RunStatus.CALCULATED and run.based_on_id != run.last_approved_id:  # type: ignore[attr-defined] # as above
        return _("Another run has been approved since this one was calculated. It must be calculated again.")
    try:
        refuse_second_eyes(run, actor, four_eyes=four_eyes)
    except DomainError as error:
        return str(error.sentence)
    return ""
