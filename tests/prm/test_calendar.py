"""Business hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from prm.calendar import BusinessHours

HOURS = BusinessHours()
FRIDAY_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (datetime(2026, 11, 23, 10, 42, tzinfo=UTC), 2, datetime(2026, 11, 25, 10, 42, tzinfo=UTC)),
        (FRIDAY_NOON, 2, datetime(2026, 11, 24, 12, tzinfo=UTC)),
        (datetime(2026, 11, 22, 3, tzinfo=UTC), 1, datetime(2026, 11, 23, 17, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), 1, datetime(2026, 11, 23, 17, tzinfo=UTC)),
        (datetime(2026, 11, 23, 17, tzinfo=UTC), 1, datetime(2026, 11, 24, 17, tzinfo=UTC)),
        (FRIDAY_NOON, 0, FRIDAY_NOON),
    ],
)
def test_business_days_skip_nights_and_weekends(start: datetime, days: int, due: datetime) -> None:
    assert HOURS.add_days(start, days) == due


def test_holidays_and_time_zones_count() -> None:
    hours = BusinessHours(timezone="Europe/Warsaw", holidays=frozenset({date(2026, 11, 23)}))
    assert hours.add_days(FRIDAY_NOON, 1) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert hours.add(datetime(2026, 11, 24, 3, tzinfo=UTC), timedelta(hours=1)) == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_time_between_is_what_was_added() -> None:
    assert HOURS.between(FRIDAY_NOON, HOURS.add_days(FRIDAY_NOON, 2)) == timedelta(hours=16)
    assert HOURS.between(FRIDAY_NOON, FRIDAY_NOON + timedelta(days=2)) == timedelta(hours=5)
    assert HOURS.between(FRIDAY_NOON, FRIDAY_NOON) == timedelta(0)
    assert HOURS.between(FRIDAY_NOON, FRIDAY_NOON - timedelta(days=1)) == timedelta(0)
