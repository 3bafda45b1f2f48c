"""Public holidays of the program: kept by administrators or a folder of files, counted by every clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deals.models import LeadOffer
from deals.queries.rules import business_hours, program_with_rules
from deals.services.leads import add_lead
from deals.services.leads.arriving import NewLead
from deals.services.submission import submit_registration
from prm.models import AuditEvent, Holiday, Program
from tests.cast import assemble
from tests.factories.deals import a_deal, make_family

pytestmark = pytest.mark.django_db

EVE = datetime(2026, 12, 24, 15, 0, tzinfo=UTC)
"""A Thursday, two business hours before it ends; Friday is a holiday."""


@pytest.fixture(autouse=True)
def christmas() -> None:
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    Holiday.objects.create(day=date(2026, 12, 28))


def test_business_hours_leave_holidays_out() -> None:
    hours = Program.current().business_hours
    assert hours.holidays == frozenset({date(2026, 12, 25), date(2026, 12, 28)})
    assert hours.add(EVE, timedelta(hours=2)) == datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert hours.add(EVE, timedelta(hours=3)) == datetime(2026, 12, 29, 10, tzinfo=UTC)
    assert hours.add_days(EVE, 2) == datetime(2026, 12, 30, 15, tzinfo=UTC)
    assert hours.between(EVE, datetime(2026, 12, 29, 10, 30, tzinfo=UTC)) == timedelta(hours=3, minutes=30)
    assert hours.between(datetime(2026, 12, 25, 8, tzinfo=UTC), datetime(2026, 12, 28, 20, tzinfo=UTC)) == timedelta(0)


def test_the_program_is_read_with_its_holidays_in_one_query() -> None:
    for read in (Program.current, lambda: program_with_rules(now=EVE)[0]):
        with CaptureQueriesContext(connection) as captured:
            hours = business_hours(read())
            assert len(hours.holidays) == 2
        assert len(captured) == 1
    assert Program().business_hours.holidays == hours.holidays
    Program.objects.update(timezone="Europe/Warsaw")
    assert Program.current().business_hours.timezone == "Europe/Warsaw"


def test_decisions_and_leads_are_due_across_a_holiday() -> None:
    cast = assemble()
    row = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=EVE)
    assert row.due_at == datetime(2026, 12, 30, 15, tzinfo=UTC)
    new = NewLead(family=make_family("backup"), website="kivi.fi", company="Kivi Oy", country="FI")
    add_lead(new=new, actor=cast.actor("manager"), now=EVE)
    assert LeadOffer.objects.get().due_at == datetime(2026, 12, 29, 15, tzinfo=UTC)


def test_a_folder_of_files_brings_holidays(tmp_path: Path) -> None:
    (tmp_path / "holidays.csv").write_text("day,name\n2026-12-25,Christmas\n2027-01-01,New Year\n")
    call_command("load_csv", str(tmp_path))
    assert list(Holiday.objects.values_list("day", "name")) == [
        (date(2026, 12, 25), "Christmas"),
        (date(2026, 12, 28), ""),
        (date(2027, 1, 1), "New Year"),
    ]


def test_administrators_keep_holidays_and_leave_a_trail() -> None:
    admin = assemble().signed_in("admin")
    page = admin.post("/admin/prm/holiday/add/", {"day": "2027-05-03", "name": "Constitution Day"})
    assert page.status_code == 302, page.content.decode()[:2000]
    assert Holiday.objects.get(day=date(2027, 5, 3)).name == "Constitution Day"
    assert AuditEvent.objects.filter(object_type="prm.holiday").count() == 1
    again = admin.post("/admin/prm/holiday/add/", {"day": "2027-05-03", "name": "x"})
    assert (again.status_code, "This day is a holiday already." in again.content.decode()) == (200, True)
