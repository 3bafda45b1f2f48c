"""Why a month of a customer brings nothing, in words: for a page, a file and the API alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commissions.models import UnpaidReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrOrPromise

    from commissions.models import Unpaid


class WhyNot(models.TextChoices):
    """Reasons that only a single customer's explanation knows, beside those of the leakage report."""

    NOT_STARTED = "not_started", _("The subscription starts on %(day)s: there is no revenue in the month yet.")
    ENDED = "ended", _("The subscription ended on %(day)s: there is no revenue in the month.")
    NO_REVENUE = "no_revenue", _("There is no revenue on the credited days of the month.")
    BEFORE_FIRST_PERIOD = "before_first_period", _("The program pays from %(first)s on: nothing before it is earned.")
    BELOW_MINIMUM = "below_minimum", _("The rule asks for an MRR of at least %(minimum)s; it started with %(mrr)s.")
    TAKEN_BACK = "taken_back", _("The customer left after %(alive)s days, fewer than %(days)s: it is taken back.")
    OUTSIDE_WINDOW = "outside_window", _("The month lies before %(opens)s: the difference waits for a decision.")
    WAITS_FOR_APPROVAL = "waits_for_approval", _("It is calculated in the run of %(run)s, which waits for approval.")
    NOT_CALCULATED = "not_calculated", _("The month has not been approved yet.")
    NEXT_RUN = "next_run", _("It was learnt after the month was posted: the next run posts the difference.")


EXACT = {
    UnpaidReason.NO_RULE_FOR_AGE: _("The plan pays for other customer months only; this is customer month %(age)s."),
    UnpaidReason.NOT_COLLECTED: _("Paid as the customer pays: %(paid)s of %(billed)s billed is paid for the month."),
    UnpaidReason.CAP_REACHED: _("The cap of %(limit)s on this subscription is used up: %(used)s were earned before."),
}
"""The same reasons as the report's where one customer's figures are known."""

PARKED: dict[str, _StrOrPromise] = {
    "numeric field overflow": _("An amount is larger than can be computed."),
    "value overflows numeric format": _("An amount is larger than can be computed."),
    "division by zero": _("An amount would be divided by zero."),
    "integer out of range": _("A number is larger than can be computed."),
}
"""What the database says of an input that it cannot compute with."""


def parked_words(reason: str) -> str:
    """Return why a partner cannot be computed; what no word is known for, as the database said it."""
    known = PARKED.get(reason)
    return str(known) if known else gettext("The database cannot compute it: %(reason)s") % {"reason": reason}


def unpaid_sentence(row: Unpaid) -> str:
    """Return the reason of a row of the leakage report in words."""
    return held_sentence(row.reason, getattr(row, "held_because", None))


def held_sentence(reason: str, because: str | None) -> str:
    """Return a reason of the report, with why its partner is on hold: ``because``, where words for it are known.

    What the database said in its own words stays on the run's page.
    """
    known = PARKED.get(because or "")
    if reason == UnpaidReason.ON_HOLD and known:
        return gettext("The partner is on hold: %(because)s") % {"because": known}
    return reason_sentence(reason)


def reason_sentence(code: str, values: Mapping[str, object] | None = None) -> str:
    """Return the sentence of a reason; ``values`` are the figures of the one customer, where they are known."""
    if not code:
        return ""
    if code in WhyNot.values:
        return str(WhyNot(code).label) % (values or {})
    if values and code in EXACT:
        return str(EXACT[UnpaidReason(code)]) % values
    return str(UnpaidReason(code).label)
