"""Short words for a program of facts, and what a run of it posts: the contract's tests read like its sentences.

Days are written ``2026-01-10``, months ``2026-01``, ranges ``2026-01-10..2026-03-01`` with either end left out for
an open one. Every run that is made here is checked two more times: ``--verify`` finds nothing, and the policy's pure
functions say the same.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from commissions.models import Entry, OpenItem, StandingDifference
from commissions.models import Plan as PlanRow
from commissions.policy import Credit, Facts, Partner, Plan, Rule, Span, Subscription, entitlements
from commissions.services.runs import approve_run, calculate_run, verify_run
from prm.actors import OPERATOR
from tests.factories.facts import NOW, install, posted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commissions.models import Run

MINOR = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}


def day(text: str) -> date:
    """Return the day, or the first day of the month, that ``text`` names."""
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


def span_of(text: str) -> tuple[date | None, date | None]:
    """Return the ends of ``from..until``."""
    start, _, end = text.partition("..")
    return (day(start) if start else None, day(end) if end else None)


def credit(text: str) -> Credit:
    """Return ``partner share [role] [range]``, such as ``a 60 services 2026-02-01..``; sourced when none is named."""
    partner, share, *rest = text.split()
    role = next((word for word in rest if ".." not in word), "sourced")
    start, end = span_of(next((word for word in rest if ".." in word), ".."))
    return Credit(partner, role, Decimal(share), start, end)


def customer(
    name: str = "s",
    *credited: str,
    starts: str = "2026-01-01",
    mrr: str | Mapping[str, str] = "310",
    collected: Mapping[str, tuple[str, str]] | None = None,
    currency: str = "EUR",
    product: str = "p",
    family: str = "f",
) -> Subscription:
    """Return a subscription; ``mrr`` is its level from the start, or the levels by day."""
    levels = {starts: mrr} if isinstance(mrr, str) else mrr
    return Subscription(
        id=name,
        product=product,
        family=family,
        currency=currency,
        started_on=day(starts),
        changes={day(on): Decimal(level) for on, level in levels.items()},
        credits=tuple(credit(text) for text in credited or ("a 100",)),
        collections={day(m): (Decimal(b), Decimal(p)) for m, (b, p) in (collected or {}).items()},
    )


def partner(code: str, *, tiers: str = "", plans: str = "", parents: str = "") -> Partner:
    """Return a partner; each word is ``value`` or ``value:range``, several with blanks between."""

    def spans(text: str) -> tuple[Span, ...]:
        words = [word.partition(":") for word in text.split()]
        return tuple(Span(value, *span_of(dates or "..")) for value, _, dates in words)

    return Partner(code, spans(tiers), spans(plans), spans(parents))


def pays(kind: str, rate: str, *, plan: str = "standard", days: str = "..", **fields: Any) -> Rule:
    """Return a rule; ``days`` is the range on which it is in force."""
    start, end = span_of(days)
    money: dict[str, Any] = {k: Decimal(v) if k in {"threshold", "minimum_mrr"} else v for k, v in fields.items()}
    return Rule(plan, kind, Decimal(rate), from_on=start, until_on=end, **money)


def plan(code: str = "standard", *, cap: str | None = None, **terms: Any) -> Plan:
    """Return a plan."""
    return Plan(code, cap=None if cap is None else Decimal(cap), **terms)


def program(
    *customers: Subscription,
    rules: Iterable[Rule],
    partners: Iterable[Partner] = (),
    plans: Iterable[Plan] = (),
    first_period: str = "",
    default_plan: str | None = "standard",
) -> Facts:
    """Return the facts; partners that only credits and parents name, and the plan ``standard``, come by themselves."""
    named = {p.code: p for p in partners}
    for code in [c.partner for s in customers for c in s.credits] + [
        span.value for p in tuple(named.values()) for span in p.parents
    ]:
        named.setdefault(code, Partner(code))
    return Facts(
        partners=named,
        plans={"standard": Plan("standard"), **{p.code: p for p in plans}},
        rules=tuple(rules),
        subscriptions=customers,
        minor_units=MINOR,
        default_plan=default_plan,
        first_period=day(first_period) if first_period else None,
    )


def lines(run: Run) -> list[str]:
    """Return a run's entries as ``earned month, partner, subscription, kind, amount and currency``, sorted."""
    return sorted(
        f"{e.earned_period:%Y-%m} {e.partner.code} {e.subscription.external_id if e.subscription else '-'} {e.kind} "
        f"{_in_minor_units(e.amount, e.currency)} {e.currency}"
        for e in Entry.objects.filter(run=run).select_related("partner", "subscription")
    )


def _in_minor_units(amount: Decimal, currency: str) -> str:
    """Return the amount with its currency's digits; nothing finer is ever posted."""
    rounded = round(amount, MINOR[currency])
    assert rounded == amount
    return f"{rounded:f}"


def open_items(run: Run) -> list[str]:
    """Return a run's differences outside the window as ``earned month, partner, subscription, kind, owed-posted``."""
    return sorted(
        f"{o.earned_period:%Y-%m} {o.partner.code} {o.subscription.external_id if o.subscription else '-'} {o.kind} "
        f"{o.entitlement:.2f}-{o.posted:.2f}"
        for o in OpenItem.objects.filter(run=run).select_related("partner", "subscription")
    )


def standing() -> list[str]:
    """Return the lasting list of differences that wait for somebody, written as ``open_items`` writes them."""
    return sorted(
        f"{o.earned_period:%Y-%m} {o.partner.code} {o.subscription.external_id if o.subscription else '-'} {o.kind} "
        f"{o.entitlement:.2f}-{o.posted:.2f}"
        for o in StandingDifference.objects.undecided().select_related("partner", "subscription")
    )


def learn(facts: Facts, month: str, *, window: int) -> Run:
    """Install ``facts`` with a correction window of so many months, and close ``month``."""
    install(facts)
    PlanRow.objects.update(true_up_months=window)
    return close(month)


def close(month: str) -> Run:
    """Calculate, verify and approve the run of ``month``, over the facts as they stand in the database."""
    run = calculate_run(period=day(month), actor=OPERATOR, now=NOW)
    assert verify_run(run) == []
    return approve_run(run=run, actor=OPERATOR, now=NOW)


def post(facts: Facts, month: str) -> list[str]:
    """Install ``facts``, close ``month``, and return the entries; what is posted is what the policy says."""
    install(facts)
    run = close(month)
    assert posted() == entitlements(facts, day(month))
    return lines(run)
