"""A statement agrees with its entries: page, parts, file."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.test import RequestFactory

from commissions.models import Entry, Statement
from commissions.queries.statements import latest_balances, parts_of
from prm import panels
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import APRIL, JANUARY, counted, install, run_months, story
from tests.factories.commissions import make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def test_every_statement_is_the_sum_of_its_entries(cast: Cast) -> None:
    story(cast)
    statements = list(Statement.objects.filter(partner=cast.partner).order_by("run__number"))
    assert [(one.opening, one.earned, one.true_up, one.closing) for one in statements] == [
        (Decimal(0), Decimal("68.5200"), Decimal(0), Decimal("68.5200")),
        (Decimal("68.5200"), Decimal("12.0000"), Decimal(0), Decimal("80.5200")),
        (Decimal("80.5200"), Decimal("15.7200"), Decimal(0), Decimal("96.2400")),
        (Decimal("96.2400"), Decimal(0), Decimal("-60.0000"), Decimal("36.2400")),
    ]
    for statement in statements:
        entries = Entry.objects.filter(run=statement.run, partner=cast.partner, currency=statement.currency)
        assert entries.aggregate(total=Sum("amount"))["total"] == statement.earned + statement.true_up
        parts = parts_of([statement])
        assert sum((amount for _kind, amount in parts.earned), Decimal(0)) == statement.earned
        assert sum((amount for _kind, amount in parts.true_ups), Decimal(0)) == statement.true_up
    assert [one.closing for one in latest_balances(cast.actor("owner"))] == [Decimal("36.2400")]


def test_page_and_file_show_the_same_lines(cast: Cast) -> None:
    story(cast)
    statement = Statement.objects.get(partner=cast.partner, run__period=JANUARY)
    client = cast.signed_in("finance")
    page = client.get(f"/portal/statements/{statement.number}/").content.decode()
    answer = client.get(f"/portal/statements/{statement.number}/csv/")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert sum(Decimal(row["amount"]) for row in rows) == statement.earned == Decimal("68.52")
    assert [(row["line"], row["kind"], row["amount"], row["balance"]) for row in rows] == [
        ("opening", "", "0.00", "0.00"),
        ("earned", "recurring", "8.52", "8.52"),
        ("earned", "upfront", "60.00", "68.52"),
    ]
    assert "€68.52" in page
    assert "20 % × 60 % × 100.00 × 22/31 = 8.52 EUR" in page
    assert answer["Content-Disposition"] == f'attachment; filename="{statement.number}.csv"'


def test_the_list_has_them_newest_first(cast: Cast) -> None:
    story(cast)
    page = cast.signed_in("owner").get("/portal/statements/").content.decode()
    numbers = [one.number for one in Statement.objects.filter(partner=cast.partner).order_by("-run__number")]
    assert sorted(numbers, key=page.index) == numbers
    other = Statement.objects.filter(partner=cast.rival).values_list("number", flat=True)
    assert not any(number in page for number in other)


def test_a_former_partner_keeps_its_statements(cast: Cast) -> None:
    client = cast.signed_in("former_owner")
    assert client.get("/portal/statements/").status_code == 200
    assert client.get("/portal/earnings/").status_code == 403


def test_the_panel_of_the_home_page_is_for_those_who_see_money(cast: Cast) -> None:
    story(cast)
    request = RequestFactory().get("/portal/")
    request.actor = cast.actor("owner")  # type: ignore[attr-defined]
    assert "€36.24" in panels.render(request, "portal_home_side")
    request.actor = cast.actor("seller")  # type: ignore[attr-defined]
    assert "€36.24" not in panels.render(request, "portal_home_side")


def test_queries_stay_the_same_at_two_sizes(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    client = cast.signed_in("owner")
    number = Statement.objects.get(partner=cast.partner).number
    few = counted(client, "/portal/statements/"), counted(client, f"/portal/statements/{number}/")
    for each in range(30):
        make_subscription(cast.partner, customer=f"More {each}")
    run_months(APRIL)
    later = Statement.objects.get(partner=cast.partner, run__period=APRIL).number
    many = counted(client, "/portal/statements/"), counted(client, f"/portal/statements/{later}/")
    assert many == few
    assert max(many) <= 12
