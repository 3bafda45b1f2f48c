"""Self-billing: off until agreed, a series without gaps, both VAT ids, credit notes, never changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from commissions.batch.self_billing import issue_self_billing
from commissions.models import Payer, Run, SelfBillingDocument, VatRate
from commissions.queries.self_billing import self_billing_paper
from commissions.services.runs import approve_run, calculate_run
from partners.models import Partner, SelfBillingAgreement
from prm.actors import OPERATOR
from prm.models import NumberSeries
from tests.cast import Cast, assemble
from tests.factories.commissions import EntryRow, make_run, make_statement, make_subscription
from tests.factories.payees import make_tax_form

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ON = date(2026, 11, 24)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def payer(cast: Cast) -> Payer:
    return Payer.objects.create(
        legal_name="Vendor GmbH", address="Weg 1\n20457 Hamburg", country="DE", vat_id="DE123456788"
    )


def agree(partner: Partner, *, vat_id: str = "FI20774740", **fields: Any) -> SelfBillingAgreement:
    make_tax_form(partner, number=vat_id)
    fields = {"valid_from": date(2026, 1, 1), "accepted_at": NOW, "accepted_label": "Sanna Rinne", **fields}
    return SelfBillingAgreement.objects.create(
        partner=partner, version="1", text="We agree.", legal_name=f"{partner.name} Oy", address="Katu 1\nHelsinki",
        **fields,
    )  # fmt: skip


def close(month: int, *rows: tuple[Partner, str, str]) -> Run:
    """Approve a month with one entry a partner and currency, its statements and its documents."""
    entries = [
        EntryRow(partner=partner, subscription=None, entitlement=amount, kind="accelerator", currency=code)
        for partner, code, amount in rows
    ]
    run = make_run(date(2026, month, 1), entries)
    for partner, code, _amount in rows:
        make_statement(run, partner, currency=code)
    issue_self_billing(run_id=run.pk, on=ON, now=NOW)
    return run


def shown(**filters: object) -> list[tuple[Any, ...]]:
    rows = SelfBillingDocument.objects.filter(**filters).order_by("series_number")
    return [
        (row.number, row.kind, row.net, row.vat_rate, row.vat, row.total, row.corrects and row.corrects.number)
        for row in rows
    ]


def test_across_a_border_the_customer_accounts_for_the_vat(cast: Cast, payer: Payer) -> None:
    agree(cast.partner)
    run = close(6, (cast.partner, "EUR", "1000.05"))

    assert shown() == [
        ("SB-NORTHWIND-00001", "invoice", Decimal("1000.05"), None, Decimal(0), Decimal("1000.05"), None)
    ]
    row = SelfBillingDocument.objects.get()
    assert (row.tax_point, row.issued_on, row.is_reverse_charge) == (date(2026, 6, 30), ON, True)
    assert (row.supplier_name, row.supplier_vat_id, row.customer_name, row.customer_vat_id) == (
        "Northwind IT Oy", "FI20774740", "Vendor GmbH", "DE123456788",
    )  # fmt: skip
    assert row.statement.run == run


def test_within_a_country_its_rate_of_the_tax_point_is_charged(cast: Cast, payer: Payer) -> None:
    VatRate.objects.filter(country="DE").update(valid_until=date(2026, 7, 1))
    VatRate.objects.create(country="DE", rate=Decimal(20), valid_from=date(2026, 7, 1), source="invented")
    agree(cast.partner, vat_id="DE136695976")
    close(6, (cast.partner, "EUR", "100.15"))
    close(7, (cast.partner, "EUR", "100.15"))

    assert [row[3:6] for row in shown()] == [
        (Decimal(19), Decimal("19.03"), Decimal("119.18")),
        (Decimal(20), Decimal("20.03"), Decimal("120.18")),
    ]


def test_half_a_cent_of_vat_is_rounded_away_from_zero(cast: Cast, payer: Payer) -> None:
    agree(cast.partner, vat_id="DE136695976")
    close(6, (cast.partner, "EUR", "0.50"))
    close(7, (cast.partner, "EUR", "-0.50"))

    assert [row[4] for row in shown()] == [Decimal("0.10"), Decimal("-0.10")]


def test_a_negative_month_is_a_credit_note_to_the_latest_invoice_of_its_currency(cast: Cast, payer: Payer) -> None:
    agree(cast.partner)
    close(5, (cast.partner, "USD", "-5"))
    close(6, (cast.partner, "EUR", "100"), (cast.partner, "USD", "70"))
    close(7, (cast.partner, "EUR", "-40"), (cast.partner, "USD", "10"))

    assert [(row[0][-5:], row[1], row[2], row[6]) for row in shown()] == [
        ("00001", "invoice", Decimal(100), None),
        ("00002", "invoice", Decimal(70), None),
        ("00003", "credit_note", Decimal(-40), "SB-NORTHWIND-00001"),
        ("00004", "invoice", Decimal(10), None),
    ]


def test_each_partner_has_a_series_without_gaps(cast: Cast, payer: Payer) -> None:
    agree(cast.partner)
    agree(cast.rival, vat_id="PL8567346215")
    close(6, (cast.partner, "EUR", "1"), (cast.rival, "EUR", "2"))
    with transaction.atomic():
        close(7, (cast.partner, "EUR", "1"))
        transaction.set_rollback(True)
    close(8, (cast.partner, "EUR", "3"), (cast.rival, "EUR", "4"))

    assert [row[0] for row in shown(partner=cast.partner)] == ["SB-NORTHWIND-00001", "SB-NORTHWIND-00002"]
    assert [row[0] for row in shown(partner=cast.rival)] == ["SB-CONTOSO-00001", "SB-CONTOSO-00002"]
    assert NumberSeries.objects.get(name=f"self-billing {cast.partner.pk}").last == 2


@pytest.mark.parametrize("missing", ["agreement", "ended", "vat id", "unverified", "payer", "rate", "not EU"])
def test_nothing_is_billed_while_something_is_missing(cast: Cast, payer: Payer, missing: str) -> None:
    if missing == "ended":
        agree(cast.partner, valid_until=ON)
    elif missing != "agreement":
        agree(cast.partner, vat_id="DE136695976" if missing == "rate" else "FI20774740")
    forms = cast.partner.tax_forms
    if missing == "vat id":
        forms.update(status="replaced")
    elif missing == "unverified":
        forms.update(status="received")
    elif missing == "payer":
        Payer.objects.update(vat_id="")
    elif missing == "rate":
        VatRate.objects.filter(country="DE").delete()
    elif missing == "not EU":
        forms.update(status="replaced")
        make_tax_form(cast.partner, number="GB980780684")
    close(6, (cast.partner, "EUR", "10"))

    assert shown() == []


def test_a_document_never_changes(cast: Cast, payer: Payer) -> None:
    agree(cast.partner)
    close(6, (cast.partner, "EUR", "10"))

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for act in (
        lambda: SelfBillingDocument.objects.update(net=Decimal(11), total=Decimal(11)),
        lambda: SelfBillingDocument.objects.all()._raw_delete("default"),
        lambda: connection.cursor().execute("TRUNCATE commissions_selfbillingdocument CASCADE"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert SelfBillingDocument.objects.get().net == Decimal(10)


def test_approval_issues_it_with_the_statement(cast: Cast, payer: Payer) -> None:
    from commissions.models import Plan, Rule  # noqa: PLC0415 - the engine's own facts, for this test alone

    plan = Plan.objects.create(code="p", name="P", is_default=True)
    Rule.objects.create(plan=plan, kind="recurring", rate=Decimal(20), valid_from=date(2020, 1, 1))
    make_subscription(cast.partner, started_on=date(2026, 6, 1), mrr="100")
    agree(cast.partner)
    run = calculate_run(period=date(2026, 6, 1), actor=OPERATOR, now=NOW)
    assert shown() == []

    approve_run(run=run, actor=OPERATOR, now=NOW)

    assert [(row[0], row[2]) for row in shown()] == [("SB-NORTHWIND-00001", Decimal(20))]


def test_the_paper_says_what_an_invoice_must(cast: Cast, payer: Payer) -> None:
    agree(cast.partner)
    close(6, (cast.partner, "EUR", "1234.50"))
    close(7, (cast.partner, "EUR", "-34.50"))

    data = self_billing_paper(SelfBillingDocument.objects.get(kind="credit_note")).data

    assert data["mark"] == "Self-billing"
    assert data["title"] == "Credit note SB-NORTHWIND-00002"
    assert ["Corrects", "SB-NORTHWIND-00001"] in data["facts"]
    assert ["Tax point", "31 July 2026"] in data["facts"]
    assert data["supplier"] == ["Supplier", "Northwind IT Oy", "Katu 1\nHelsinki", "FI20774740"]
    assert data["customer"] == ["Customer", "Vendor GmbH", "Weg 1\n20457 Hamburg", "DE123456788"]
    assert data["sums"] == [["Net", "−€34.50"], ["VAT", "Reverse charge"], ["Total", "−€34.50"]]
    assert "article 196" in data["note"]


def test_partner_and_console_open_it_and_others_do_not(cast: Cast, payer: Payer) -> None:
    agree(cast.partner)
    run = close(6, (cast.partner, "EUR", "10"))
    number = run.statements.get().number
    owner = cast.signed_in("owner")
    page = owner.get(f"/portal/statements/{number}/").content.decode()
    assert "SB-NORTHWIND-00001" in page

    for client, door in ((owner, "portal"), (cast.signed_in("finance_person"), "manage")):
        answer = client.get(f"/{door}/statements/{number}/self-billing/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
    assert cast.signed_in("rival_owner").get(f"/portal/statements/{number}/self-billing/").status_code == 404
    assert cast.signed_in("seller").get(f"/portal/statements/{number}/self-billing/").status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [("iban", "DE123"), ("bic", "X"), ("vat_id", "DE123456789"), ("iban", "AE070331234567890123456")],
)
def test_a_payer_with_impossible_numbers_is_refused(payer: Payer, field: str, value: str) -> None:
    setattr(payer, field, value)

    with pytest.raises(ValidationError) as refusal:
        payer.full_clean()
    assert list(refusal.value.message_dict) == [field]
