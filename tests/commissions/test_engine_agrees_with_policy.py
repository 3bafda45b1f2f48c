"""The engine's SQL and the policy's pure functions agree entry for entry, over several runs with late corrections.

``HYPOTHESIS_PROFILE=thorough`` tries hundreds of programs and looks for the smallest that fails.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from commissions.models import ChangedFact, Entry, OpenItem, Run, StandingDifference
from commissions.models import Plan as PlanRow
from commissions.policy import Difference, Facts, Key, entitlements, post, window_opens
from commissions.services.runs import approve_run, calculate_run, verify_run
from prm.actors import OPERATOR
from prm.months import add_months
from tests.commissions.drawn_changes import Month, courses
from tests.commissions.drawn_programs import FIRST, programs
from tests.factories.facts import NOW, install, posted, run_month
from tests.factories.stored import stored

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
FAST = [Phase.explicit, Phase.reuse, Phase.generate]


def tried(examples: int) -> settings:
    """Return how hard to try: ``examples`` every time, thirty times as many when asked to be thorough."""
    return settings(
        max_examples=30 * examples if THOROUGH else examples,
        deadline=None,
        phases=[*FAST, Phase.shrink] if THOROUGH else FAST,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[date, Facts]]:
    """Draw what is known before each of up to three runs: anything may have been corrected in between.

    Currencies stay: they cannot change once something is posted. So does the first period.
    """
    versions = [draw(programs()) for _ in range(draw(st.integers(1, 3)))]
    period, history = FIRST, []
    kept: dict[str, str] = {}
    for facts in versions:
        kept = {**{s.id: s.currency for s in facts.subscriptions}, **kept}
        same = tuple(replace(s, currency=kept[s.id]) for s in facts.subscriptions)
        history.append((period, replace(facts, subscriptions=same, first_period=versions[0].first_period)))
        period = add_months(period, draw(st.integers(0, 2)))
    return history


@pytest.mark.django_db
@tried(15)
@given(histories())
def test_after_every_run_what_is_posted_is_what_the_policy_says(history: list[tuple[date, Facts]]) -> None:
    with transaction.atomic():
        for period, facts in history:
            # A subscription that a later version does not name keeps existing, without MRR: nothing is earned on it.
            install(facts)
            PlanRow.objects.update(true_up_months=120)  # the window is wide open: every correction is posted
            run_month(period)
            assert posted() == entitlements(facts, period)
            assert not OpenItem.objects.exists()
        transaction.set_rollback(True)


def key_of(row: Entry | StandingDifference) -> Key:
    """Return the key of a row."""
    subscription = row.subscription.external_id if row.subscription else ""
    return Key(row.partner.code, subscription, row.kind, row.currency, row.earned_period)


def sums(run: Run) -> dict[Key, Decimal]:
    """Return a run's entries by key."""
    return {key_of(entry): entry.amount for entry in run.entries.select_related("partner", "subscription")}


def waiting() -> dict[Key, Difference]:
    """Return the lasting list of differences before the window, by key."""
    rows = StandingDifference.objects.select_related("partner", "subscription")
    return {key_of(row): Difference(row.entitlement, row.posted) for row in rows}


def deal_with_marks(period: date) -> None:
    """Clear what an approval clears: here everything is one transaction, whose own marks no snapshot sees."""
    ChangedFact.objects.filter(Q(from_month__isnull=True) | Q(from_month__lte=period)).delete()


@pytest.mark.django_db
@tried(25)
@given(programs(), st.sampled_from([0, 1, 3, 120]), courses(runs=4))
def test_each_run_posts_what_the_policy_posts_and_leaves_open_what_it_leaves_open(
    facts: Facts, true_up_months: int, course: tuple[Month, ...]
) -> None:
    with transaction.atomic():
        install(facts)
        PlanRow.objects.update(true_up_months=true_up_months)
        period, last = FIRST, None
        for month in (Month((), 0), *course):
            for change in month.changes:
                note(str(change))
                change.carry_out()
            period = add_months(period, month.later)
            note(f"run of {period:%Y-%m}")
            known = stored()
            opens = window_opens(
                period,
                last_approved=last,
                first_period=known.first_period,
                true_up_months=max(PlanRow.objects.values_list("true_up_months", flat=True)),
            )
            expected = post(known, posted(), period=period, opens=opens)
            run = calculate_run(period=period, actor=OPERATOR, now=NOW)
            assert verify_run(run) == []
            assert sums(run) == expected.entries
            approve_run(run=run, actor=OPERATOR, now=NOW)
            assert waiting() == expected.open_items
            deal_with_marks(period)
            last = period
        transaction.set_rollback(True)
