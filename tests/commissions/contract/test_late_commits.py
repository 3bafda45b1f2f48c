"""Change tracking and transactions (commission rules, section 4): a change is never lost, whenever it commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from commissions.models import Plan, Rule, RunStatus
from commissions.policy import entitlements
from commissions.services.runs import approve_run, calculate_run, reject_run, verify_run
from deals.models import Credit, MrrChange, Subscription
from prm.actors import OPERATOR
from tests.commissions.contract.program import close, customer, day, lines, partner, pays, plan, program
from tests.factories.facts import NOW, install, posted
from tests.factories.stored import stored
from tests.folders import load

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = program(
    customer("s"),
    customer("t", "b 100"),
    rules=(pays("recurring", "20"), pays("override", "10"), pays("accelerator", "1", currency="EUR")),
    partners=[partner("a", parents="top"), partner("b")],
)
STEADY = ["{m} a s recurring 62.00 EUR", "{m} b t recurring 62.00 EUR", "{m} top s override 31.00 EUR"]


@pytest.fixture(autouse=True)
def nobody_waits_for_ever() -> Iterator[None]:
    """Fail where a run waits for somebody else's open transaction, which in these tests nobody ends before it."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")
        yield
        cursor.execute("RESET lock_timeout")


def usual(month: str) -> list[str]:
    """Return what a month without news posts."""
    return [line.format(m=month) for line in STEADY]


@contextmanager
def elsewhere() -> Iterator[CursorWrapper]:
    """Open a transaction on a connection of its own; it is committed by the statement ``COMMIT``."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            yield cursor
    finally:
        other.close()


def agrees(month: str) -> bool:
    return posted() == entitlements(stored(), day(month))


LATE = {
    "an insert": (
        """INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)
        SELECT id, '2026-01-17', 620 FROM deals_subscription WHERE external_id = 's'""",
        # 15 of 31 days in January, and all of February, at 620.00.
        [
            "2026-01 a s recurring 30.00 EUR",
            "2026-01 top s override 15.00 EUR",
            "2026-02 a s recurring 62.00 EUR",
            "2026-02 top s override 31.00 EUR",
            "2026-03 a s recurring 124.00 EUR",
            "2026-03 b t recurring 62.00 EUR",
            "2026-03 top s override 62.00 EUR",
        ],
    ),
    "an update": (
        "UPDATE deals_credit SET share = 50 WHERE partner_id = (SELECT id FROM partners_partner WHERE code = 'b')",
        [
            "2026-01 b - accelerator -1.55 EUR",
            "2026-01 b t recurring -31.00 EUR",
            "2026-02 b t recurring -31.00 EUR",
            "2026-03 a s recurring 62.00 EUR",
            "2026-03 b t recurring 31.00 EUR",
            "2026-03 top s override 31.00 EUR",
        ],
    ),
    "a delete": (
        "DELETE FROM partners_parentassignment",
        [
            "2026-01 top s override -31.00 EUR",
            "2026-02 top s override -31.00 EUR",
            "2026-03 a s recurring 62.00 EUR",
            "2026-03 b t recurring 62.00 EUR",
        ],
    ),
    "a rule": (
        "UPDATE commissions_rule SET rate = 5 WHERE kind = 'override'",
        [
            "2026-01 top s override -15.50 EUR",
            "2026-02 top s override -15.50 EUR",
            "2026-03 a s recurring 62.00 EUR",
            "2026-03 b t recurring 62.00 EUR",
            "2026-03 top s override 15.50 EUR",
        ],
    ),
}


@pytest.mark.parametrize("name", LATE)
def test_what_commits_after_the_next_approval_is_posted_by_the_run_after_it(name: str) -> None:
    statement, true_ups = LATE[name]
    install(FACTS)
    close("2026-01")
    with elsewhere() as other:
        other.execute(statement)  # written before February is calculated, and not yet committed when it is approved
        assert lines(close("2026-02")) == usual("2026-02")
        other.execute("COMMIT")
    assert lines(close("2026-03")) == true_ups
    assert agrees("2026-03")
    assert lines(close("2026-03")) == []


def test_a_transaction_that_outlives_several_approvals_is_not_lost() -> None:
    install(FACTS)
    close("2026-01")
    with elsewhere() as other:
        other.execute(LATE["an insert"][0])
        for month in ("2026-02", "2026-03"):
            assert lines(close(month)) == usual(month)
        # Another change, by somebody who commits at once, is posted meanwhile.
        Credit.objects.filter(partner__code="b").update(share=50)
        assert "2026-01 b t recurring -31.00 EUR" in lines(close("2026-04"))
        other.execute("COMMIT")
    assert not agrees("2026-04")
    close("2026-05")
    assert agrees("2026-05")


def test_what_is_rolled_back_leaves_nothing_to_post() -> None:
    install(FACTS)
    close("2026-01")
    with elsewhere() as other:
        other.execute(LATE["an insert"][0])
        close("2026-02")
        other.execute("ROLLBACK")
    assert lines(close("2026-03")) == usual("2026-03")
    assert agrees("2026-03")


def test_a_change_inside_a_savepoint_is_a_change_of_its_transaction() -> None:
    install(FACTS)
    close("2026-01")
    with elsewhere() as other:
        other.execute("SAVEPOINT within")
        other.execute(LATE["an update"][0])
        other.execute("RELEASE within")
        close("2026-02")
        other.execute("COMMIT")
    assert lines(close("2026-03")) == LATE["an update"][1]


@pytest.mark.parametrize("name", ["a delete", "a rule"])
def test_what_commits_between_calculation_and_approval_stays_for_the_next_run(name: str) -> None:
    statement, true_ups = LATE[name]
    install(FACTS)
    close("2026-01")
    run = calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert lines(approve_run(run=run, actor=OPERATOR, now=NOW)) == usual("2026-02")
    assert lines(close("2026-03")) == true_ups
    assert agrees("2026-03")


def test_what_commits_while_a_run_is_being_calculated_is_not_in_it_and_not_lost() -> None:
    install(FACTS)
    close("2026-01")
    steps: list[str] = []

    def meanwhile(step: str) -> None:
        if len(steps) == 1:  # the first step comes before anything is read
            with elsewhere() as other:
                other.execute(LATE["an insert"][0])
                other.execute("COMMIT")
        steps.append(step)

    run = calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW, on_step=meanwhile)
    assert steps
    assert lines(approve_run(run=run, actor=OPERATOR, now=NOW)) == usual("2026-02")
    assert lines(close("2026-03")) == LATE["an insert"][1]


def test_a_draft_that_is_calculated_again_takes_up_what_was_learnt_meanwhile() -> None:
    install(FACTS)
    close("2026-01")
    calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW)
    Credit.objects.filter(partner__code="b").update(share=50)
    again = calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW)
    assert verify_run(again) == []
    approve_run(run=again, actor=OPERATOR, now=NOW)
    assert agrees("2026-02")
    assert lines(close("2026-02")) == []


def test_a_rejected_run_has_dealt_with_nothing() -> None:
    install(FACTS)
    close("2026-01")
    Credit.objects.filter(partner__code="b").update(share=50)
    run = calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW)
    assert reject_run(run=run, actor=OPERATOR, now=NOW, reason="Not yet").status == RunStatus.REJECTED
    MrrChange.objects.create(
        subscription=Subscription.objects.get(external_id="s"), effective_on=day("2026-01-17"), mrr=620
    )
    run = calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW)
    assert verify_run(run) == []
    approve_run(run=run, actor=OPERATOR, now=NOW)
    assert agrees("2026-02")


def test_a_draft_of_a_later_month_does_not_use_up_what_an_earlier_one_must_post() -> None:
    install(FACTS)
    close("2026-01")
    Credit.objects.filter(partner__code="b").update(share=50)
    march = calculate_run(period=day("2026-03"), actor=OPERATOR, now=NOW)
    assert "2026-01 b t recurring -31.00 EUR" in lines(close("2026-02"))
    again = calculate_run(period=day("2026-03"), actor=OPERATOR, now=NOW)
    assert again.pk == march.pk
    assert verify_run(again) == []
    approve_run(run=again, actor=OPERATOR, now=NOW)
    assert agrees("2026-03")


def test_a_change_dated_ahead_waits_for_its_month_over_any_number_of_runs() -> None:
    install(FACTS)
    close("2026-01")
    subscription = Subscription.objects.get(external_id="s")
    MrrChange.objects.create(subscription=subscription, effective_on=day("2026-04-16"), mrr=620)
    for month in ("2026-02", "2026-02", "2026-03"):
        close(month)
        assert agrees(month)
    # April: 15 days of 30 at 310.00, 15 at 620.00.
    assert "2026-04 a s recurring 93.00 EUR" in lines(close("2026-04"))
    assert agrees("2026-04")


def test_what_was_learnt_in_a_skipped_month_is_posted_with_it() -> None:
    install(FACTS)
    close("2026-01")
    Credit.objects.filter(partner__code="a").update(valid_until=day("2026-02-15"))
    close("2026-04")
    assert agrees("2026-04")


def test_of_several_changes_the_earliest_month_counts() -> None:
    install(FACTS)
    close("2026-03")
    plan = Plan.objects.get()
    Rule.objects.filter(kind="recurring").update(rate=21)
    Rule.objects.create(plan=plan, kind="upfront", rate=10, valid_from=day("2026-03-01"))
    Credit.objects.filter(partner__code="b").update(share=50)
    MrrChange.objects.create(
        subscription=Subscription.objects.get(external_id="t"), effective_on=day("2026-03-20"), mrr=620
    )
    close("2026-03")
    assert agrees("2026-03")


def test_files_are_tracked_like_single_rows() -> None:
    install(FACTS)
    close("2026-01")
    outcome = load(
        {
            "mrr_changes.csv": "subscription,effective_on,mrr\ns,2026-01-17,620\nt,2026-01-20,0\n",
            "credits.csv": "subscription,partner,role,from,share\ns,a,sourced,,40\ns,b,sourced,,60\n",
            "tiers.csv": "code,name,rank\nnew,New,9\n",
            "tier_assignments.csv": "partner,tier,from\na,new,2026-01-01\n",
            "parent_assignments.csv": "partner,parent,from\nb,top,2026-01-10\n",
            "rules.csv": "plan,kind,tier,rate\nstandard,recurring,,21\nstandard,recurring,new,30\n",
            "collections.csv": "subscription,month,billed,paid\nt,2026-01,100,30\n",
            "plans.csv": "code,basis\nstandard,collected\n",
        }
    )
    assert [str(problem) for problem in outcome.problems] == []
    before = posted()
    close("2026-01")
    assert posted() != before
    assert agrees("2026-01")
    load({"plans.csv": "code,basis\nstandard,contracted\n"})
    close("2026-01")
    assert agrees("2026-01")


@pytest.mark.parametrize(
    "tables",
    [
        # Each empties what still pays something; without levels, or without credits, nothing is left.
        [
            "partners_tierassignment",
            "deals_collection",
            "partners_parentassignment",
            "commissions_planassignment",
            "deals_mrrchange",
        ],
        ["deals_credit"],
    ],
)
def test_emptying_a_table_of_facts_at_once_is_a_change_of_everything(tables: list[str]) -> None:
    facts = program(
        customer("s", collected={"2026-01": ("310", "155")}),
        rules=(
            pays("recurring", "20"),
            pays("recurring", "25", plan="paid"),
            pays("recurring", "30", plan="paid", tier="gold"),
            pays("override", "10"),
        ),
        partners=[partner("a", tiers="gold", parents="top", plans="paid")],
        plans=[plan("paid", basis="collected")],
    )
    install(facts)
    close("2026-01")
    for table in tables:
        before = posted()
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
        close("2026-01")
        assert posted() != before, table
        assert agrees("2026-01"), table
    assert posted() == {}
