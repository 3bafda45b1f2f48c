"""The month that is calculated by itself: which one, when, and what a person has done stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from commissions.models import Run, RunStatus
from commissions.policy.calendar import month_due
from commissions.queries.due import due_month
from commissions.services.runs import calculate_run, reject_run
from commissions.tasks import calculate_due_month
from prm.actors import OPERATOR
from prm.celery import app
from prm.models import Program
from tests.commissions.test_worked_example import EXAMPLE
from tests.factories.facts import entries_of, install, run_month

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@pytest.mark.parametrize(
    ("today", "day", "month"),
    [
        (date(2026, 11, 1), 2, SEPTEMBER),
        (date(2026, 11, 2), 2, OCTOBER),
        (date(2026, 11, 30), 2, OCTOBER),
        (date(2026, 11, 1), 1, OCTOBER),
        (date(2026, 1, 27), 28, date(2025, 11, 1)),
        (date(2026, 1, 28), 28, date(2025, 12, 1)),
    ],
)
def test_a_month_is_due_from_its_day_of_the_next_one_until_the_next_is(today: date, day: int, month: date) -> None:
    assert month_due(today, day) == month


@pytest.mark.django_db
def test_the_day_is_the_programs_own() -> None:
    install(EXAMPLE)
    Program.objects.update(timezone="Pacific/Kiritimati")  # 14 hours ahead
    assert due_month(datetime(2026, 11, 1, 9, 59, tzinfo=UTC)) == SEPTEMBER
    assert due_month(datetime(2026, 11, 1, 10, 0, tzinfo=UTC)) == OCTOBER


@pytest.mark.django_db
def test_nothing_is_due_without_a_day_without_customers_or_before_the_first_period() -> None:
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert due_month(now) is None
    install(EXAMPLE)
    assert due_month(now) == OCTOBER
    Program.objects.update(first_period=date(2026, 11, 1))
    assert due_month(now) is None
    Program.objects.update(first_period=OCTOBER)
    assert due_month(now) == OCTOBER
    Program.objects.update(calculation_day=0)
    assert due_month(now) is None


@pytest.mark.django_db
def test_what_a_person_has_done_after_the_months_end_stays() -> None:
    install(EXAMPLE)
    due = datetime(2026, 11, 2, 12, tzinfo=UTC)
    calculate_run(period=OCTOBER, actor=OPERATOR, now=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert due_month(due) == OCTOBER  # the month was still going on
    run = calculate_run(period=OCTOBER, actor=OPERATOR, now=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    assert due_month(due) is None
    reject_run(run=run, actor=OPERATOR, now=due, reason="Not like this.")
    assert due_month(due) is None


@pytest.mark.django_db
def test_a_month_at_or_before_the_last_approved_one_is_not_due() -> None:
    install(EXAMPLE)
    run_month(OCTOBER)
    assert due_month(datetime(2026, 11, 2, 12, tzinfo=UTC)) is None
    assert due_month(datetime(2026, 11, 1, 12, tzinfo=UTC)) is None
    assert due_month(datetime(2026, 12, 2, 12, tzinfo=UTC)) == date(2026, 11, 1)


@pytest.mark.django_db
def test_the_task_calculates_the_month_once_however_often_it_runs() -> None:
    install(EXAMPLE)
    period = due_month(timezone.now())
    assert period is not None
    calculate_due_month()
    run = Run.objects.get()
    assert (run.period, run.status, run.calculated_label) == (period, RunStatus.CALCULATED, "monthly calculation")
    assert entries_of(run)[0] == ("2026-01", "a", "S1", "recurring", Decimal("8.52"))
    calculated_at = run.calculated_at
    calculate_due_month()
    assert Run.objects.get().calculated_at == calculated_at


def test_the_scheduler_knows_the_task() -> None:
    app.loader.import_default_modules()
    tasks = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert "commissions.calculate_due_month" in tasks
    assert set(tasks) <= set(app.tasks)


@pytest.mark.django_db
def test_a_day_that_some_months_lack_is_refused() -> None:
    program = Program.current()
    program.calculation_day = 29
    with pytest.raises(ValidationError, match="program_calculation_day_in_every_month"):
        program.validate_constraints()
