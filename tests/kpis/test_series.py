"""A figure of every month of a year is what the figure alone says of each, and takes as many queries as of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from deals.models import RollupDay
from prm.actors import OPERATOR
from prm.metrics import Scope, all_metrics, evaluate, months_up_to, series_of, together
from tests.factories.partners import assign_tier
from tests.kpis.world import ANNA, AS_OF

if TYPE_CHECKING:
    from tests.kpis.whole import Whole

pytestmark = pytest.mark.django_db

DAYS = months_up_to(AS_OF)
MOST = 9
"""Rates, rules, kinds, the zone, the partners of a filter, and the facts."""

TABLE_LOCKS = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'"


@pytest.mark.parametrize("asked", ["everybody", "tier", "manager", "type", "cohort", "partner", "distributor"])
def test_a_year_is_what_each_of_its_months_is_alone(whole: Whole, asked: str) -> None:
    scope = {
        "everybody": Scope(AS_OF),
        "tier": Scope(AS_OF, tier="gold"),
        "manager": Scope(AS_OF, manager=ANNA),
        "type": Scope(AS_OF, type="reseller", country="FI"),
        "cohort": Scope(AS_OF, cohort="2025"),
        "partner": Scope(AS_OF, partner_id=whole.numbered.partners[1].pk),
        "distributor": Scope(AS_OF, partner_id=whole.lettered.pk("l")),
    }[asked]
    years, taken = {}, {}
    for metric in all_metrics():
        with CaptureQueriesContext(connection) as captured:
            years[metric.code] = series_of(metric.code, scope, DAYS, OPERATOR)
        taken[metric.code] = len(captured)
    with together():
        alone = {code: [evaluate(code, replace(scope, as_of=day), OPERATOR) for day in DAYS] for code in years}
    for code, values in years.items():
        assert [str(value) for value in values] == [str(value) for value in alone[code]], code
    assert max(taken.values()) <= MOST, taken


def test_a_year_of_a_tier_is_of_those_who_held_it_in_each_month(whole: Whole) -> None:
    """p03, active from October, and a were gold from the beginning; p01 became it in January, b does in March."""
    asked = Scope(AS_OF, tier="gold")
    active = [value.denominator for value in series_of("activity_rate", asked, DAYS, OPERATOR)]
    assert active == [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3]
    with transaction.atomic():
        assign_tier(whole.lettered.partners["b"], whole.numbered.gold, valid_from=date(2026, 3, 1))
        mrr = [value.value for value in series_of("channel_mrr", asked, DAYS, OPERATOR)]
        transaction.set_rollback(True)
    assert mrr == [100] * 8 + [220, 220, 270, 270]


def test_a_year_that_is_not_rolled_up_is_computed_at_once_and_holds_no_more_than_a_day(whole: Whole) -> None:
    scope = Scope(AS_OF, tier="gold")
    kept = [str(value) for value in series_of("channel_mrr", scope, DAYS, OPERATOR)]
    with transaction.atomic(), connection.cursor() as cursor:
        RollupDay.objects.all().delete()
        cursor.execute(TABLE_LOCKS)
        before = cursor.fetchone()[0]
        evaluate("channel_mrr", scope, OPERATOR)
        cursor.execute(TABLE_LOCKS)
        of_a_day = cursor.fetchone()[0] - before
        with CaptureQueriesContext(connection) as captured:
            computed = [str(value) for value in series_of("channel_mrr", scope, DAYS, OPERATOR)]
        cursor.execute(TABLE_LOCKS)
        of_a_year = cursor.fetchone()[0] - before - of_a_day
        transaction.set_rollback(True)
    assert computed == kept
    assert len(captured) == 3  # the partners, what is rolled up, and what is computed
    assert 0 < of_a_year < 2 * of_a_day
