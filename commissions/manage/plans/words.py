"""The words of plans: their terms, what was changed, what a rule would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commissions.models import Basis, Clawback, Plan
from commissions.policy.ties import Relation
from commissions.queries.rule_relations import same_key_sentence, tie_sentence
from commissions.queries.rule_words import ages_in_words, dates_in_words, rate_in_words, rule_sentence
from deals.models import CreditRole
from prm import formats
from prm.models import User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commissions.models import Rule
    from commissions.queries.plans import PlanRow
    from commissions.queries.rule_relations import Related
    from prm.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Shown:
    """A live verdict as the page prints it."""

    state: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of two versions."""

    name: str
    was: str
    now: str
    kind: str = "changed"
    change: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a plan's history."""

    at: datetime
    actor: str
    text: str
    reason: str


def amount_of(amount: Decimal, currency: str) -> str:
    """Return an amount; without a currency it is in each subscription's own."""
    if currency:
        return formats.money(amount, currency)
    return _("%(amount)s in each subscription’s currency") % {"amount": formats.number(amount)}


def clawback_words(plan: Plan) -> str:
    """Return what happens when a customer leaves early."""
    if plan.clawback == Clawback.NONE:
        return _("none")
    return ngettext("%(kind)s within %(days)s day", "%(kind)s within %(days)s days", plan.clawback_days) % {
        "kind": plan.get_clawback_display(),
        "days": plan.clawback_days,
    }


def window_words(plan: Plan) -> str:
    """Return how far back corrections are posted."""
    return ngettext("%(count)s month", "%(count)s months", plan.true_up_months) % {"count": plan.true_up_months}


def terms_in_words(plan: Plan) -> list[tuple[str, str]]:
    """Return a plan's terms, name and value."""
    cap = plan.cap_per_subscription
    return [
        (_("Basis"), plan.get_basis_display()),
        (_("Clawback of one-offs"), clawback_words(plan)),
        (_("Cap per subscription"), _("none") if cap is None else amount_of(cap, plan.cap_currency)),
        (
            _("Minimum payout"),
            amount_of(plan.minimum_payout, plan.minimum_currency) if plan.minimum_payout else _("none"),
        ),
        (_("Correction window"), window_words(plan)),
        (_("Code"), plan.code),
    ]


def list_sentence(rows: Sequence[PlanRow]) -> str:
    """Return the sentence over the list: which plan partners without one are on."""
    default = next((row.plan.name for row in rows if row.plan.is_default), "")
    count = len(rows)
    shown = ngettext("%(count)s plan.", "%(count)s plans.", count) % {"count": count}
    if not rows:
        return ""
    if not default:
        return _("%(count)s There is no default plan: partners without a plan earn nothing.") % {"count": shown}
    return _("%(count)s Partners without a plan are on %(name)s.") % {"count": shown, "name": default}


NAMES = {
    "name": lambda: _("Name"),
    "basis": lambda: _("Basis"),
    "clawback": lambda: _("Clawback"),
    "clawback_days": lambda: _("Clawback within days"),
    "cap_per_subscription": lambda: _("Cap per subscription"),
    "cap_currency": lambda: _("Currency of the cap"),
    "minimum_payout": lambda: _("Minimum payout"),
    "minimum_currency": lambda: _("Currency of the minimum"),
    "true_up_months": lambda: _("Correction window in months"),
    "is_default": lambda: _("Default plan"),
}


def _term_value(name: str, value: Any) -> str:
    if value is None or value == "":
        return _("none")
    if name == "basis" and value in Basis.values:
        return str(Basis(value).label)
    if name == "clawback" and value in Clawback.values:
        return str(Clawback(value).label)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def history_of(events: Sequence[AuditEvent]) -> list[Act]:
    """Return what was done to a plan's terms, one line an act."""
    return [Act(event.at, event.actor, _act(event), event.reason) for event in events]


def _act(event: AuditEvent) -> str:
    if event.action in {"plan.added", "admin_added"}:
        return _("made the plan.")
    changes = [
        _("%(name)s from %(before)s to %(after)s")
        % {
            "name": NAMES[name](),
            "before": _term_value(name, values["before"]),
            "after": _term_value(name, values["after"]),
        }
        for name, values in event.data.items()
        if name in NAMES and isinstance(values, dict)
    ]
    return _("changed %(what)s.") % {"what": _(", ").join(changes) or _("the terms")}


def differences(old: Rule, new: Rule) -> list[Difference]:
    """Return the fields on which two versions of a rule differ, in words."""
    before, after = _fields(old), _fields(new)
    return [
        Difference(name, was, now, "added" if was == _none() else "removed" if now == _none() else "changed")
        for (name, was), (_name, now) in zip(before, after, strict=True)
        if was != now
    ]


def _none() -> str:
    return _("any")


def _fields(rule: Rule) -> list[tuple[str, str]]:
    none = _none()
    money = rule.currency or ""
    return [
        (_("Plan"), rule.plan.name),
        (_("Kind"), rule.get_kind_display()),
        (_("Rate"), rate_in_words(rule.rate)),
        (_("Amount"), _amount(rule.amount, money)),
        (_("Above new MRR of"), _amount(rule.threshold, money)),
        (_("Minimum MRR"), _amount(rule.minimum_mrr, money)),
        (_("Currency"), money or none),
        (_("Tier"), rule.tier.name if rule.tier else none),
        (_("Family"), rule.family.name if rule.family else none),
        (_("Product"), rule.product.name if rule.product else none),
        (_("Role"), str(CreditRole(rule.role).label) if rule.role else none),
        (_("Customer months"), ages_in_words(rule.age_from, rule.age_until) or none),
        (_("In force"), dates_in_words(rule.valid_from, rule.valid_until)),
    ]


def _amount(amount: Decimal | None, currency: str) -> str:
    return "–" if amount is None else formats.money(amount, currency) if currency else formats.number(amount)


def person(user: User | None) -> str:
    """Return who did something; changes by files and commands have nobody."""
    return str(user) if user else _("the system")


def verdict_of(rule: Rule, related: Sequence[Related], *, instead_of: int | None) -> Shown:
    """Say whether the rule would be refused, and by which other it is overruled or which it overrules."""
    tie = next((one for one in related if one.relation is Relation.TIE), None)
    refused = tie_sentence(tie) if tie else same_key_sentence(rule, instead_of=instead_of)
    if refused:
        return Shown("not_available", _("This rule would be refused"), refused)
    wins = [one.rule for one in related if one.relation is Relation.TAKES_OVER]
    loses = [one.rule for one in related if one.relation is Relation.GIVES_WAY]
    texts = []
    if wins:
        texts.append(_("It takes over from %(rules)s.") % {"rules": _named(wins)})
    if loses:
        texts.append(_("It gives way to %(rules)s.") % {"rules": _named(loses)})
    return Shown("available", rule_sentence(rule), " ".join(texts) or _("No other rule matches the same cases."))


MOST_NAMED = 2


def _named(rules: Sequence[Rule]) -> str:
    shown = _(", ").join(f"“{rule_sentence(rule)}”" for rule in rules[:MOST_NAMED])
    rest = len(rules) - MOST_NAMED
    return _("%(shown)s and %(rest)s more") % {"shown": shown, "rest": rest} if rest > 0 else shown


@dataclass(frozen=True, slots=True)
class Beside:
    """Another rule, and how the one in question stands to it."""

    rule: Rule
    sentence: str
    stands: str


def beside(one: Related) -> Beside:
    """Return another rule with which of the two pays where both match."""
    stands = {
        Relation.TIE: _("Ties: nobody could tell which one counts"),
        Relation.TAKES_OVER: _("This rule pays where both match"),
        Relation.GIVES_WAY: _("The other rule pays where both match"),
    }
    return Beside(one.rule, rule_sentence(one.rule), stands[one.relation])


def idle() -> Shown:
    """Say what the check waits for."""
    return Shown(
        "idle", _("Checked as you type"), _("Whether it ties with another rule, and which one it takes over from.")
    )
