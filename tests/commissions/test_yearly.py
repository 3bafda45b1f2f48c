"""Totals of a year: what was paid and withheld, and whether a report is due."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from commissions.models import Payout
from commissions.providers.interface import Outcome, OutcomeState
from commissions.queries.yearly import CERTIFICATE_COLUMNS, TOTAL_COLUMNS, total_rows, years_of
from commissions.services.payouts import record_result
from partners.models import TaxForm
from prm.actors import OPERATOR
from prm.models import FxRate, Program
from tests.cast import Cast, assemble
from tests.factories.payees import IBAN_DE, make_method, make_payable, make_tax_form
from tests.factories.payouts import make_batch, make_payer, owe

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = assemble()
    make_payer()
    return cast


def pay(on: datetime, *, state: str = "paid") -> None:
    """Send what is owed, and let the bank pay it at a moment."""
    batch = make_batch()
    for payout in Payout.objects.filter(batch=batch):
        outcome = Outcome(key=payout.idempotency_key, state=OutcomeState(state), reference="R")
        record_result(outcome=outcome, actor=OPERATOR, now=on)


def totals(year: int = 2026) -> list[dict[str, str]]:
    return [dict(zip(TOTAL_COLUMNS, row, strict=True)) for row in total_rows(year)]


def at(month: int, day: int, hour: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def american(cast: Cast, *, kind: str = "w9") -> None:
    make_tax_form(cast.partner, kind=kind)
    make_method(cast.partner, kind="bank", currency="", account=IBAN_DE)


def test_gross_withheld_and_net_of_what_was_paid_in_the_year(cast: Cast) -> None:
    make_payable(cast.partner, rate="15")
    for month, amount, on in ((5, "100.10", at(1, 1)), (6, "50", at(12, 31)), (7, "7", at(1, 1, year=2027))):
        owe((cast.partner, "EUR", amount), month=month)
        pay(on)
    owe((cast.partner, "EUR", "9"), month=8)
    pay(at(12, 31), state="failed")

    (row,) = totals()

    assert row == {
        "year": "2026", "partner": "northwind", "name": "Northwind IT", "country": "FI", "tax_form": "vat",
        "currency": "EUR", "payouts": "2", "gross": "150.10", "withheld": "22.52", "net": "127.58", "report": "",
        "threshold": "", "threshold_currency": "", "total_in_threshold_currency": "", "reportable": "",
    }  # fmt: skip
    assert [one["gross"] for one in totals(2027)] == ["7.00"]
    assert totals(2025) == []


def test_a_year_that_began_in_the_programs_zone_is_offered(cast: Cast) -> None:
    Program.objects.update(timezone="Asia/Tokyo")
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    pay(at(12, 31, 20))
    assert (years_of(OPERATOR), [row["gross"] for row in totals(2027)]) == ([2027], ["100.00"])


def test_what_came_back_does_not_count(cast: Cast) -> None:
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    pay(at(6, 1))
    outcome = Outcome(key=Payout.objects.get().idempotency_key, state=OutcomeState.RETURNED)
    record_result(outcome=outcome, actor=OPERATOR, now=at(6, 9))

    assert totals() == []


def test_the_day_is_that_of_the_programs_zone(cast: Cast) -> None:
    Program.objects.update(timezone="Asia/Tokyo")
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    pay(at(12, 31, 20))

    assert totals(2026) == []
    assert len(totals(2027)) == 1


@pytest.mark.parametrize(
    ("amount", "form", "reportable", "report", "threshold"),
    [
        ("2000", "w9", "yes", "1099-NEC", "2000.00"),
        ("1999.99", "w9", "no", "1099-NEC", "2000.00"),
        ("0.01", "w8ben_e", "yes", "1042-S", "0.00"),
    ],
)
def test_the_threshold_of_the_year(
    cast: Cast, amount: str, form: str, reportable: str, report: str, threshold: str
) -> None:
    american(cast, kind=form)
    owe((cast.partner, "USD", amount))
    pay(at(6, 1))

    (row,) = totals()
    assert (row["reportable"], row["report"], row["threshold"]) == (reportable, report, threshold)


def test_all_currencies_of_a_partner_count_for_its_threshold(cast: Cast) -> None:
    american(cast)
    FxRate.objects.create(currency="USD", month=date(2026, 6, 1), per_eur=Decimal("1.25"))
    FxRate.objects.create(currency="PLN", month=date(2026, 6, 1), per_eur=Decimal(4))
    owe((cast.partner, "USD", "1000"), (cast.partner, "EUR", "400"), (cast.partner, "PLN", "1600"))
    pay(at(6, 20))

    found = [(one["currency"], one["total_in_threshold_currency"], one["reportable"]) for one in totals()]
    assert found == [("EUR", "2000.00", "yes"), ("PLN", "2000.00", "yes"), ("USD", "2000.00", "yes")]

    FxRate.objects.filter(currency="PLN").delete()
    assert {(one["total_in_threshold_currency"], one["reportable"]) for one in totals()} == {("", "unknown")}


def test_the_command_and_the_console_give_the_same_file(cast: Cast, tmp_path: Path) -> None:
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    pay(at(6, 1))
    path, out = tmp_path / "x.csv", StringIO()
    call_command("export_tax_totals", "--year", "2026", "-o", str(path))
    call_command("export_tax_totals", "--year", "2026", stdout=out)
    finance = cast.signed_in("finance_person")

    answer = finance.get("/manage/payment-years/2026/csv/")

    assert answer.content.decode() == path.read_text() == out.getvalue()
    assert "Totals of 2026" in finance.get("/manage/payment-files/").content.decode()
    assert cast.signed_in("viewer").get("/manage/payment-years/2026/csv/").status_code == 403
    with pytest.raises(CommandError, match="no year of payouts"):
        call_command("export_tax_totals", "--year", "1")


def test_a_partner_reads_what_was_withheld_from_it_alone(cast: Cast) -> None:
    make_payable(cast.partner, rate="10")
    make_payable(cast.rival, account=IBAN_DE)
    owe((cast.partner, "EUR", "100"), (cast.rival, "EUR", "777"))
    pay(at(6, 1))

    text = cast.signed_in("owner").get("/portal/withheld/2026/csv/").content.decode()

    assert list(csv.reader(StringIO(text))) == [
        list(CERTIFICATE_COLUMNS),
        ["2026-06-01", "P-000001", "EUR", "100.00", "10", "10.00", "90.00", "R"],
    ]
    assert cast.signed_in("owner").get("/portal/withheld/2025/csv/").content.decode().count("\n") == 1
    assert cast.signed_in("seller").get("/portal/withheld/2026/csv/").status_code == 403
    assert "/portal/withheld/" in cast.signed_in("owner").get("/portal/payout-details/").content.decode()
    assert TaxForm.objects.count() == 2
