"""Sentences about money that a partner reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commissions.kinds import Kind
from commissions.queries.zeros import ENDED
from prm import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal

    from commissions.models import Entry, Statement
    from commissions.queries.earnings import CustomerRow, KindSum
    from commissions.queries.zeros import ZeroReason


def kinds_in_words(kinds: Iterable[str]) -> str:
    """``Recurring, upfront``: only the first word keeps its capital, but for abbreviations."""
    words = [str(Kind(kind).label) for kind in kinds]
    return ", ".join([*words[:1], *map(_uncapital, words[1:])])


def _uncapital(word: str) -> str:
    return word if word[1:2].isupper() else word[:1].lower() + word[1:]


def amounts_in_words(amounts: Iterable[tuple[Decimal, str]]) -> str:
    """Amounts of several currencies beside each other, never added."""
    return " · ".join(formats.money(amount, currency) for amount, currency in amounts)


def state_sentence(balances: Sequence[Statement], pending: Sequence[KindSum]) -> str:
    """Say what is owed by now and what still waits; ``balances`` come with what is ``owed``."""
    parts = []
    owed = [(getattr(one, "owed", one.closing), one.currency) for one in balances]
    if not balances:
        parts.append(_("Nothing is approved yet."))
    elif any(amount for amount, _currency in owed):
        amounts = amounts_in_words((amount, currency) for amount, currency in owed if amount)
        parts.append(_("%(amounts)s is approved and not paid yet.") % {"amounts": amounts})
    else:
        parts.append(_("Everything that is approved has been paid or is on its way."))
    if pending:
        month = formats.month(pending[0].month, style="name")
        parts.append(_("%(month)s is pending.") % {"month": month})
    return " ".join(parts)


def so_far_sentence(last: date | None, *, today: date) -> str:
    """Say that the month of ``today`` has not been calculated, and which was the last; nothing where it has."""
    month = today.replace(day=1)
    if last is not None and last >= month:
        return ""
    if last is None:
        return _("Nothing is calculated for %(month)s yet.") % {"month": formats.month(month)}
    return _("Nothing is calculated for %(month)s yet; the last month that was is %(last)s.") % {
        "month": formats.month(month),
        "last": formats.month(last),
    }


def zero_sentence(zero: ZeroReason) -> str:
    """Say why a customer earned nothing."""
    if zero.code == ENDED and zero.on is not None:
        return _("The customer’s subscription ended on %(day)s: there was no monthly revenue to pay for.") % {
            "day": formats.day(zero.on)
        }
    return zero.sentence


def clawback_sentence(entry: Entry) -> str:
    """Say which customer left when, and what was taken back for it."""
    claw = (entry.working or {})["clawback"]
    values = {
        "in": formats.month(entry.run.period, style="name"),
        "amount": formats.money(entry.amount, entry.currency),
        "customer": entry.subscription.account.name if entry.subscription else "",
        "days": claw["days_alive"],
        "kind": str(Kind(entry.kind).label),
        "of": formats.month(entry.earned_period),
    }
    if claw["mode"] == "full":
        text = _(
            "%(in)s carries %(amount)s: %(customer)s left after %(days)s days, so %(kind)s (%(of)s) is taken back."
        )
    else:
        text = _("%(in)s carries %(amount)s: %(customer)s left after %(days)s days, so part of %(kind)s (%(of)s) goes.")
    return text % values


def row_note(rows: Sequence[CustomerRow]) -> str:
    """Say how many rows a month has and how many of them were paid."""
    paid = sum(1 for row in rows if row.kinds)
    text = ngettext("%(rows)s customer, %(paid)s paid", "%(rows)s customers, %(paid)s paid", len(rows))
    return text % {"rows": len(rows), "paid": paid}
