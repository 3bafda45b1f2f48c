"""Why is this not paid: every reason by a program that has it, with its exact figures.

The customer pays 310.00 a month from January 2026: 20 % is 62.00.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from commissions.models import Entry, ParkedPartner
from commissions.models import Plan as PlanRow
from commissions.services.adjustments import About, add_adjustment
from commissions.services.runs import calculate_run
from commissions.services.whynot import Line, why_not_paid
from deals.models import MrrChange, Subscription
from partners.models import Partner
from prm.actors import OPERATOR, Actor, ActorKind
from tests.commissions.contract.program import close, customer, day, learn, partner, pays, plan, post, program
from tests.factories.facts import NOW, install

if TYPE_CHECKING:
    from commissions.services.whynot import Answer

pytestmark = pytest.mark.django_db

RECURRING = (pays("recurring", "20"),)


def ask(month: str = "2026-01", *, actor: Actor = OPERATOR, of: str = "") -> Answer:
    return why_not_paid(
        subscription=Subscription.objects.get(external_id="s"),
        month=day(month),
        actor=actor,
        partner=Partner.objects.get(code=of) if of else None,
    )


def told(line: Line) -> tuple[str, str, str, str, str]:
    """Return partner, kind, what is earned and posted, and the reason."""
    return (
        line.partner.code if line.partner else "-",
        line.kind,
        f"{line.earned:.2f}",
        f"{line.posted:.2f}",
        line.reason,
    )


def lines(month: str = "2026-01", *, of: str = "") -> list[tuple[str, str, str, str, str]]:
    return [told(line) for line in ask(month, of=of).lines]


def sentence(month: str = "2026-01") -> str:
    (line,) = ask(month).lines
    return line.sentence.replace("\xa0", " ")


def nothing(reason: str, *, of: str = "a", kind: str = "recurring") -> list[tuple[str, str, str, str, str]]:
    return [(of, kind, "0.00", "0.00", reason)]


def test_what_is_paid_says_how_and_when() -> None:
    post(program(customer(), rules=RECURRING), "2026-01")
    answer = ask()
    assert answer.mrr == Decimal(310)
    (line,) = answer.lines
    assert told(line) == ("a", "recurring", "62.00", "62.00", "")
    assert line.is_paid
    assert line.sentence == ""
    assert line.explanation is not None
    assert line.explanation.formula == "20 % × 100 % × 310.00 = 62.00 EUR"
    (posting,) = line.postings
    assert (posting.period, posting.on, posting.amount) == (day("2026-01"), NOW.date(), Decimal("62.0000"))


def test_nobody_is_credited() -> None:
    install(program(customer("s", "a 100 2026-03-01..", mrr="310"), rules=RECURRING))
    assert lines() == nothing("no_credit", of="-")
    assert sentence() == "Nobody is credited."
    assert lines(of="a") == nothing("no_credit")


def test_one_partner_alone_may_be_asked_about() -> None:
    install(program(customer("s", "a 60", "b 40"), rules=RECURRING))
    assert [told(line)[0] for line in ask().lines] == ["a", "b"]
    assert lines(of="b") == [("b", "recurring", "24.80", "0.00", "not_calculated")]


def test_not_started_ended_and_without_revenue() -> None:
    install(program(customer(mrr={"2026-02-10": "310", "2026-03-16": "0"}, starts="2026-02-10"), rules=RECURRING))
    assert lines() == nothing("not_started")
    assert sentence() == "The subscription starts on 10 February 2026: there is no revenue in the month yet."
    assert lines("2026-04") == nothing("ended")
    assert sentence("2026-04") == "The subscription ended on 16 March 2026: there is no revenue in the month."
    install(program(customer(mrr={"2026-02-10": "0"}, starts="2026-02-10"), rules=RECURRING))
    MrrChange.objects.all().delete()
    assert lines("2026-02") == nothing("no_revenue")


def test_credited_on_days_without_revenue_only() -> None:
    install(program(customer("s", "a 100 2026-01-20..", mrr={"2026-01-01": "310", "2026-01-16": "0"}), rules=RECURRING))
    assert lines() == nothing("no_revenue")
    assert sentence() == "There is no revenue on the credited days of the month."


def test_no_plan() -> None:
    install(program(customer(), rules=RECURRING, default_plan=None))
    assert lines() == nothing("no_plan")
    assert sentence() == "The partner is on no plan, and there is no default."


def test_no_rule_for_this_customer_month() -> None:
    install(program(customer(), rules=(pays("recurring", "20", age_until=3),)))
    assert lines("2026-03") == nothing("no_rule_for_age")
    assert sentence("2026-03") == "The plan pays for other customer months only; this is customer month 3."


def test_no_rule_at_all() -> None:
    install(program(customer(), rules=(pays("recurring", "20", product="q"),)))
    assert lines() == nothing("no_rule")
    assert sentence() == "No rule of the plan matches."


def test_the_rate_is_zero() -> None:
    install(program(customer(), rules=(pays("recurring", "0"),)))
    assert lines() == nothing("rate_is_zero")


def test_it_rounds_to_nothing() -> None:
    install(program(customer(mrr="0.01"), rules=RECURRING))
    assert lines() == nothing("below_minor_unit")


def test_a_spiff_below_its_minimum() -> None:
    rules = (*RECURRING, pays("spiff", "50", currency="EUR", minimum_mrr="500"))
    install(program(customer(), rules=rules))
    first, second = ask().lines
    assert told(first) == ("a", "recurring", "62.00", "0.00", "not_calculated")
    assert told(second) == ("a", "spiff", "0.00", "0.00", "below_minimum")
    assert second.sentence == "The rule asks for an MRR of at least €500.00; it started with €310.00."


def test_not_collected() -> None:
    install(program(customer(collected={"2026-01": ("310", "0")}), rules=RECURRING, plans=[plan(basis="collected")]))
    assert lines() == nothing("not_collected")
    assert sentence() == "Paid as the customer pays: €0.00 of €310.00 billed is paid for the month."


def test_the_cap_is_used_up() -> None:
    facts = program(customer(), rules=RECURRING, plans=[plan(cap="100")])
    post(facts, "2026-02")
    assert lines("2026-02") == [("a", "recurring", "38.00", "38.00", "")]
    assert lines("2026-03") == nothing("cap_reached")
    assert sentence("2026-03") == "The cap of €100.00 on this subscription is used up: €100.00 were earned before."


def test_under_clawback() -> None:
    facts = program(
        customer(mrr={"2026-01-01": "310", "2026-01-21": "0"}),
        rules=(pays("upfront", "100"),),
        plans=[plan(clawback="full", clawback_days=90)],
    )
    install(facts)
    upfront = ask().lines[1]
    assert told(upfront) == ("a", "upfront", "0.00", "0.00", "taken_back")
    assert upfront.sentence == "The customer left after 20 days, fewer than 90: it is taken back."


def test_before_the_first_period() -> None:
    install(program(customer(starts="2025-06-01"), rules=RECURRING, first_period="2026-01"))
    assert lines("2025-12") == nothing("before_first_period")
    assert sentence("2025-12") == "The program pays from January 2026 on: nothing before it is earned."


def test_outside_the_correction_window_until_somebody_settles_it() -> None:
    learn(program(customer(), rules=RECURRING), "2026-01", window=1)
    close("2026-02")
    close("2026-03")
    facts = program(customer(mrr={"2026-01-01": "400", "2026-02-01": "310"}), rules=RECURRING)
    install(facts)
    PlanRow.objects.update(true_up_months=1)
    assert lines() == [("a", "recurring", "80.00", "62.00", "outside_window")]
    assert sentence() == "The month lies before March 2026: the difference waits for a decision."
    key = About(subscription=Subscription.objects.get(), kind="recurring", earned_period=day("2026-01"))
    add_adjustment(
        partner=Partner.objects.get(code="a"), currency="EUR", amount=Decimal(18), reason="x", settles=True, about=key,
        actor=OPERATOR, now=NOW,
    )  # fmt: skip
    close("2026-04")
    (line,) = ask().lines
    assert told(line) == ("a", "recurring", "80.00", "80.00", "")
    assert [(one.amount, one.is_adjustment, one.period) for one in line.postings] == [
        (Decimal(62), False, day("2026-01")),
        (Decimal(18), True, day("2026-04")),
    ]


def test_on_the_way_to_a_run_and_its_approval() -> None:
    install(program(customer(), rules=RECURRING))
    assert lines() == [("a", "recurring", "62.00", "0.00", "not_calculated")]
    run = calculate_run(period=day("2026-01"), actor=OPERATOR, now=NOW)
    assert lines() == [("a", "recurring", "62.00", "0.00", "waits_for_approval")]
    assert sentence() == "It is calculated in the run of January 2026, which waits for approval."
    ParkedPartner.objects.create(run=run, partner=Partner.objects.get(code="a"), reason="x")
    assert lines() == [("a", "recurring", "62.00", "0.00", "on_hold")]


def test_learnt_after_the_month_was_posted() -> None:
    post(program(customer(), rules=RECURRING), "2026-01")
    install(program(customer(mrr="400"), rules=RECURRING))
    assert lines() == [("a", "recurring", "80.00", "62.00", "next_run")]


def test_what_vanished_names_what_was_posted() -> None:
    post(program(customer(), rules=RECURRING), "2026-01")
    install(program(customer("s", "b 100"), rules=RECURRING))
    assert lines() == [
        ("a", "recurring", "0.00", "62.00", "no_credit"),
        ("b", "recurring", "62.00", "0.00", "next_run"),
    ]


def test_an_override_is_told_to_the_parent_and_to_nobody_else() -> None:
    rules = (*RECURRING, pays("override", "10"))
    post(program(customer("s", "a 100"), rules=rules, partners=[partner("a", parents="top")]), "2026-01")
    assert lines() == [("a", "recurring", "62.00", "62.00", ""), ("top", "override", "31.00", "31.00", "")]
    own = Actor(
        kind=ActorKind.PARTNER_KEY,
        partner_id=Partner.objects.get(code="a").pk,
        scopes=frozenset({"commission-entries"}),
    )
    assert [told(line)[:2] for line in ask(actor=own, of="top").lines] == [("a", "recurring")]


def test_it_writes_nothing_and_leaves_no_table() -> None:
    post(program(customer(), rules=RECURRING), "2026-01")
    ask()
    assert Entry.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('earned'), current_setting('enable_nestloop')")
        assert cursor.fetchone() == (None, "on")
