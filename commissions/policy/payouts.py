"""Whether a balance is paid out, and which way a payout may go (commission rules, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from commissions.policy.rounding import round_half_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A partner's balance in one currency on the day of a batch.

    ``minimum`` is the plan's for this currency (None: it has none). ``missing`` are the reasons for which payout
    method or tax form are not ready. ``rate`` is what is withheld, in per cent; ``minor`` the currency's digits.
    """

    payable: Decimal
    minimum: Decimal | None
    partner_is_active: bool
    under_way: bool
    missing: tuple[str, ...]
    rate: Decimal
    minor: int

    @property
    def withheld(self) -> Decimal:
        """Return the tax kept back of the whole payable: gross × rate, rounded half away from zero."""
        return round_half_away(Fraction(self.payable) * Fraction(self.rate) / 100, self.minor)


def reasons_to_carry_forward(balance: Balance) -> tuple[str, ...]:
    """Return every reason for which a balance is not paid out; none means that it is.

    A negative one says only that: it is recouped from what is earned later, whatever else may be missing.
    """
    if balance.payable < 0:
        return ("negative",)
    found = []
    if balance.minimum is not None and balance.payable < balance.minimum:
        found.append("below_minimum")
    if not balance.partner_is_active:
        found.append("partner_not_active")
    if balance.under_way:
        found.append("payout_under_way")
    found += balance.missing
    if balance.payable == balance.withheld:
        found.append("all_withheld")
    return tuple(found)


def minimum_for(currency: str, *, minimum: Decimal, minimum_currency: str) -> Decimal | None:
    """Return a plan's minimum payout for a balance in ``currency``; one named in another currency says nothing of it.

    An empty ``minimum_currency`` means the balance's own, whichever it is.
    """
    return minimum if minimum_currency in {"", currency} else None


class ContradictionError(Exception):
    """A provider says of a payout what cannot be true after what it said before: a person must look."""


STEPS: dict[tuple[str, str], tuple[str, ...] | None] = {
    ("prepared", "accepted"): ("submitted",),
    ("prepared", "paid"): ("submitted", "paid"),
    ("prepared", "failed"): ("submitted", "failed"),
    ("prepared", "returned"): ("submitted", "returned"),
    ("submitted", "accepted"): (),
    ("submitted", "paid"): ("paid",),
    ("submitted", "failed"): ("failed",),
    ("submitted", "returned"): ("returned",),
    ("paid", "accepted"): (),
    ("paid", "paid"): (),
    ("paid", "failed"): None,
    ("paid", "returned"): ("returned",),
    ("failed", "accepted"): (),
    ("failed", "paid"): None,
    ("failed", "failed"): (),
    ("failed", "returned"): None,
    ("returned", "accepted"): (),
    ("returned", "paid"): (),
    ("returned", "failed"): None,
    ("returned", "returned"): (),
}
"""By a payout's state and what its provider says: the states to go through. Answers may come late and twice, so that
an older or a repeated one changes nothing; None is a contradiction. “Paid” after “failed” is the dangerous one: the
money is owed again, and may have been paid."""


def steps_to(status: str, answer: str) -> tuple[str, ...]:
    """Return the states that a payout goes through when its provider says ``answer``; none when it is no news.

    Raises :class:`ContradictionError` where both cannot be true. ``unknown`` is no answer.
    """
    if answer == "unknown":
        return ()
    steps = STEPS[status, answer]
    if steps is None:
        raise ContradictionError
    return steps
