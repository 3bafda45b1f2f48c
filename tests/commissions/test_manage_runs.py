"""Runs on the console: calculate, review, approve, reject; every button pressed twice."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache

from commissions.models import Run, RunStatus, RunWarning, Statement
from commissions.queries.export import COLUMNS, export_rows
from commissions.services.progress import progress_of
from commissions.services.runs import calculate_run
from commissions.tasks import calculate
from deals.models import MrrChange
from partners.models import Partner, PartnerStatus
from prm.models import Program
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import (
    FEBRUARY,
    JANUARY,
    NOW,
    counted,
    install,
    run_months,
)
from tests.factories.commissions import make_subscription
from tests.factories.partners import make_partner, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


@pytest.fixture
def waiting(cast: Cast) -> Run:
    """Return February, calculated by the channel manager; January is approved."""
    install(cast)
    run_months(JANUARY)
    return calculate_run(period=FEBRUARY, actor=cast.actor("manager"), now=NOW)


def test_a_manager_has_a_month_calculated_and_sees_it_when_it_is_done(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    client = cast.signed_in("manager")
    assert "Calculate run" in client.get("/manage/runs/").content.decode()

    answer = client.post("/manage/runs/calculate/", {"period": "2026-02"})

    assert (answer.status_code, answer["Location"]) == (302, "/manage/runs/2/")
    page = client.get("/manage/runs/2/").content.decode()
    assert "Calculating" in page
    assert 'hx-trigger="every 2s"' in page
    assert client.get("/manage/runs/2/progress/").status_code == 200

    calculate(number=2, period="2026-02-01", user_id=cast.manager.pk)

    done = client.get("/manage/runs/2/progress/")
    assert done["HX-Redirect"] == "/manage/runs/2/"
    page = client.get("/manage/runs/2/").content.decode()
    assert "by Anna Kowal" in page
    assert "€20.00" in page  # 12.00 and 8.00
    assert "Finance decides about this run." in page
    assert "Approve February" not in page
    assert Run.objects.get(number=2).status == RunStatus.CALCULATED
    assert progress_of(2) is None


def test_a_refused_calculation_says_why_and_can_be_asked_for_again(cast: Cast) -> None:
    install(cast)
    client = cast.signed_in("manager")
    client.post("/manage/runs/calculate/", {"period": "2026-01"})
    calculate(number=1, period="2026-01-01", user_id=cast.viewer.pk)
    page = client.get("/manage/runs/1/").content.decode()
    assert "You are not allowed to do this." in page
    assert "Calculate again" in page
    assert "every 2s" not in page
    calculate(number=1, period="2026-01-01", user_id=cast.manager.pk)
    assert "Waits for approval" in client.get("/manage/runs/1/").content.decode()


def test_a_task_for_a_decided_or_unknown_run_does_nothing(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    calculate(number=1, period="2026-01-01", user_id=cast.manager.pk)
    calculate(number=99, period="2026-01-01", user_id=cast.manager.pk)
    assert list(Run.objects.values_list("number", "status")) == [(1, "approved")]


@pytest.mark.parametrize("period", ["2025-12", "soon", "", "0001-01", "9999-12", "²026-01"])
def test_a_month_that_cannot_be_calculated_is_refused_in_words(cast: Cast, period: str) -> None:
    install(cast)
    run_months(JANUARY)
    answer = cast.signed_in("manager").post("/manage/runs/calculate/", {"period": period}, follow=True)
    words = "is before the last approved month" if period == "2025-12" else "Choose a month."
    assert words in answer.content.decode()
    assert Run.objects.count() == 1


def test_the_page_says_what_approval_does_before_the_click(cast: Cast, waiting: Run) -> None:
    page = cast.signed_in("finance_person").get("/manage/runs/2/").content.decode()
    assert "You may approve this run." in page
    assert "Approval posts 2 entries and issues 2 statements. It cannot be undone" in page
    assert f'name="digest" value="{waiting.digest}"' in page
    assert "Calculate again" not in page
    assert "From January" in " ".join(page.split())
    assert "−€94.20" in page  # 20.00 against 114.20


def test_who_may_not_approve_a_run_anyway_may_calculate_it_again(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("finance_person")
    Run.objects.filter(pk=waiting.pk).update(calculated_by=cast.finance_person)
    page = client.get("/manage/runs/2/").content.decode()
    assert "You calculated this run. A second person must approve it." in page
    assert "Calculate again" in page
    Program.objects.update(four_eyes=False)
    page = client.get("/manage/runs/2/").content.decode()
    assert "Approve February" in page
    assert "Calculate again" in page


def test_the_list_offers_to_calculate_as_the_waiting_run_does(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("finance_person")
    assert "Calculate run" not in client.get("/manage/runs/").content.decode()
    Run.objects.filter(pk=waiting.pk).update(calculated_by=cast.finance_person)
    assert "Calculate run" in client.get("/manage/runs/").content.decode()
    Run.objects.filter(pk=waiting.pk).update(calculated_by=cast.manager)
    Program.objects.update(four_eyes=False)
    assert "Calculate run" in client.get("/manage/runs/").content.decode()


def test_finance_approves_once_however_often_the_button_is_pressed(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("finance_person")
    for _press in range(2):
        answer = client.post("/manage/runs/2/approve/", {"digest": waiting.digest})
        assert (answer.status_code, answer["Location"]) == (302, "/manage/runs/2/")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.decided_label) == (RunStatus.APPROVED, "Fiona Marsh")
    assert Statement.objects.filter(run=waiting).count() == 2
    assert "Approved on" in client.get("/manage/runs/2/").content.decode()


def test_a_stale_page_approves_nothing(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("finance_person")
    answer = client.post("/manage/runs/2/approve/", {"digest": "0" * 64})
    assert answer.status_code == 409
    assert "The entries are not the ones that you reviewed." in answer.content.decode()
    waiting.refresh_from_db()
    assert waiting.status == RunStatus.CALCULATED


def test_the_second_of_two_approvers_reads_who_was_first(cast: Cast, waiting: Run) -> None:
    other = make_user("other@vendor.example", name="Otto Lind", roles=("finance",))
    cast.signed_in("finance_person").post("/manage/runs/2/approve/", {"digest": waiting.digest})
    client = cast.signed_in("finance_person")
    client.force_login(other)
    answer = client.post("/manage/runs/2/approve/", {"digest": waiting.digest})
    assert answer.status_code == 409
    assert "Fiona Marsh approved it on" in answer.content.decode()


def test_who_calculated_a_run_does_not_approve_it(cast: Cast, waiting: Run) -> None:
    cast.manager.roles = ["channel_manager", "finance"]
    cast.manager.save()
    client = cast.signed_in("manager")
    page = client.get("/manage/runs/2/").content.decode()
    assert "You may not approve this run." in page
    assert "You calculated this run. A second person must approve it." in page
    assert "/approve/" not in page
    answer = client.post("/manage/runs/2/approve/", {"digest": waiting.digest})
    assert answer.status_code == 422
    Program.objects.update(four_eyes=False)
    calculate_run(period=FEBRUARY, actor=cast.actor("manager"), now=NOW)
    assert "Four eyes are switched off." in client.get("/manage/runs/2/").content.decode()


def test_a_rejection_needs_its_reason(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("finance_person")
    assert client.get("/manage/runs/2/reject/").status_code == 200
    assert client.post("/manage/runs/2/reject/", {"reason": " "}).status_code == 422
    assert client.post("/manage/runs/2/reject/", {"reason": "A split is wrong"}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.status, waiting.decision_reason) == (RunStatus.REJECTED, "A split is wrong")
    assert client.post("/manage/runs/2/reject/", {"reason": "again"}).status_code == 409
    assert "A split is wrong" in client.get("/manage/runs/2/").content.decode()


@pytest.mark.parametrize(
    ("name", "calculates", "decides"),
    [("viewer", 403, 403), ("manager", 302, 403), ("admin", 403, 403), ("owner", 403, 403), ("rival_owner", 403, 403)],
)
def test_roles_decide_who_may_press(cast: Cast, waiting: Run, name: str, calculates: int, decides: int) -> None:
    client = cast.signed_in(name)
    assert client.post("/manage/runs/calculate/", {"period": "2026-02"}).status_code == calculates
    assert client.post("/manage/runs/2/approve/", {"digest": waiting.digest}).status_code == decides
    assert client.post("/manage/runs/2/reject/", {"reason": "no"}).status_code == decides
    waiting.refresh_from_db()
    assert waiting.status == RunStatus.CALCULATED


@pytest.mark.parametrize("path", ["", "2/", "2/progress/", "2/changes/", "2/entries/", "2/csv/", "2/reject/"])
def test_partners_see_no_run(cast: Cast, waiting: Run, path: str) -> None:
    answer = cast.signed_in("owner").get(f"/manage/runs/{path}")
    assert answer.status_code == 403
    assert "€" not in answer.content.decode()


def test_a_viewer_reads(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("viewer")
    assert "February 2026 waits for approval." in client.get("/manage/runs/").content.decode()
    for path in ("2/", "2/changes/", "2/entries/", "2/csv/"):
        assert client.get(f"/manage/runs/{path}").status_code == 200
    assert "Calculate" not in client.get("/manage/runs/2/").content.decode().replace("Calculated", "")
    assert client.get("/manage/runs/9/").status_code == 404


def test_no_decision_is_a_get(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("finance_person")
    assert client.get("/manage/runs/2/approve/").status_code == 405
    assert client.get("/manage/runs/calculate/").status_code == 405


def test_warnings_are_read_in_words(cast: Cast, waiting: Run) -> None:
    subscription = make_subscription(customer="Orrin Dental")
    Partner.objects.filter(pk=cast.rival.pk).update(status=PartnerStatus.SUSPENDED)
    RunWarning.objects.create(run=waiting, code="partner_not_active", partner=cast.rival, data={"status": "suspended"})
    RunWarning.objects.create(
        run=waiting, code="share_below_100", subscription=subscription, data={"count": 3, "share": "60"}
    )
    RunWarning.objects.create(run=waiting, code="from_the_future")
    page = " ".join(cast.signed_in("finance_person").get("/manage/runs/2/").content.decode().split())
    assert "Not active: money accrues, nothing is paid" in page
    assert "€8.00" in page
    assert "on hold" in page
    assert "Customers credited below 100 %" in page
    assert "Orrin Dental" in page
    assert "Look at this before approving" in page


def test_entries_are_filtered_and_taken_away(cast: Cast, waiting: Run) -> None:
    client = cast.signed_in("viewer")
    everything = client.get("/manage/runs/2/entries/").content.decode()
    assert "20 % × 60 % × 100.00 = 12.00 EUR" in everything
    assert "1–2 of 2" in everything
    one = client.get("/manage/runs/2/entries/?partner=contoso&kind=recurring&currency=EUR&true_up=no").content.decode()
    assert "1–1 of 1" in one
    assert "20 % × 60 %" not in one
    assert "No entry matches" in client.get("/manage/runs/2/entries/?true_up=yes").content.decode()
    answer = client.get("/manage/runs/2/csv/")
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert lines == [list(COLUMNS), *map(list, export_rows(run_number=2))]
    assert [Decimal(line[7]) for line in lines[1:]] == [Decimal(8), Decimal(12)]


def test_queries_stay_the_same_at_two_sizes(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    client = cast.signed_in("finance_person")
    pages = ("", "2/", "2/entries/", "2/changes/")

    def count() -> list[int]:
        calculate_run(period=FEBRUARY, actor=cast.actor("manager"), now=NOW)
        return [counted(client, f"/manage/runs/{page}") for page in pages]

    few = count()
    for number in range(20):
        partner = make_partner(f"more-{number}")
        subscription = make_subscription(partner, share="50", started_on=date(2026, 1, 20))
        MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 2, 10), mrr=150 + number)
    many = count()
    assert many == few
    assert max(many) <= 12


def test_the_file_of_a_page_runs_nothing_in_a_spreadsheet(cast: Cast, waiting: Run) -> None:
    Partner.objects.filter(pk=cast.partner.pk).update(code="=1+1")
    exact = list(export_rows(run_number=waiting.number))
    assert "=1+1" in {row[3] for row in exact}
    answer = cast.signed_in("viewer").get(f"/manage/runs/{waiting.number}/csv/")
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert {line[3] for line in lines[1:]} >= {"'=1+1"}
    assert [line[7] for line in lines[1:]] == [row[7] for row in exact]
