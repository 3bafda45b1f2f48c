"""The words of payouts: states, totals, why somebody is not paid and where that is mended."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commissions.queries.payouts import HELD
from prm import formats
from prm.ui.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from commissions.models import CarriedForward, Payout
    from commissions.queries.payouts import Outlook

UNANSWERED = {
    "unanswered": State(
        gettext_lazy("No answer"),
        "warn",
        "question",
        gettext_lazy("It was sent and not answered. Submitting again asks first and never pays twice."),
    ),
}
"""The state of a payout that was sent and not answered: to the database it is prepared."""

MENDED_WITH_PAYEE = {
    "no_payout_method", "method_unverified", "no_tax_form", "tax_form_unverified", "tax_form_expired", "all_withheld",
    "method_replaced",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for which somebody is not paid, and the page on which it is mended (empty: nothing to do)."""

    text: str
    url: str
    link: str


def payouts_of_day(day: date) -> str:
    """Return the heading of a batch, prepared or to come."""
    return _("Payouts of %(day)s") % {"day": formats.day(day)}


def why(code: str, *, partner: str, plan: str = "") -> Why:
    """Return a reason in words with the way to mend it."""
    text = str(HELD.get(code, code))
    if code in MENDED_WITH_PAYEE:
        return Why(text, reverse("partners_manage:payee", args=[partner]), _("Payout details"))
    if code == "partner_not_active":
        return Why(text, reverse("partners_manage:partner", args=[partner]), _("Partner"))
    if code == "below_minimum" and plan:
        return Why(text, reverse("commissions_manage:plan", args=[plan]), _("Plan"))
    return Why(text, "", "")


def whys(row: Outlook) -> list[Why]:
    """Return why a balance would not be paid now."""
    return [why(code, partner=row.partner_code, plan=row.plan_code) for code in row.reasons]


def whys_of_batch(row: CarriedForward) -> list[Why]:
    """Return why a batch did not pay a balance."""
    return [why(code, partner=row.partner.code) for code in row.reasons]


def whys_held(row: Payout, reasons: Iterable[str]) -> list[Why]:
    """Return why a payout that was prepared would not be sent."""
    return [why(code, partner=row.partner.code) for code in reasons]


@dataclass(frozen=True, slots=True)
class Total:
    """What would be paid in one currency."""

    currency: str
    payouts: int
    gross: Decimal
    withheld: Decimal

    @property
    def net(self) -> Decimal:
        """Return what leaves the account."""
        return self.gross - self.withheld


def totals_of(rows: Iterable[Outlook]) -> list[Total]:
    """Return the totals by currency of the balances that would be paid."""
    sums: dict[str, tuple[int, Decimal, Decimal]] = defaultdict(lambda: (0, Decimal(0), Decimal(0)))
    for row in rows:
        count, gross, withheld = sums[row.currency]
        sums[row.currency] = count + 1, gross + row.payable, withheld + row.withheld
    return [Total(currency, *values) for currency, values in sorted(sums.items())]


def fingerprint(rows: Iterable[Outlook]) -> str:
    """Return what names exactly these payouts, so that a page can say which ones somebody saw."""
    lines = (f"{row.partner_id} {row.currency} {row.payable} {row.withheld} {row.method_id}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def outlook_sentence(totals: Sequence[Total], carried: int) -> str:
    """Return the sentence over the preview: what would be paid, and how many wait."""
    count = sum(total.payouts for total in totals)
    if not count:
        paid = _("Nothing can be paid.")
    else:
        sums = _(", ").join(formats.money(total.net, total.currency) for total in totals)
        paid = ngettext("%(count)s payout: %(sums)s.", "%(count)s payouts: %(sums)s.", count) % {
            "count": formats.number(count),
            "sums": sums,
        }
    if not carried:
        return paid
    waits = ngettext("%(count)s balance is carried forward.", "%(count)s balances are carried forward.", carried)
    return f"{paid} {waits % {'count': formats.number(carried)}}"
