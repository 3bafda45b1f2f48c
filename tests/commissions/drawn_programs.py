"""Generated programs of facts for the property tests: any of three customers, four partners and two plans."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from commissions.policy import Credit, Facts, Partner, Plan, Rule, Span, Subscription

FIRST = date(2026, 1, 1)
LAST = date(2026, 6, 30)
LONG_AGO = date(2024, 2, 29)
MINOR = {"EUR": 2, "JPY": 0, "KWD": 3}
PARTNERS = ("a", "b", "c", "top")

days = st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + timedelta(days=n))
money = st.decimals(min_value=0, max_value=5000, places=2)
levels = st.one_of(st.just(Decimal(0)), money)


@st.composite
def spans(draw: st.DrawFn, values: st.SearchStrategy[str]) -> tuple[Span, ...]:
    """Draw values one after the other, without overlap, perhaps with gaps."""
    cuts = sorted(draw(st.sets(days, max_size=3)))
    edges = [None, *cuts, None] if draw(st.booleans()) else [*cuts, None]
    pairs = [(a, b) for a, b in pairwise(edges) if draw(st.booleans())]
    return tuple(Span(draw(values), a, b) for a, b in pairs)


@st.composite
def credit_lists(draw: st.DrawFn) -> tuple[Credit, ...]:
    """Draw credits of which the sourced ones stay within 100 % whatever their dates."""
    shares = draw(st.sampled_from([(100,), (60, 40), (Decimal("33.3333"), Decimal("33.3333")), (50, 25), (0, 100)]))
    chosen = draw(st.permutations(["a", "b", "c"]))
    result = []
    for partner, share in zip(chosen, shares, strict=False):
        start, end = draw(st.one_of(st.none(), days)), draw(st.one_of(st.none(), days))
        if start is not None and end is not None and end < start:
            start, end = end, start
        result.append(Credit(partner, "sourced", Decimal(share), start, end))
    if draw(st.booleans()):
        result.append(Credit(chosen[0], draw(st.sampled_from(["influenced", "services"])), Decimal(30), draw(days)))
    return tuple(result)


@st.composite
def subscriptions(draw: st.DrawFn, number: int) -> Subscription:
    started_on = draw(st.one_of(days, days, st.just(LONG_AGO)))
    changes = {started_on: draw(money), **draw(st.dictionaries(days, levels, max_size=4))}
    collections = draw(st.dictionaries(days.map(lambda d: d.replace(day=1)), st.tuples(money, money), max_size=4))
    return Subscription(
        id=f"s{number}",
        product=draw(st.sampled_from(["p1", "p2"])),
        family="f",
        currency=draw(st.sampled_from(sorted(MINOR))),
        started_on=started_on,
        changes=changes,
        credits=draw(credit_lists()),
        collections=collections,
    )


rates = st.decimals(min_value=0, max_value=150, places=2)
RULE_SHAPES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"tier": "gold"},
        {"product": "p1"},
        {"family": "f", "tier": "gold"},
        {"role": "sourced"},
        {"currency": "EUR"},
        {"age_from": 3},
        {"age_until": 3, "tier": "silver"},
        {"from_on": date(2026, 3, 10)},
        {"until_on": date(2026, 3, 10), "role": "influenced"},
    ]
)


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Draw rules that cannot tie: each shape at most once for each plan and kind."""
    rules: dict[tuple[Any, ...], Rule] = {}
    for plan in ("one", "two"):
        for kind in ("recurring", "upfront", "expansion", "renewal", "override"):
            for shape in draw(st.lists(RULE_SHAPES, max_size=3, unique_by=lambda s: tuple(sorted(s)))):
                fields = tuple(
                    sorted((k, v) for k, v in shape.items() if k in {"tier", "product", "family", "role", "currency"})
                )
                rules.setdefault((plan, kind, fields), Rule(plan, kind, draw(rates), **shape))
        for currency in draw(st.sets(st.sampled_from(sorted(MINOR)))):
            minimum = draw(st.one_of(st.none(), money))
            rules[plan, "spiff", currency] = Rule(plan, "spiff", draw(money), currency=currency, minimum_mrr=minimum)
            for tier in draw(st.sampled_from([(), ("",), ("", "gold")])):
                for threshold in draw(st.sampled_from([(None,), (Decimal(100), Decimal(1000)), (None, Decimal(50))])):
                    rules[plan, tier, currency, threshold] = Rule(
                        plan, "accelerator", draw(rates), tier=tier, currency=currency, threshold=threshold
                    )
    return tuple(rules.values())


@st.composite
def programs(draw: st.DrawFn) -> Facts:
    plan = st.builds(
        Plan,
        code=st.just(""),
        basis=st.sampled_from(["contracted", "contracted", "collected"]),
        clawback=st.sampled_from(["none", "full", "prorated"]),
        clawback_days=st.sampled_from([0, 30, 90]),
        cap=st.one_of(st.none(), st.decimals(min_value=0, max_value=2000, places=3)),
        cap_currency=st.sampled_from(["", "EUR"]),
    )
    plans = {
        code: Plan(code, p.basis, p.clawback, p.clawback_days, p.cap, p.cap_currency)
        for code, p in (("one", draw(plan)), ("two", draw(plan)))
    }
    partners = {}
    for code in PARTNERS:
        parents = draw(spans(st.just("top"))) if code != "top" else ()
        partners[code] = Partner(
            code,
            draw(spans(st.sampled_from(["gold", "silver"]))),
            draw(spans(st.sampled_from(["one", "two"]))),
            parents,
        )
    return Facts(
        partners=partners,
        plans=plans,
        rules=draw(rule_sets()),
        subscriptions=tuple(draw(subscriptions(n)) for n in range(draw(st.integers(1, 3)))),
        minor_units=MINOR,
        default_plan=draw(st.sampled_from(["one", None])),
        first_period=draw(st.sampled_from([None, None, date(2026, 2, 1)])),
    )
