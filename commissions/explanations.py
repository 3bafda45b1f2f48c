"""Prints how an amount came about, from the inputs that its entry stores; works years later.

The formula is international; the sentences go through gettext.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.kinds import Kind
from deals.models import CreditRole

if TYPE_CHECKING:
    from datetime import date

ONE_DAY_KINDS = {
    Kind.UPFRONT: gettext_lazy(
        "Upfront: %(rate)s %% of one month’s MRR on the day it started, times your share (%(role)s)."
    ),
    Kind.SPIFF: gettext_lazy("SPIFF bonus: a flat amount for a new customer, times your share (%(role)s)."),
    Kind.EXPANSION: gettext_lazy(
        "Expansion: %(rate)s %% of what the MRR rose by in the month, times your share (%(role)s)."
    ),
    Kind.RENEWAL: gettext_lazy(
        "Renewal: %(rate)s %% of the MRR on the anniversary of the start, times your share (%(role)s)."
    ),
}
"""Kinds that look at single days instead of every day of the month, and how they are put in words."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one entry came about: ``formula`` for the entitlement, ``sentences`` in plain words."""

    formula: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return everything on one line, for CSV."""
        words = " ".join(self.sentences)
        return f"{self.formula}; {words}" if self.formula else words


@dataclass(frozen=True, slots=True)
class Explained:
    """The figures of one entry that an explanation needs; amounts in ``currency`` with ``minor`` digits."""

    kind: str
    currency: str
    minor: int
    earned_period: date
    amount: Decimal
    entitlement: Decimal
    posted_before: Decimal
    working: Mapping[str, Any] | None


def explain(entry: Explained, *, tier_names: Mapping[int, str] | None = None) -> Explanation:
    """Return the explanation of an entry, in the active language."""
    working = entry.working
    if working is None:
        return Explanation(
            "",
            (
                _("Nothing is earned here any more: the %(posted)s that had been posted are taken back.")
                % {"posted": _money(entry.posted_before, entry)},
            ),
        )
    formula = f"{_formula(entry, working)} = {_money(entry.entitlement, entry)}"
    sentences = [*_terms(entry, working, tier_names or {}), *_corrections(entry, working)]
    if entry.posted_before:
        sentences.append(
            _("Earned %(earned)s, posted before %(before)s, so this entry is the difference of %(difference)s.")
            % {
                "earned": _money(entry.entitlement, entry),
                "before": _money(entry.posted_before, entry),
                "difference": _money(entry.amount, entry),
            }
        )
    return Explanation(formula, tuple(sentences))


def _money(amount: Decimal, entry: Explained) -> str:
    return f"{amount:.{entry.minor}f} {entry.currency}".replace("-", "−")


def _plain(text: str, digits: int = 2) -> str:
    """Print an exact decimal as money is read: with ``digits`` after the point at least, and all that it has."""
    whole, _dot, fraction = text.partition(".")
    fraction = fraction.ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _formula(entry: Explained, working: Mapping[str, Any]) -> str:
    days = int(working["days_in_month"])
    parts = [_part(part, days, entry) for part in working["parts"]]
    formula = " + ".join(parts)
    factors = []
    if claw := working.get("clawback"):
        factors.append("0" if claw["mode"] == "full" else f"{claw['days_alive']}/{claw['days']}")
    if collected := working.get("collected"):
        factors.append(f"{_plain(collected['paid'])}/{_plain(collected['billed'])}")
    if factors:
        formula = " × ".join([f"({formula})" if len(parts) > 1 else formula, *factors])
    return f"min({formula}, {_('rest of the cap')})" if "cap" in working else formula


def _part(part: Mapping[str, Any], days: int, entry: Explained) -> str:
    """Print rate × share × (MRR × days/days in month + …); shares that differ move into the sum."""
    stretches: Sequence[Mapping[str, Any]] = part["stretches"]
    rate = f"{part['rate']} %"
    if entry.kind == Kind.ACCELERATOR:
        return f"{rate} × {_plain(part['part'])}"
    if entry.kind == Kind.SPIFF:
        return f"{_plain(part['rate'], entry.minor)} {entry.currency} × {stretches[0]['share']} %"
    if len({s["share"] for s in stretches}) == 1:
        terms = [_stretch(s, days, entry.kind) for s in stretches]
        inner = terms[0] if len(terms) == 1 else f"({_sum(terms)})"
        return f"{rate} × {stretches[0]['share']} % × {inner}"
    shared = [f"{s['share']} % × {_stretch(s, days, entry.kind)}" for s in stretches]
    return f"{rate} × ({_sum(shared)})"


def _sum(terms: Sequence[str]) -> str:
    """Join the terms of a sum; a step down is subtracted."""
    return " + ".join(terms).replace("+ -", "− ").replace("-", "−")


def _stretch(stretch: Mapping[str, Any], days: int, kind: str) -> str:
    mrr = _plain(stretch["mrr"])
    one_day = kind in ONE_DAY_KINDS or stretch["days"] == days
    return mrr if one_day else f"{mrr} × {stretch['days']}/{days}"


def _terms(entry: Explained, working: Mapping[str, Any], tier_names: Mapping[int, str]) -> list[str]:
    """Say which terms applied: kind, rate, customer month, tier, role."""
    tier = tier_names.get(working.get("tier", 0), "")
    texts = []
    for part in working["parts"]:
        values = {
            "rate": part["rate"],
            "month": working["age"],
            "role": CreditRole(part["role"]).label if entry.kind != Kind.OVERRIDE else "",
            "tier": tier,
        }
        if entry.kind in ONE_DAY_KINDS:
            text = str(ONE_DAY_KINDS[Kind(entry.kind)])
        elif entry.kind == Kind.ACCELERATOR:
            text = _("Accelerator: %(rate)s %% of the part of the month’s new MRR in its bracket.")
        elif entry.kind == Kind.OVERRIDE:
            text = _("Override: %(rate)s %% of the MRR credited to partners below you, customer month %(month)s.")
        elif tier:
            text = _("%(tier)s rate of %(rate)s %% in customer month %(month)s, times your share (%(role)s).")
        else:
            text = _("Rate of %(rate)s %% in customer month %(month)s, times your share (%(role)s).")
        texts.append(text % values)
    return list(dict.fromkeys(texts))


def _corrections(entry: Explained, working: Mapping[str, Any]) -> list[str]:
    """Say what took something away: clawback, unpaid bills, the cap."""
    texts = []
    if claw := working.get("clawback"):
        texts.append(
            _("The customer left after %(alive)s days, fewer than %(days)s: the amount is taken back.")
            % {"alive": claw["days_alive"], "days": claw["days"]}
            if claw["mode"] == "full"
            else _("The customer left after %(alive)s of %(days)s days: that part is kept.")
            % {"alive": claw["days_alive"], "days": claw["days"]}
        )
    if collected := working.get("collected"):
        texts.append(
            _("Paid as the customer pays: %(paid)s of %(billed)s billed in %(month)s.")
            % {
                "paid": _plain(collected["paid"]),
                "billed": _plain(collected["billed"]),
                "month": date_format(entry.earned_period, "F Y"),
            }
        )
    if cap := working.get("cap"):
        texts.append(
            _("Limited by the cap of %(cap)s on this subscription; without it %(before)s.")
            % {"cap": _plain(cap["limit"]), "before": _plain(cap["before"])}
        )
    return texts
