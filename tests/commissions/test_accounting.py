"""The accounting export: what is capitalised, what is expensed, two lines an entry that balance."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from commissions.models import AccountingTreatment, Adjustment, Run, Statement
from commissions.queries.accounting import COLUMNS, accounting_rows
from deals.models import Subscription
from partners.models import Partner
from tests.cast import Cast, assemble
from tests.factories.commissions import EntryRow, make_run, make_statement, make_subscription

pytestmark = pytest.mark.django_db

JUNE = date(2026, 6, 1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def entry(partner: Partner, contract: Subscription | None, amount: str, **fields: Any) -> EntryRow:
    return EntryRow(partner=partner, subscription=contract, entitlement=amount, **fields)


def month(cast: Cast) -> Run:
    """Make an approved month: a renewal, a clawed back upfront of March, an accelerator, JPY, an adjustment."""
    contract = make_subscription(cast.partner, started_on=date(2026, 3, 12))
    yen = make_subscription(cast.partner, started_on=date(2026, 6, 2), currency="JPY")
    rows = [
        entry(cast.partner, contract, "12.50", kind="recurring"),
        entry(cast.partner, contract, "0", posted_before="60", kind="upfront", earned_period=date(2026, 3, 1)),
        entry(cast.partner, None, "7.25", kind="accelerator"),
        entry(cast.partner, yen, "5000", kind="spiff", currency="JPY"),
    ]
    run = make_run(JUNE, rows, by=cast.manager)
    Adjustment.objects.create(
        partner=cast.partner, currency="EUR", amount=Decimal(-3), reason="Slip", created_at=run.created_at,
        created_label="x",
    )  # fmt: skip
    return run


def lines(run: Run) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in accounting_rows(run_number=run.number)]


def test_each_entry_is_two_lines_with_contract_month_and_kind(cast: Cast) -> None:
    run = month(cast)
    statement = make_statement(run, cast.partner)
    make_statement(run, cast.partner, currency="JPY")

    found = [
        (one["subscription"][:2], one["contract_start"], one["earned_period"], one["kind"], one["treatment"],
         one["account"], one["debit"], one["credit"], one["currency"])
        for one in lines(run)
    ]  # fmt: skip

    assert found == [
        ("", "2026-06-01", "2026-06", "accelerator", "capitalise", "contract_costs", "7.25", "", "EUR"),
        ("", "2026-06-01", "2026-06", "accelerator", "capitalise", "partner_payable", "", "7.25", "EUR"),
        ("S-", "2026-03-12", "2026-03", "upfront", "capitalise", "contract_costs", "", "60.00", "EUR"),
        ("S-", "2026-03-12", "2026-03", "upfront", "capitalise", "partner_payable", "60.00", "", "EUR"),
        ("S-", "2026-03-12", "2026-06", "recurring", "expense", "commission_expense", "12.50", "", "EUR"),
        ("S-", "2026-03-12", "2026-06", "recurring", "expense", "partner_payable", "", "12.50", "EUR"),
        ("S-", "2026-06-02", "2026-06", "spiff", "capitalise", "contract_costs", "5000", "", "JPY"),
        ("S-", "2026-06-02", "2026-06", "spiff", "capitalise", "partner_payable", "", "5000", "JPY"),
    ]
    first = lines(run)[0]
    assert (first["run"], first["posted_period"], first["statement"], first["partner"]) == (
        str(run.number), "2026-06", statement.number, "northwind",
    )  # fmt: skip


def test_debits_and_credits_balance_and_are_the_statements(cast: Cast) -> None:
    run = month(cast)
    make_statement(run, cast.partner)
    make_statement(run, cast.partner, currency="JPY")
    debits: defaultdict[str, Decimal] = defaultdict(Decimal)
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in lines(run):
        debit, credit = Decimal(one["debit"] or 0), Decimal(one["credit"] or 0)
        debits[one["currency"]] += debit - credit
        if one["account"] == "partner_payable":
            owed[one["currency"]] += credit - debit

    assert debits == {"EUR": 0, "JPY": 0}
    assert owed == {"EUR": Decimal("-40.25"), "JPY": Decimal(5000)}
    assert {row.currency: row.closing for row in Statement.objects.all()} == owed


def test_an_adjustment_of_the_run_is_booked_and_a_pending_one_is_not(cast: Cast) -> None:
    run = month(cast)
    make_statement(run, cast.partner)
    assert [one["kind"] for one in lines(run)].count("adjustment") == 0

    waits = make_run(date(2026, 7, 1), [entry(cast.partner, None, "1", kind="accelerator")], status="calculated")
    Adjustment.objects.update(run=waits)
    make_statement(waits, cast.partner)
    assert lines(waits) == []
    Run.objects.filter(pk=waits.pk).update(status="approved", decided_at=waits.created_at)

    booked = [one for one in lines(waits) if one["kind"] == "adjustment"]
    assert [(one["account"], one["debit"], one["credit"], one["contract_start"]) for one in booked] == [
        ("commission_expense", "", "3.00", "2026-07-01"),
        ("partner_payable", "3.00", "", "2026-07-01"),
    ]


def test_finance_can_book_a_kind_otherwise(cast: Cast) -> None:
    run = month(cast)
    make_statement(run, cast.partner)
    AccountingTreatment.objects.filter(kind="upfront").update(treatment="expense", account="6420")

    accounts = {(one["kind"], one["treatment"], one["account"]) for one in lines(run) if one["kind"] == "upfront"}

    assert accounts == {("upfront", "expense", "6420"), ("upfront", "expense", "partner_payable")}
    assert set(AccountingTreatment.objects.values_list("kind", flat=True)) == {
        "recurring", "upfront", "spiff", "expansion", "renewal", "override", "accelerator", "adjustment",
    }  # fmt: skip
    assert all(row.reason for row in AccountingTreatment.objects.all())


def test_the_command_writes_a_run_or_a_month(cast: Cast, tmp_path: Path) -> None:
    run = month(cast)
    make_statement(run, cast.partner)
    waits = make_run(date(2026, 7, 1), status="calculated")
    by_run, by_month = tmp_path / "run.csv", StringIO()

    call_command("export_accounting", "--run", str(run.number), "-o", str(by_run))
    call_command("export_accounting", "--period", "2026-06", stdout=by_month)

    rows = list(csv.reader(StringIO(by_run.read_text())))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 7
    assert by_month.getvalue() == by_run.read_text()
    for arguments, words in (
        (["--run", str(waits.number)], "is not approved"),
        (["--run", "77"], "There is no run 77"),
        ([], "one of the arguments"),
        (["--period", "2026-13"], "is not a month"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("export_accounting", *arguments)
    empty = StringIO()
    call_command("export_accounting", "--period", "2020-01", stdout=empty)
    assert empty.getvalue() == ",".join(COLUMNS) + "\n"


def test_the_console_gives_it_to_finance(cast: Cast) -> None:
    run = month(cast)
    make_statement(run, cast.partner)
    waits = make_run(date(2026, 7, 1), status="calculated")
    url = f"/manage/runs/{run.number}/accounting/"
    finance = cast.signed_in("finance_person")

    answer = finance.get(url)

    assert b"".join(answer.streaming_content).decode().splitlines()[0] == ",".join(COLUMNS)  # type: ignore[attr-defined]
    assert url in finance.get(f"/manage/runs/{run.number}/").content.decode()
    assert url not in cast.signed_in("viewer").get(f"/manage/runs/{run.number}/").content.decode()
    assert finance.get(f"/manage/runs/{waits.number}/accounting/").status_code == 404
    for name in ("viewer", "manager", "owner"):
        assert cast.signed_in(name).get(url).status_code == 403
