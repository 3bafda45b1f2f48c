"""Why a month of a customer brings nothing, in words: for a page, a file and the API alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from commissions.models import UnpaidReason

if TYPE_CHECKING:
    from collections.abc import Mapping


class WhyNot(models.TextChoices):
    """Reasons that only a single customer's explanation knows, beside those of the leakage report."""

    NOT_STARTED = "not_started", _("The subscription starts on %(day)s: there is no revenue in the month yet.")
    ENDED = "ended", _("The subscription ended on %(day)s: there is no revenue in the month.")
    NO_REVENUE = "no_revenue", _("There is no revenue on the credited days of the month.")
    BEFORE_FIRST_PERIOD = "before_first_period", _("The program pays from %(first)s on: nothing before it is earned.")
    BELOW_MINIMUM = "below_minimum", _("The rule asks for an MRR of at least %(minimum)s; it started with %(mrr)s.")
    TAKEN_BACK = "taken_back", _("The customer left after %(alive)s days, fewer than %(days)s: it is taken back.")
    OUTSIDE_WINDOW = "outside_window", _("The month lies before %(opens)s: the difference waits for a decision.")
    ON_HOLD = "on_hold", _("The partner is on hold: an input has to be corrected before it can be computed.")
    WAITS_FOR_APPROVAL = "waits_for_approval", _("It is calculated in the run of %(run)s, which waits for approval.")
    NOT_CALCULATED = "not_calculated", _("The month has not been approved yet.")
    NEXT_RUN = "next_run", _("It was learnt after the month was posted: the next run posts the difference.")


EXACT = {
    UnpaidReason.NO_RULE_FOR_AGE: _("The plan pays for other customer months only; this is customer month %(age)s."),
    UnpaidReason.NOT_COLLECTED: _("Paid as the customer pays: %(paid)s of %(billed)s billed is paid for the month."),
    UnpaidReason.CAP_REACHED: _("The cap of %(limit)s on this subscription is used up: %(used)s were earned before."),
}
"""The same reasons as the report's where one customer's figures are known."""


def reason_sentence(code: str, values: Mapping[str, object] | None = None) -> str:
    """Return the sentence of a reason; ``values`` are the figures of the one customer, where they are known."""
    if not code:
        return ""
    if code in WhyNot.values:
        return str(WhyNot(code).label) % (values or {})
    if values and code in EXACT:
        return str(EXACT[UnpaidReason(code)]) % values
    return str(UnpaidReason(code).label)
