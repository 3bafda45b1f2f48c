"""Differences outside the correction window: one lasting list, and somebody decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commissions.batch.standing import merge_open_items
from commissions.models import Adjustment, OpenItem, Plan, Run, RunScope, StandingDifference
from commissions.queries.differences import standing_differences
from commissions.services.adjustments import withdraw_adjustment
from commissions.services.standing import accept_difference, settle_difference
from deals.models import MrrChange, Subscription
from prm.actors import OPERATOR
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent
from tests.cast import assemble
from tests.commissions.test_corrections import FEBRUARY, JANUARY, PROGRAM, UPGRADED
from tests.factories.facts import NOW, entries_of, install, run_month

pytestmark = pytest.mark.django_db

MONTHLY = replace(PROGRAM, subscriptions=(UPGRADED,), rules=PROGRAM.rules[:1])
APRIL, MAY, JUNE, JULY = (date(2026, month, 1) for month in (4, 5, 6, 7))


def mrr(level: str) -> None:
    install(replace(MONTHLY, subscriptions=(replace(UPGRADED, changes={date(2026, 1, 1): Decimal(level)}),)))
    Plan.objects.update(true_up_months=2)


def learnt_too_late(level: str = "620") -> Run:
    """Close January to April at 310, then learn another level: January and February lie outside May's window."""
    mrr("310")
    run_month(JANUARY)
    run_month(APRIL)
    mrr(level)
    return run_month(MAY)


def listed(*, undecided_only: bool = True) -> list[tuple[date, Decimal, Decimal, str]]:
    rows = standing_differences(OPERATOR, undecided_only=undecided_only)
    return [(row.earned_period, row.posted, row.amount, row.decision) for row in rows]


def difference(period: date = JANUARY) -> StandingDifference:
    return StandingDifference.objects.get(earned_period=period)


@pytest.mark.django_db(transaction=True)  # marks of one's own transaction are none of the past
def test_a_difference_is_listed_once_with_the_run_that_saw_it_first_and_last() -> None:
    may = learnt_too_late()
    june = run_month(JUNE)
    assert listed() == [
        (JANUARY, Decimal("62.00"), Decimal("62.00"), ""),
        (FEBRUARY, Decimal("62.00"), Decimal("62.00"), ""),
    ]
    row = difference()
    # Nothing of January has changed: June's run did not look at it again, a full one would.
    assert (row.first_seen_run, row.seen_run, june.computed_from) == (may, may, JUNE)


def test_a_difference_that_is_none_any_more_leaves_the_list() -> None:
    learnt_too_late()
    mrr("310")
    run_month(JUNE)
    # March stood at 124.00 since May, and lies outside June's window.
    assert listed() == [(date(2026, 3, 1), Decimal("124.00"), Decimal("-62.00"), "")]


@pytest.mark.django_db(transaction=True)  # marks of one's own transaction are none of the past
def test_only_what_the_run_looked_at_leaves_the_list() -> None:
    learnt_too_late()
    OpenItem.objects.all().delete()
    subscription = Subscription.objects.get()
    MrrChange.objects.create(subscription=subscription, effective_on=APRIL, mrr=Decimal(600))
    june = run_month(JUNE)
    assert list(RunScope.objects.filter(run=june).values_list("subscription", "from_month")) == [
        (subscription.pk, APRIL)
    ]
    assert len(listed()) == 2
    MrrChange.objects.filter(subscription=subscription).update(mrr=Decimal(310))
    run_month(JULY)
    assert [row[0] for row in listed()] == [date(2026, 3, 1), APRIL]


def test_settling_pays_the_difference_once_with_the_next_run() -> None:
    learnt_too_late()
    adjustment = settle_difference(
        difference_id=difference().pk, expected=Decimal(62), reason="Agreed", actor=OPERATOR, now=NOW
    )
    assert (adjustment.amount, adjustment.settles, adjustment.kind, adjustment.earned_period) == (
        Decimal("62.00"),
        True,
        "recurring",
        JANUARY,
    )
    assert listed() == [(FEBRUARY, Decimal("62.00"), Decimal("62.00"), "")]
    with pytest.raises(StaleError):
        settle_difference(difference_id=difference().pk, expected=Decimal(62), reason="x", actor=OPERATOR, now=NOW)
    june = run_month(JUNE)
    assert list(june.adjustments.all()) == [adjustment]
    assert list(june.open_items.values_list("earned_period", flat=True)) == [FEBRUARY]
    assert [period for period, *_rest in entries_of(june)] == ["2026-06"]
    row = difference()
    assert (row.decision, row.adjustment, row.reason) == ("settled", adjustment, "Agreed")
    assert AuditEvent.objects.get(action="difference.settled").data == {"earned": "124.0000", "posted": "62.0000"}


def test_a_difference_that_changes_after_it_was_settled_waits_again_with_what_is_left() -> None:
    learnt_too_late()
    settle_difference(difference_id=difference().pk, expected=Decimal(62), reason="x", actor=OPERATOR, now=NOW)
    run_month(JUNE)
    mrr("310")
    run_month(JULY)
    assert listed()[0] == (JANUARY, Decimal("124.00"), Decimal("-62.00"), "")


def test_an_adjustment_that_waits_is_not_settled_a_second_time() -> None:
    may = learnt_too_late()
    settle_difference(difference_id=difference().pk, expected=Decimal(62), reason="x", actor=OPERATOR, now=NOW)
    # The same run seen with other figures reopens the row while the adjustment still waits.
    OpenItem.objects.filter(earned_period=JANUARY).update(entitlement=Decimal(130))
    merge_open_items(may.pk)
    assert listed()[0] == (JANUARY, Decimal("62.00"), Decimal("6.00"), "")
    with pytest.raises(StaleError):
        settle_difference(difference_id=difference().pk, expected=Decimal(68), reason="x", actor=OPERATOR, now=NOW)
    again = settle_difference(difference_id=difference().pk, expected=Decimal(6), reason="x", actor=OPERATOR, now=NOW)
    assert again.amount == Decimal(6)


def test_withdrawing_the_adjustment_lets_the_difference_wait_again() -> None:
    learnt_too_late()
    adjustment = settle_difference(
        difference_id=difference().pk, expected=Decimal(62), reason="x", actor=OPERATOR, now=NOW
    )
    withdraw_adjustment(adjustment_id=adjustment.pk, actor=OPERATOR, now=NOW)
    assert listed()[0] == (JANUARY, Decimal("62.00"), Decimal("62.00"), "")


def test_what_is_accepted_stays_so_until_its_figures_change() -> None:
    learnt_too_late()
    accept_difference(difference_id=difference().pk, expected=Decimal(62), reason="Waived", actor=OPERATOR, now=NOW)
    run_month(JUNE)
    assert [row[0] for row in listed()] == [FEBRUARY]
    assert difference().decided_label == "operator"
    assert not Adjustment.objects.exists()
    mrr("465")
    run_month(JULY)
    assert listed()[0] == (JANUARY, Decimal("62.00"), Decimal("31.00"), "")
    assert difference().reason == ""


def test_a_decision_needs_a_reason_a_role_and_the_figures_as_they_are() -> None:
    learnt_too_late()
    pk = difference().pk
    cast = assemble()
    for decide in (settle_difference, accept_difference):
        with pytest.raises(DomainError) as refusal:
            decide(difference_id=pk, expected=Decimal(62), reason=" ", actor=OPERATOR, now=NOW)
        assert refusal.value.code == "reason_required"
        with pytest.raises(StaleError):
            decide(difference_id=pk, expected=Decimal(61), reason="x", actor=OPERATOR, now=NOW)
        with pytest.raises(NotAllowedError):
            decide(difference_id=pk, expected=Decimal(62), reason="x", actor=cast.actor("viewer"), now=NOW)
    assert len(listed()) == 2


def test_partners_never_see_the_list() -> None:
    learnt_too_late()
    cast = assemble()
    assert standing_differences(cast.actor("viewer")).count() == 2
    assert standing_differences(cast.actor("owner")).count() == 0
