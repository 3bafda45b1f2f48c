"""Review on the console: progress while it lasts, partners on hold, two runs compared, months simulated, files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions.kinds import Kind
from commissions.models import Calculation, ParkedPartner, Rule, Run, RunChunk, RunChunkDone
from commissions.queries.comparison import compare, differing_entries
from commissions.services.runs import ask_for_run, calculate_run, note_failure, reject_run
from commissions.services.runs.chunks import plan_chunks, store_chunks
from commissions.services.runs.holder import COMPUTING_LOCK
from deals.models import MrrChange, Product
from prm.actors import OPERATOR
from tests.cast import Cast, assemble
from tests.commissions.test_parked import MANY, TOO_LARGE, overflow
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, NOW, counted, install, run_months
from tests.factories.commissions import make_product, make_subscription
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db
MOST_QUERIES = 14
"""Twelve of the page's own, and the two of the session."""


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


def body(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


def begun(cast: Cast) -> Run:
    """Ask for January and compute the first of its two ranges."""
    install(cast)
    run = ask_for_run(period=JANUARY, actor=cast.actor("manager"), now=timezone.now())
    store_chunks(run, plan_chunks())
    RunChunkDone.objects.create(chunk=RunChunk.objects.get(run=run, number=0), entries=0, done_at=timezone.now())
    return run


def test_the_page_shows_ranges_done_and_who_asked(cast: Cast) -> None:
    begun(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COMPUTING_LOCK])
    page = body(cast.signed_in("finance_person").get("/manage/runs/1/"))
    assert '<progress value="1" max="2" aria-label="1 of 2 ranges are computed.">' in page
    assert "Asked for by Anna Kowal on" in page
    assert "interrupted" not in page
    assert 'hx-trigger="every 2s"' in page


def test_an_interrupted_calculation_says_so_and_one_that_nobody_took_too(cast: Cast) -> None:
    run = begun(cast)
    Calculation.objects.update(asked_at=datetime(2026, 6, 3, tzinfo=UTC))
    client = cast.signed_in("finance_person")
    assert "The calculation was interrupted. A worker takes it up again" in body(client.get("/manage/runs/1/"))
    RunChunk.objects.filter(run=run).delete()
    assert "No worker has taken the calculation yet." in body(client.get("/manage/runs/1/"))


def test_a_refusal_is_read_from_the_database_when_the_cache_has_forgotten_it(cast: Cast) -> None:
    run = begun(cast)
    note_failure(run=run, sentence="The disk is full.")
    page = body(cast.signed_in("finance_person").get("/manage/runs/1/"))
    assert "The disk is full." in page
    assert "every 2s" not in page


def test_the_page_names_partners_on_hold_and_why(cast: Cast) -> None:
    overflow(cast)
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    client = cast.signed_in("finance_person")
    page = body(client.get("/manage/runs/1/"))
    assert "Partners on hold" in page
    assert "An amount is larger than can be computed." in page
    assert f'href="/manage/partners/{cast.rival.code}/"' in page
    assert client.get("/manage/runs/1/files/parked/").content.decode() == (
        "partner,name,subscription,reason\n"
        f"{cast.rival.code},{cast.rival.name},,An amount is larger than can be computed.\n"
    )


def test_with_partners_on_hold_the_page_asks_as_often_however_many_there_are(cast: Cast) -> None:
    overflow(cast)
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    client = cast.signed_in("finance_person")
    few = counted(client, "/manage/runs/1/")
    for number in range(2):
        other = make_partner(f"more-{number}")
        for _number in range(MANY):
            make_subscription(other, mrr=TOO_LARGE)
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert ParkedPartner.objects.values("partner").distinct().count() == 3
    assert counted(client, "/manage/runs/1/") == few
    assert few <= 12


def test_the_page_leads_to_the_month_s_revenue_without_commission(cast: Cast) -> None:
    install(cast)
    make_subscription(cast.partner, product=make_product("other"))
    Rule.objects.update(product=Product.objects.exclude(code="other").get())
    run_months(JANUARY)
    client = cast.signed_in("finance_person")
    link = '<a href="/manage/leakage/?month=2026-01"><bdi class="num" dir="ltr">1</bdi> customer with revenue and no'
    assert link in body(client.get("/manage/runs/1/"))
    assert client.get("/manage/leakage/?month=2026-01").context["page"].paginator.count == 1


def rejected_and_successor(cast: Cast) -> tuple[Run, Run]:
    """January, rejected, and again after Northwind's customer pays more."""
    subscription = install(cast)
    first = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    reject_run(run=first, actor=cast.actor("finance_person"), now=NOW, reason="wrong MRR")
    MrrChange.objects.filter(subscription=subscription).update(mrr=200)
    return first, calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)


def test_a_rejected_run_and_its_successor_differ_by_key(cast: Cast) -> None:
    first, second = rejected_and_successor(cast)
    found = compare(first, second)
    assert [(pair.currency, pair.kind, pair.one, pair.other) for pair in found.kinds] == [
        ("EUR", "recurring", Decimal("14.20"), Decimal("28.38")),
        ("EUR", "upfront", Decimal(100), Decimal(200)),
    ]
    assert [(pair.partner_code, pair.difference) for pair in found.partners] == [
        (cast.partner.code, Decimal("68.51")),
        (cast.rival.code, Decimal("45.67")),
    ]
    lines, count = differing_entries(first, second, most=3)
    assert count == 4
    assert [(line.partner_code, line.kind, line.month, line.difference) for line in lines] == [
        (cast.partner.code, "upfront", None, Decimal(60)),
        (cast.rival.code, "upfront", None, Decimal(40)),
        (cast.partner.code, "recurring", None, Decimal("8.51")),
    ]


def test_two_months_stand_beside_each_other_own_month_by_own_month(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY, FEBRUARY)
    one, other = Run.objects.order_by("number")
    lines, count = differing_entries(one, other)
    assert (count, [(line.kind, line.month, line.difference) for line in lines]) == (
        4,
        [
            ("upfront", None, Decimal(-60)),
            ("upfront", None, Decimal(-40)),
            ("recurring", None, Decimal("3.48")),
            ("recurring", None, Decimal("2.32")),
        ],
    )


def test_the_comparison_has_a_page_and_a_file(cast: Cast) -> None:
    rejected_and_successor(cast)
    client = cast.signed_in("finance_person")
    with CaptureQueriesContext(connection) as seen:
        page = body(client.get("/manage/runs/2/compare/"))
    assert len(seen) <= MOST_QUERIES
    assert "+€114.18" in page
    assert "4 of 4; the CSV has all" in page
    answer = client.get("/manage/runs/2/compare/csv/?with=1")
    file = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert file[0] == "partner,subscription,kind,currency,earned_period,amount_one,amount_other,difference"
    assert file[1].endswith(",upfront,EUR,,60.00,120.00,60.00")
    assert len(file) == 5
    assert client.get("/manage/runs/2/compare/?with=99").status_code == 404
    assert "There is nothing to compare with yet." not in page


def test_a_month_is_simulated_from_the_address_and_taken_away_as_a_file(cast: Cast) -> None:
    install(cast)
    rule = Rule.objects.get(kind=Kind.RECURRING)
    client = cast.signed_in("finance_person")
    with CaptureQueriesContext(connection) as seen:
        page = body(client.get(f"/manage/simulation/?ask=1&month=2026-02&value-{rule.pk}=30"))
    assert "+€10.00" in page
    statements = [row["sql"] for row in seen if not row["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
    assert not [sql for sql in statements if "INSERT INTO commissions_entry" in sql]
    file = client.get(f"/manage/simulation/csv/?month=2026-02&value-{rule.pk}=30").content.decode().splitlines()
    assert file == [
        "partner,name,kind,currency,before,after,difference",
        ",,recurring,EUR,20.00,30.00,10.00",
        f"{cast.partner.code},{cast.partner.name},,EUR,12.00,18.00,6.00",
        f"{cast.rival.code},{cast.rival.name},,EUR,8.00,12.00,4.00",
    ]
    without = body(client.get(f"/manage/simulation/?ask=1&month=2026-02&end-{rule.pk}=on"))
    assert "−€20.00" in without
    refused = client.get(f"/manage/simulation/?ask=1&month=2026-02&value-{rule.pk}=much")
    assert refused.status_code == 422
    assert client.get(f"/manage/simulation/csv/?month=2026-02&value-{rule.pk}=10001").status_code == 404
    assert cast.signed_in("manager").get("/manage/simulation/").status_code == 403


def test_the_preview_of_a_rule_says_what_the_last_month_would_have_cost(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    rule = Rule.objects.get(kind=Kind.UPFRONT)
    values = {"kind": "upfront", "rate": "50", "age_from": "1", "reason": "less", "preview": "1"}
    page = body(cast.signed_in("finance_person").post(f"/manage/plans/standard/rules/{rule.pk}/correct/", values))
    assert "What January 2026 would have cost" in page
    assert '€114.20</bdi> → <bdi class="num" dir="ltr">€64.20</bdi>' in page
    assert "−€50.00" in page


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        ("totals", ["currency,kind,amount,entries", "EUR,recurring,20.00,2"]),
        ("warnings", ["code,partner,subscription,text,count"]),
        ("parked", ["partner,name,subscription,reason"]),
        ("differences", ["partner,subscription,kind,currency,earned_period,entitlement,posted,amount"]),
    ],
)
def test_parts_of_a_run_are_files(cast: Cast, part: str, lines: list[str]) -> None:
    install(cast)
    run_months(JANUARY)
    calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    client = cast.signed_in("finance_person")
    assert client.get(f"/manage/runs/2/files/{part}/").content.decode().splitlines() == lines
    assert f"/manage/runs/2/files/{part}/" in client.get("/manage/runs/2/").content.decode()
    assert client.get("/manage/runs/2/files/else/").status_code == 404


def test_changes_are_a_file_with_a_line_for_each_cause(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY, FEBRUARY)
    file = cast.signed_in("finance_person").get("/manage/runs/2/files/changes/").content.decode().splitlines()
    assert file == [
        "partner,currency,before,posted,change,cause,cause_amount",
        f"{cast.partner.name},EUR,68.52,12.00,-56.52,Last month’s one-offs,-60.00",
        f"{cast.partner.name},EUR,68.52,12.00,-56.52,First full month,3.48",
        f"{cast.rival.name},EUR,45.68,8.00,-37.68,Last month’s one-offs,-40.00",
        f"{cast.rival.name},EUR,45.68,8.00,-37.68,First full month,2.32",
    ]
