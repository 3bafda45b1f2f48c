"""``manage.py expire_registrations``."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from deals.tasks import expire_registrations_daily
from tests.factories.deals import NOW, make_registration
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("expire_registrations", *arguments, stdout=out)
    return out.getvalue()


def test_it_ends_what_is_over_by_the_end_of_the_day() -> None:
    registration = make_registration(make_partner(), status="approved", days_left=0.1)
    assert run("--as-of", "2026-11-22") == "0 expired, 0 withdrawn\n"
    assert run("--as-of", NOW.date().isoformat()) == "1 expired, 0 withdrawn\n"
    assert run("--as-of", NOW.date().isoformat()) == "0 expired, 0 withdrawn\n"
    registration.refresh_from_db()
    assert registration.status == "expired"


def test_a_wrong_day_is_said_plainly() -> None:
    with pytest.raises(CommandError, match="not a date like"):
        run("--as-of", "tomorrow")


def test_the_daily_task_may_run_twice() -> None:
    expire_registrations_daily()
    expire_registrations_daily()
