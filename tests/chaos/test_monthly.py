"""The month that is due, calculated by a real worker although it is asked three times at once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from commissions.policy.calendar import month_due
from tests.chaos.stage import Stage

pytestmark = pytest.mark.xdist_group("chaos")


def test_a_worker_calculates_the_due_month_once(stage: Stage) -> None:
    stage.reset()
    with stage.worker():
        for _ in range(3):
            stage.send("commissions.calculate_due_month")
        stage.wait_until(lambda: len(stage.outcome().runs) == 3)
        stage.wait_until(stage.is_idle)
    assert [(period, status) for _, period, status in stage.outcome().runs] == [
        (date(2026, 5, 1), "approved"),
        (date(2026, 6, 1), "draft"),
        (month_due(datetime.now(UTC).date(), 2), "calculated"),
    ]
