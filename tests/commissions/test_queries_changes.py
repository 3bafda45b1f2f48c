"""Every cent of the difference between two months has one cause."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from commissions.kinds import Kind
from commissions.models import Plan, Rule, RunStatus
from commissions.queries.changes import Changes, changes_of, month_before
from commissions.queries.review import totals_of
from deals.models import MrrChange, Subscription
from tests.factories.commissions import EntryRow, make_run, make_subscription, working_of
from tests.factories.partners import make_partner

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def causes(changes: Changes, currency: str = "EUR") -> dict[str, tuple[Decimal, int]]:
    return {cause.code: (cause.amount, cause.subscriptions) for cause in changes.by_currency[currency].causes}


@pytest.mark.django_db
def test_each_change_is_named_and_the_causes_add_up() -> None:
    partner, other = make_partner("brenner"), make_partner("calder")
    plan = Plan.objects.create(code="standard", name="Standard")
    young = Rule.objects.create(plan=plan, kind=Kind.RECURRING, rate=20, age_from=1, age_until=13)
    old = Rule.objects.create(plan=plan, kind=Kind.RECURRING, rate=10, age_from=13)
    names = ("grown", "fresh", "gone", "aged", "promoted", "split", "begun", "bonus", "lost", "undone")
    at: dict[str, Subscription] = {name: make_subscription(partner, customer=name) for name in names}
    at["fresh"].started_on = date(2026, 10, 5)
    at["fresh"].save()
    MrrChange.objects.create(subscription=at["gone"], effective_on=date(2026, 9, 30), mrr=0)

    def row(name: str, amount: str, before: str = "0", **fields: object) -> EntryRow:
        return EntryRow(partner=partner, subscription=at[name], entitlement=amount, posted_before=before, **fields)  # type: ignore[arg-type]

    def terms(mrr: str, rate: str = "20", share: str = "100", days: int = 30, **more: object) -> dict[str, object]:
        return working_of((mrr, share, days), rate=rate, days_in_month=30, **more)  # type: ignore[arg-type]

    def aged(rate: str, rule: Rule) -> dict[str, object]:
        working = terms("100", rate=rate)
        working["parts"][0]["rule"] = rule.pk  # type: ignore[index]
        return working

    make_run(
        SEPTEMBER,
        [
            row("grown", "20", working=terms("100")),
            row("gone", "30", working=terms("150")),
            row("aged", "20", working=aged("20", young)),
            row("promoted", "20", working=terms("100", tier=1)),
            row("split", "20", working=terms("100")),
            row("begun", "10", working=terms("100", days=15)),
            row("bonus", "300", kind=Kind.UPFRONT, working=terms("300", rate="100")),
            row("lost", "11", working=terms("55")),
            row("undone", "-7", "0", is_true_up=True, earned_period=date(2026, 7, 1)),
        ],
    )
    run = make_run(
        OCTOBER,
        [
            row("grown", "32", working=terms("160")),
            row("fresh", "18", working=terms("100", days=27)),
            row("fresh", "100", kind=Kind.UPFRONT, working=terms("100", rate="100")),
            row("aged", "10", working=aged("10", old)),
            row("promoted", "25", working=terms("100", rate="25", tier=2)),
            row("split", "12", working=terms("100", share="60")),
            row("begun", "20", working=terms("100")),
            row("bonus", "0", "60", kind=Kind.UPFRONT, is_true_up=True, earned_period=date(2026, 8, 1),
                working={**terms("60"), "clawback": {"mode": "full", "days": 90, "days_alive": 81}}),
            row("undone", "3", "5", is_true_up=True, earned_period=SEPTEMBER, working=terms("15")),
            EntryRow(partner=other, subscription=at["grown"], entitlement="4", currency="PLN", working=terms("20")),
        ],
        status=RunStatus.CALCULATED,
    )  # fmt: skip

    changes = changes_of(run)

    assert causes(changes) == {
        "new": (Decimal(118), 1),
        "upgrade": (Decimal(12), 1),
        "full_month": (Decimal(10), 1),
        "tier": (Decimal(5), 1),
        "age": (Decimal(-10), 1),
        "share": (Decimal(-8), 1),
        "stopped": (Decimal(-11), 1),
        "ended": (Decimal(-30), 1),
        "one_off_past": (Decimal(-300), 1),
        "clawback": (Decimal(-60), 1),
        "true_up": (Decimal(-2), 1),
        "true_up_past": (Decimal(7), 1),
    }
    assert causes(changes, "PLN") == {"began": (Decimal(4), 1)}
    total = totals_of(run)
    assert total.total == {"EUR": Decimal(155), "PLN": Decimal(4)}
    euro = changes.by_currency["EUR"]
    assert (euro.before, euro.posted, euro.amount) == (Decimal(424), Decimal(155), Decimal(-269))
    assert sum(cause.amount for cause in euro.causes) == euro.amount
    assert [(c.partner_id, c.currency, c.amount) for c in changes.by_partner] == [
        (partner.pk, "EUR", Decimal(-269)),
        (other.pk, "PLN", Decimal(4)),
    ]
    assert changes.by_partner[0].causes[0].code == "one_off_past"
    assert (changes.by_partner[0].before, changes.by_partner[0].posted) == (Decimal(424), Decimal(155))
    assert (total.entries, total.corrections, total.partners, total.customers, total.statements) == (10, 2, 2, 8, 2)


@pytest.mark.django_db
def test_a_first_run_and_a_month_run_again_are_compared_with_nothing() -> None:
    partner = make_partner("brenner")
    subscription = make_subscription(partner)
    row = EntryRow(partner=partner, subscription=subscription, entitlement="8", earned_period=SEPTEMBER)
    first = make_run(OCTOBER, [row])
    again = make_run(OCTOBER, [EntryRow(partner=partner, subscription=subscription, entitlement="5")])

    assert month_before(first) is None
    assert causes(changes_of(first)) == {"catch_up": (Decimal(8), 1)}
    assert month_before(again) is None
    assert causes(changes_of(again)) == {"new": (Decimal(5), 1)}
