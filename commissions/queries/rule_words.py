"""A commission rule in words: “Recurring 25 %, Gold, customer months 1–12, from 1 January 2026”."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.kinds import Kind
from deals.models import CreditRole
from prm import formats

if TYPE_CHECKING:
    from datetime import date

    from commissions.models import Rule


def rule_sentence(rule: Rule) -> str:
    """Return everything that a rule says, on one line and without a full stop."""
    return _(", ").join(filter(None, (rule_terms(rule), dates_in_words(rule.valid_from, rule.valid_until))))


def rule_terms(rule: Rule) -> str:
    """Return what a rule pays and for whom, without its dates."""
    return _(", ").join((rule_pays(rule), *rule_scope(rule)))


def rule_pays(rule: Rule) -> str:
    """Return what a rule pays: “Recurring 25 %”, “SPIFF bonus €500.00”, “Accelerator 5 % above €10,000.00”."""
    kind = Kind(rule.kind)
    if kind is Kind.SPIFF:
        return f"{kind.label} {'–' if rule.amount is None else formats.money(rule.amount, rule.currency)}"
    paid = f"{kind.label} {rate_in_words(rule.rate)}"
    if kind is Kind.ACCELERATOR:
        above = formats.money(rule.threshold or Decimal(0), rule.currency)
        return _("%(paid)s of new MRR above %(threshold)s") % {"paid": paid, "threshold": above}
    return paid


def rate_in_words(rate: Decimal | None) -> str:
    """Return a rate with all its digits: “12.375 %”."""
    return "–" if rate is None else f"{formats.number(rate.normalize(), places=_digits(rate))}{formats.NBSP}%"


def _digits(rate: Decimal) -> int:
    exponent = rate.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def rule_scope(rule: Rule) -> list[str]:
    """Return for whom a rule pays, one phrase a field; nothing for a field that matches anything."""
    found = []
    if rule.product is not None:
        found.append(_("product %(name)s") % {"name": rule.product.name})
    if rule.family is not None:
        found.append(_("family %(name)s") % {"name": rule.family.name})
    if rule.tier is not None:
        found.append(_("tier %(name)s") % {"name": rule.tier.name})
    if rule.role:
        found.append(_("role %(name)s") % {"name": CreditRole(rule.role).label})
    if rule.currency and rule.kind not in {Kind.SPIFF, Kind.ACCELERATOR}:
        found.append(_("in %(currency)s") % {"currency": rule.currency})
    if rule.minimum_mrr is not None:
        found.append(_("from an MRR of %(amount)s") % {"amount": formats.money(rule.minimum_mrr, rule.currency)})
    if ages := ages_in_words(rule.age_from, rule.age_until):
        found.append(ages)
    return found


def ages_in_words(age_from: int, age_until: int | None) -> str:
    """Return the customer months: “customer months 1–12”; nothing when all are meant."""
    if age_until is None:
        return _("from customer month %(first)s") % {"first": age_from} if age_from > 1 else ""
    if age_until == age_from + 1:
        return _("customer month %(first)s") % {"first": age_from}
    return _("customer months %(first)s–%(last)s") % {"first": age_from, "last": age_until - 1}


def dates_in_words(valid_from: date | None, valid_until: date | None) -> str:
    """Return the days: “from 1 January 2026”; the last day is named, not the one after it."""
    if valid_from is not None and valid_from == valid_until:
        return _("on no day")
    last = formats.day(valid_until - timedelta(days=1)) if valid_until else ""
    if valid_from is None:
        return _("until %(last)s") % {"last": last} if last else _("always")
    first = formats.day(valid_from)
    if not last:
        return _("from %(first)s") % {"first": first}
    return _("from %(first)s until %(last)s") % {"first": first, "last": last}
