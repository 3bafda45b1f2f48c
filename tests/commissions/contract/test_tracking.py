"""Change tracking misses nothing (commission rules, section 4): whatever is written, the next run posts its effect.

Every change here is committed after months were closed, so that only its own mark makes a run look back. After it
the run of the same month posts exactly what turns the posted amounts into those of the policy over the facts as
they stand, ``--verify`` agrees, and the run after that posts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from commissions.models import Plan as PlanRow
from commissions.models import PlanAssignment
from commissions.models import Rule as RuleRow
from commissions.policy import entitlements
from commissions.services.runs import approve_run, calculate_run, verify_run
from deals.models import Account, Collection, Credit, Family, MrrChange, Product, Subscription
from partners.models import ParentAssignment, Tier, TierAssignment
from partners.models import Partner as PartnerRow
from prm.actors import OPERATOR
from prm.models import Program
from tests.commissions.contract.program import close, customer, day, lines, partner, pays, plan, program
from tests.factories.facts import NOW, install, posted
from tests.factories.stored import stored

pytestmark = pytest.mark.django_db(transaction=True)

Change = tuple[str, Callable[[], object]]

EVERY_KIND = program(
    customer("s1", "a 60", "b 40", starts="2026-01-10", mrr={"2026-01-10": "310", "2026-02-15": "400"}),
    customer("s2", "b 100", "a 50 services", starts="2025-02-20", mrr="1000", product="q", family="g"),
    customer(
        "s3",
        "c 100",
        mrr={"2026-01-01": "5000", "2026-03-20": "0"},
        currency="JPY",
        collected={"2026-01": ("5000", "4000")},
    ),
    customer("s4", "c 50", mrr="200", collected={"2026-01": ("200", "100"), "2026-02": ("200", "200")}),
    rules=(
        pays("recurring", "20"),
        pays("recurring", "25", tier="gold"),
        pays("recurring", "15", product="q"),
        pays("recurring", "5", role="services"),
        pays("recurring", "12", plan="other"),
        pays("upfront", "100"),
        pays("upfront", "60", plan="other"),
        pays("spiff", "50", currency="EUR"),
        pays("spiff", "700", currency="JPY", plan="other", minimum_mrr="1000"),
        pays("expansion", "50"),
        pays("renewal", "10", family="g"),
        pays("override", "3"),
        pays("override", "4", tier="gold"),
        pays("accelerator", "1", currency="EUR"),
        pays("accelerator", "2", currency="EUR", threshold="100"),
        pays("accelerator", "3", currency="JPY", plan="other"),
    ),
    partners=[
        partner("a", tiers="silver:..2026-02-01 gold:2026-02-01..", parents="top"),
        partner("b", parents="top:2026-01-15.."),
        partner("c", plans="other", parents="second"),
        partner("top", tiers="silver"),
        partner("second"),
        partner("d"),
    ],
    plans=[
        plan(clawback="full", clawback_days=90, cap="3000"),
        plan("other", basis="collected", clawback="prorated", clawback_days=120),
    ],
    first_period="2025-03",
)


def begin(*months: str) -> None:
    """Install the program with every kind, its window wide open, and close ``months``."""
    install(EVERY_KIND)
    PlanRow.objects.update(true_up_months=120)
    for month in months:
        close(month)


def follow(changes: list[Change], *, month: str = "2026-03") -> None:
    """Commit each change, repeat ``month``, and compare with the policy; every change must change what is posted."""
    problems: dict[str, Any] = {}
    for name, change in changes:
        before = posted()
        change()
        run = calculate_run(period=day(month), actor=OPERATOR, now=NOW)
        differs = verify_run(run)
        approve_run(run=run, actor=OPERATOR, now=NOW)
        expected = entitlements(stored(), day(month))
        if differs or posted() != expected or expected == before or lines(close(month)):
            now = posted()
            missed = {key for key in expected.keys() | now.keys() if expected.get(key) != now.get(key)}
            problems[name] = differs or missed or "changes nothing"
    assert problems == {}


def sub(name: str) -> Subscription:
    return Subscription.objects.get(external_id=name)


def who(code: str) -> PartnerRow:
    return PartnerRow.objects.get(code=code)


def sell(name: str, *, starts: str, mrr: str, to: str, currency: str = "EUR") -> Subscription:
    """Sell a new subscription, starting in the past, wholly credited to ``to``."""
    account = Account.objects.create(name=name)
    row = Subscription.objects.create(
        source_system="csv", external_id=name, account=account, product=Product.objects.get(code="p"),
        currency=currency, started_on=day(starts),
    )  # fmt: skip
    MrrChange.objects.create(subscription=row, effective_on=day(starts), mrr=Decimal(mrr))
    Credit.objects.create(subscription=row, partner=who(to), role="sourced", share=100)
    return row


def update(model: Any, where: dict[str, Any], **values: Any) -> Callable[[], object]:
    """Return an update in one statement, past every service."""

    def change() -> None:
        assert model._default_manager.filter(**where).update(**values) > 0

    return change


def delete(model: Any, **where: Any) -> Callable[[], object]:
    """Return a deletion of rows that are there."""

    def change() -> None:
        rows = model._default_manager.filter(**where)
        assert rows.exists()
        rows._raw_delete("default")

    return change


def test_subscriptions() -> None:
    begin("2026-01", "2026-02", "2026-03")
    follow(
        [
            ("insert, started long ago", lambda: sell("late", starts="2025-11-20", mrr="150", to="b")),
            ("insert, started in the month", lambda: sell("now", starts="2026-03-20", mrr="90", to="d")),
            ("product", update(Subscription, {"external_id": "s1"}, product=Product.objects.get(code="q"))),
            ("start later", update(Subscription, {"external_id": "s1"}, started_on=day("2026-02-25"))),
            ("start earlier", update(Subscription, {"external_id": "s1"}, started_on=day("2025-12-10"))),
            ("start ahead of every month", update(Subscription, {"external_id": "s4"}, started_on=day("2026-09-01"))),
            ("start back again", update(Subscription, {"external_id": "s4"}, started_on=day("2026-01-01"))),
            ("start of all in one statement", update(Subscription, {}, started_on=day("2025-12-01"))),
        ]
    )


def test_a_subscription_on_which_nothing_is_posted_may_go_and_takes_its_accelerator_with_it() -> None:
    install(replace(EVERY_KIND, rules=tuple(rule for rule in EVERY_KIND.rules if rule.kind == "accelerator")))
    close("2026-01")

    def gone() -> None:
        with transaction.atomic():
            MrrChange.objects.filter(subscription__external_id="s1")._raw_delete("default")
            Credit.objects.filter(subscription__external_id="s1")._raw_delete("default")
            Subscription.objects.filter(external_id="s1")._raw_delete("default")

    def other_currency() -> None:
        Subscription.objects.filter(external_id="s4").update(currency="JPY")

    def cascade() -> None:
        sub("s3").delete()

    follow([("delete", gone), ("currency", other_currency), ("delete with its facts", cascade)], month="2026-01")


def test_mrr_changes() -> None:
    begin("2026-01", "2026-02", "2026-03")
    add = MrrChange.objects.create
    follow(
        [
            ("insert", lambda: add(subscription=sub("s1"), effective_on=day("2026-01-20"), mrr=500)),
            ("insert an end", lambda: add(subscription=sub("s1"), effective_on=day("2026-03-10"), mrr=0)),
            ("void the end", update(MrrChange, {"subscription__external_id": "s1", "mrr": 0}, mrr=400)),
            ("level", update(MrrChange, {"mrr": 500}, mrr=550)),
            ("day", update(MrrChange, {"mrr": 550}, effective_on=day("2026-02-03"))),
            ("day back before the start", update(MrrChange, {"mrr": 550}, effective_on=day("2025-12-24"))),
            (
                "to another subscription",
                update(MrrChange, {"mrr": 550}, subscription=sub("s4"), effective_on=day("2026-02-10")),
            ),
            ("delete", delete(MrrChange, mrr=550)),
            ("a known end to come", lambda: add(subscription=sub("s4"), effective_on=day("2026-04-20"), mrr=0)),
            ("which is forgotten", delete(MrrChange, subscription__external_id="s4", mrr=0)),
            ("delete an end", delete(MrrChange, subscription__external_id="s3", mrr=0)),
            ("every level in one statement", update(MrrChange, {"mrr__gt": 0}, mrr=333)),
            ("every level goes", delete(MrrChange)),
        ]
    )


def test_credits() -> None:
    begin("2026-01", "2026-02", "2026-03")
    add, of_s1 = Credit.objects.create, {"subscription__external_id": "s1"}
    follow(
        [
            ("insert", lambda: add(subscription=sub("s4"), partner=who("a"), role="sourced", share=50)),
            ("insert another role", lambda: add(subscription=sub("s1"), partner=who("d"), role="influenced", share=9)),
            ("share", update(Credit, {**of_s1, "partner__code": "a"}, share=55)),
            ("share voided", update(Credit, {**of_s1, "partner__code": "b"}, share=0)),
            ("share again", update(Credit, {**of_s1, "partner__code": "b"}, share=45)),
            ("partner: parents and accelerators", update(Credit, {**of_s1, "partner__code": "b"}, partner=who("c"))),
            ("role", update(Credit, {**of_s1, "partner__code": "c"}, role="services")),
            ("role back", update(Credit, {**of_s1, "partner__code": "c"}, role="sourced")),
            ("from", update(Credit, {**of_s1, "partner__code": "a"}, valid_from=day("2026-02-10"))),
            ("from the beginning", update(Credit, {**of_s1, "partner__code": "a"}, valid_from=None)),
            ("until", update(Credit, {**of_s1, "partner__code": "a"}, valid_until=day("2026-02-20"))),
            (
                "another subscription",
                update(Credit, {**of_s1, "partner__code": "c"}, subscription=sub("s2"), role="influenced"),
            ),
            ("delete", delete(Credit, **of_s1, partner__code="a")),
            ("all in one statement", update(Credit, {"share__gt": 0}, share=10)),
            ("all go", delete(Credit)),
        ]
    )


def test_collections() -> None:
    begin("2026-01", "2026-02", "2026-03")
    add = Collection.objects.create
    follow(
        [
            ("insert late", lambda: add(subscription=sub("s3"), month=day("2026-02"), billed=100, paid=100)),
            ("refund", update(Collection, {"billed": 100, "paid": 100}, paid=40)),
            ("billed", update(Collection, {"paid": 40}, billed=80)),
            ("month", update(Collection, {"paid": 40}, month=day("2026-03"))),
            ("subscription", update(Collection, {"paid": 40}, subscription=sub("s4"))),
            ("delete", delete(Collection, month=day("2026-02"))),
            ("all go", delete(Collection)),
        ]
    )


def test_products_and_their_families() -> None:
    begin("2026-01", "2026-02", "2026-03")
    RuleRow.objects.create(
        plan=PlanRow.objects.get(code="standard"), kind="upfront", family=Family.objects.get(code="g"), rate=30
    )
    close("2026-03")
    family = {code: Family.objects.get(code=code) for code in "fg"}
    follow(
        [
            ("family", update(Product, {"code": "p"}, family=family["g"])),
            ("family back", update(Product, {"code": "p"}, family=family["f"])),
            ("all in one statement", update(Product, {}, family=family["f"])),
        ]
    )


def test_tiers_of_partners_and_of_their_parents() -> None:
    begin("2026-01", "2026-02", "2026-03")
    gold, silver = Tier.objects.get(code="gold"), Tier.objects.get(code="silver")
    add = TierAssignment.objects.create
    follow(
        [
            ("insert", lambda: add(partner=who("b"), tier=gold, valid_from=day("2026-02-01"))),
            ("the parent's, for its override", update(TierAssignment, {"partner__code": "top"}, tier=gold)),
            ("from", update(TierAssignment, {"partner__code": "b"}, valid_from=day("2026-01-01"))),
            ("until", update(TierAssignment, {"partner__code": "b"}, valid_until=day("2026-03-01"))),
            ("another partner", update(TierAssignment, {"partner__code": "b"}, partner=who("second"))),
            ("voided", update(TierAssignment, {"partner__code": "a", "tier": gold}, valid_until=day("2026-02-01"))),
            ("delete the parent's", delete(TierAssignment, partner__code="top")),
            ("all in one statement", update(TierAssignment, {"tier": silver}, tier=gold)),
        ]
    )


def test_parents() -> None:
    begin("2026-01", "2026-02", "2026-03")
    add = ParentAssignment.objects.create
    follow(
        [
            ("parent: the old one loses it", update(ParentAssignment, {"partner__code": "a"}, parent=who("second"))),
            ("removed", delete(ParentAssignment, partner__code="a")),
            ("insert", lambda: add(partner=who("a"), parent=who("top"), valid_from=day("2026-01-20"))),
            ("from", update(ParentAssignment, {"partner__code": "b"}, valid_from=day("2026-02-01"))),
            ("until", update(ParentAssignment, {"partner__code": "b"}, valid_until=day("2026-03-10"))),
            ("another partner", update(ParentAssignment, {"partner__code": "c"}, partner=who("d"))),
            ("which sold something", lambda: sell("d's", starts="2026-01-12", mrr="70", to="d")),
            ("all removed", delete(ParentAssignment)),
        ]
    )


def test_plans_of_partners() -> None:
    begin("2026-01", "2026-02", "2026-03")
    other = PlanRow.objects.get(code="other")
    add = PlanAssignment.objects.create
    follow(
        [
            ("insert", lambda: add(partner=who("a"), plan=other, valid_from=day("2026-02-01"))),
            ("from", update(PlanAssignment, {"partner__code": "a"}, valid_from=day("2026-01-01"))),
            ("until", update(PlanAssignment, {"partner__code": "a"}, valid_until=day("2026-02-01"))),
            ("another partner", update(PlanAssignment, {"partner__code": "a"}, partner=who("b"))),
            ("plan", update(PlanAssignment, {"partner__code": "c"}, plan=PlanRow.objects.get(code="standard"))),
            ("removed", delete(PlanAssignment, partner__code="b")),
        ]
    )


def test_plans() -> None:
    begin("2026-01", "2026-02", "2026-03")

    def switch_default() -> None:
        with transaction.atomic():
            PlanRow.objects.filter(code="standard").update(is_default=False)
            PlanRow.objects.filter(code="other").update(is_default=True)

    standard = {"code": "standard"}
    follow(
        [
            ("cap", update(PlanRow, standard, cap_per_subscription=300)),
            ("cap's currency", update(PlanRow, standard, cap_currency="USD")),
            ("cap's currency back", update(PlanRow, standard, cap_currency="")),
            ("no cap", update(PlanRow, standard, cap_per_subscription=None)),
            ("basis", update(PlanRow, standard, basis="collected")),
            ("basis back", update(PlanRow, standard, basis="contracted")),
            ("clawback", update(PlanRow, {"code": "other"}, clawback="none")),
            ("clawback back", update(PlanRow, {"code": "other"}, clawback="full", basis="contracted")),
            ("clawback's days", update(PlanRow, {"code": "other"}, clawback_days=30)),
            ("default", switch_default),
            ("no default", update(PlanRow, {"is_default": True}, is_default=False)),
        ]
    )


def test_a_wider_window_reaches_what_waited() -> None:
    begin("2026-01", "2026-02")
    PlanRow.objects.update(true_up_months=0)
    close("2026-03")
    MrrChange.objects.filter(mrr=310).update(mrr=320)
    PlanRow.objects.update(true_up_months=1)
    close("2026-03")
    assert posted() != entitlements(stored(), day("2026-03"))
    PlanRow.objects.update(true_up_months=12)
    close("2026-03")
    assert posted() == entitlements(stored(), day("2026-03"))


def test_rules() -> None:
    begin("2026-01", "2026-02", "2026-03")
    standard, other = PlanRow.objects.get(code="standard"), PlanRow.objects.get(code="other")
    add, recurring = RuleRow.objects.create, {"plan": standard, "kind": "recurring"}
    q, f = Product.objects.get(code="q"), Family.objects.get(code="f")
    plain = {**recurring, "product": None, "tier": None, "role": ""}
    follow(
        [
            ("insert", lambda: add(**recurring, currency="EUR", role="sourced", rate=22, valid_from=day("2026-02-01"))),
            ("rate", update(RuleRow, {"rate": 22}, rate=23)),
            ("from", update(RuleRow, {"rate": 23}, valid_from=day("2026-01-01"))),
            ("until", update(RuleRow, {"rate": 23}, valid_until=day("2026-03-01"))),
            ("age from", update(RuleRow, {"rate": 23}, age_from=2)),
            ("age until", update(RuleRow, {"rate": 23}, age_from=1, age_until=2)),
            ("product", update(RuleRow, {"rate": 23}, product=q, age_until=None)),
            ("family", update(RuleRow, {"rate": 23}, product=None, family=f)),
            ("role", update(RuleRow, {"rate": 23}, role="services")),
            ("plan", update(RuleRow, {"rate": 23}, plan=other, family=None, role="")),
            ("kind", update(RuleRow, {"rate": 23}, kind="expansion", plan=standard)),
            ("retired", update(RuleRow, {"rate": 23}, retired_at=NOW)),
            ("threshold", update(RuleRow, {"threshold": 100}, threshold=50)),
            ("minimum MRR", update(RuleRow, {"minimum_mrr": 1000}, minimum_mrr=9000)),
            ("amount", update(RuleRow, {"amount": 50}, amount=60)),
            ("tier", update(RuleRow, {"tier__code": "gold", "kind": "override"}, tier=Tier.objects.get(code="silver"))),
            ("currency", update(RuleRow, {"kind": "spiff", "currency": "EUR"}, currency="JPY")),
            ("delete", delete(RuleRow, kind="accelerator")),
            ("every rate in one statement", update(RuleRow, {"rate__gt": 0}, rate=1)),
            ("all of a plan go", delete(RuleRow, plan=other)),
            ("and the plain one", delete(RuleRow, **plain)),
        ]
    )


def test_the_first_period() -> None:
    begin("2026-01", "2026-02", "2026-03")
    follow(
        [
            ("a month earlier", update(Program, {}, first_period=day("2025-02"))),
            ("no limit", lambda: sell("older", starts="2024-01-01", mrr="60", to="a")),
            ("and nothing before it", update(Program, {}, first_period=None)),
        ]
    )
