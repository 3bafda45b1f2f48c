"""Files to banks: valid against the schema, the same to the byte each time, and no payout in two of them."""

from __future__ import annotations

import csv
import stat
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sepaxml
import xmlschema
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from commissions.models import Payer, PaymentFile, PaymentFileLine, Payout
from commissions.providers.files import CSV_COLUMNS, FileProvider, content_of
from commissions.providers.interface import Order
from commissions.providers.pain001 import SCHEMA, BankFileError, Transfer, credit_transfers, plain
from commissions.providers.pain001 import Payer as Debtor
from commissions.services.payouts import submit_batch
from partners.models import PayoutMethod
from prm.actors import OPERATOR
from prm.errors import DomainError
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.factories.payees import IBAN_DE, IBAN_FI, IBAN_PL, make_payable
from tests.factories.payouts import NOW, TODAY, make_batch, make_payer, owe

pytestmark = pytest.mark.django_db

NAMESPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
DEBTOR = Debtor("Vendor", "DE75512108001245126199")


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(Path(sepaxml.__file__).parent / "schemas" / f"{SCHEMA}.xsd"))


def transfer(number: int = 1, **fields: Any) -> Transfer:
    fields = {"holder": "Northwind", "iban": IBAN_FI, "amount": Decimal("12.34"), "text": "Commission", **fields}
    return Transfer(end_to_end_id=f"{number:032x}", **fields)


def written(*transfers: Transfer, message_id: str = "PB-000001-1") -> bytes:
    return credit_transfers(
        message_id=message_id, made_at=NOW, payer=DEBTOR, pay_on=date(2026, 11, 25), transfers=transfers
    )


def values(content: bytes, path: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(content).findall(f".//{path}", NAMESPACE)]  # noqa: S314 - our own file


def test_a_batch_in_euro_becomes_a_file_that_the_schema_takes(cast: Cast, schema: xmlschema.XMLSchema) -> None:
    make_payer()
    make_payable(cast.partner, holder="Żółw & Partnerzy", bic="NBFSFIHH")
    make_payable(cast.rival, account=IBAN_DE, rate="10")
    owe((cast.partner, "EUR", "100.05"), (cast.rival, "EUR", "250"))
    batch = make_batch()

    file = PaymentFile.objects.get(batch=batch)
    content = content_of(file)

    schema.validate(content.decode())
    assert (file.message_id, file.provider, file.pay_on) == ("PB-000001-1", "bank_file", TODAY)
    assert values(content, "p:GrpHdr/p:MsgId") == ["PB-000001-1"]
    assert values(content, "p:GrpHdr/p:NbOfTxs") == ["2"]
    assert values(content, "p:GrpHdr/p:CtrlSum") == ["325.05"]
    assert values(content, "p:Dbtr/p:Nm") == ["Vendor GmbH Co. KG"]
    assert values(content, "p:DbtrAcct//p:IBAN") == ["DE75512108001245126199"]
    assert values(content, "p:InstdAmt") == ["100.05", "225.00"]
    assert values(content, "p:CdtrAcct//p:IBAN") == [IBAN_FI, IBAN_DE]
    assert values(content, "p:Cdtr/p:Nm") == ["Zolw Partnerzy", "Contoso Cloud"]
    assert values(content, "p:ReqdExctnDt/p:Dt") == ["2026-11-24"]
    keys = [payout.idempotency_key.hex for payout in Payout.objects.order_by("number")]
    assert values(content, "p:EndToEndId") == keys
    assert set(Payout.objects.values_list("status", "provider_reference")) == {("submitted", "PB-000001-1")}


def test_making_it_again_gives_the_same_bytes_and_no_second_instruction(cast: Cast) -> None:
    make_payer()
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    batch = make_batch()
    before = content_of(PaymentFile.objects.get())
    Payer.objects.update(legal_name="Renamed", iban=IBAN_DE)

    submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    payout = Payout.objects.get()
    order = Order(
        key=payout.idempotency_key, number="P-000001", batch="PB-000001", partner_id=payout.partner_id, currency="EUR",
        amount=payout.net, method_id=payout.method_id, pay_on=date(2027, 1, 1), remittance="other words",
    )  # fmt: skip
    answers = list(FileProvider("bank_file").submit([order, order]))

    assert {(one.state, one.reference) for one in answers} == {("accepted", "PB-000001-1")}
    assert FileProvider("bank_file").lookup(payout.idempotency_key) == answers[0]
    assert FileProvider("bank_file").lookup(payout.public_id) is None
    assert PaymentFile.objects.count() == 1
    assert content_of(PaymentFile.objects.get()) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentFileLine.objects.create(file=PaymentFile.objects.get(), payout=payout, remittance="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentFile.objects.update(message_id="PB-9")


def test_a_file_that_would_differ_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_payer()
    method = make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    make_batch()
    method.seal_account(IBAN_DE)
    PayoutMethod.objects.filter(pk=method.pk).update(account_sealed=method.account_sealed)

    with pytest.raises(DomainError, match="cannot be made again as it was"):
        content_of(PaymentFile.objects.get())


def test_without_the_payers_account_nothing_is_stored_and_it_is_sent_later(cast: Cast) -> None:
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    batch = make_batch(submitted=False)
    with pytest.raises(DomainError, match="An administrator fills in the payer"), transaction.atomic():
        submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    assert (PaymentFile.objects.count(), Payout.objects.get().status) == (0, "prepared")

    make_payer()
    submit_batch(batch=batch, actor=OPERATOR, now=NOW)

    assert (PaymentFile.objects.count(), Payout.objects.get().status) == (1, "submitted")


def test_other_currencies_go_by_csv(cast: Cast) -> None:
    make_payable(cast.partner, currency="PLN", holder="=cmd|1", bank_code="109010", rate="20")
    owe((cast.partner, "PLN", "1000.50"))
    make_batch()

    file = PaymentFile.objects.get()
    (row,) = list(csv.DictReader(StringIO(content_of(file).decode())))

    payout = Payout.objects.get()
    assert file.provider == "csv"
    assert row == {
        "end_to_end_id": payout.idempotency_key.hex,
        "payout": "P-000001",
        "partner": "northwind",
        "holder": "'=cmd|1",
        "account": IBAN_PL,
        "bic": "",
        "bank_code": "109010",
        "country": "PL",
        "currency": "PLN",
        "amount": "800.40",
        "pay_on": "2026-11-24",
        "remittance": "Vendor P-000001",
    }
    assert tuple(row) == CSV_COLUMNS


def test_a_yen_has_no_digits_in_the_csv(cast: Cast) -> None:
    make_payable(cast.partner, currency="")
    owe((cast.partner, "JPY", "5000"))
    make_batch()

    (row,) = list(csv.DictReader(StringIO(content_of(PaymentFile.objects.get()).decode())))
    assert (row["currency"], row["amount"]) == ("JPY", "5000")


@pytest.mark.parametrize(
    ("transfers", "words"),
    [
        ([], "nothing to pay"),
        ([transfer(1), transfer(1)], "stands in the file twice"),
        ([transfer(amount=Decimal(0))], "no amount in euro and cents"),
        ([transfer(amount=Decimal(-1))], "no amount in euro and cents"),
        ([transfer(amount=Decimal("1.005"))], "no amount in euro and cents"),
        ([transfer(iban="no iban")], "The bank's schema refuses the file"),
        ([transfer(bic="nobic")], "The bank's schema refuses the file"),
    ],
)
def test_a_file_that_no_bank_takes_is_not_made(transfers: list[Transfer], words: str) -> None:
    with pytest.raises(BankFileError, match=words):
        written(*transfers)


def test_a_message_id_has_35_characters_at_most() -> None:
    with pytest.raises(BankFileError, match="at most 35"):
        written(transfer(), message_id="x" * 36)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Żółw & Söhne <GmbH>", "Zolw Sohne GmbH"),
        ("李明", "Li Ming"),
        ("\x00\n\t", "NOTPROVIDED"),
        ("]]>&amp;<!--", "amp --"),
        ("x" * 80, "x" * 70),
    ],
)
def test_names_are_written_in_the_letters_of_sepa(text: str, expected: str, schema: xmlschema.XMLSchema) -> None:
    assert plain(text, 70) == expected
    schema.validate(written(transfer(holder=text)).decode())


def test_ids_and_times_are_ours_and_not_the_librarys() -> None:
    first = written(transfer(1), transfer(2))

    assert first == written(transfer(1), transfer(2))
    assert values(first, "p:CreDtTm") == [datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S")]
    assert values(first, "p:PmtInfId") == ["PB-000001-1-1"]


def test_the_console_gives_a_file_to_finance_and_writes_down_who_took_it(cast: Cast) -> None:
    make_payer()
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    make_batch()
    finance = cast.signed_in("finance_person")
    page = finance.get("/manage/payment-files/").content.decode()
    assert "PB-000001-1" in page
    assert "€100.00" in page
    assert IBAN_FI not in page

    answer = finance.get("/manage/payment-files/PB-000001-1/")

    assert answer["Content-Disposition"] == 'attachment; filename="PB-000001-1.xml"'
    assert answer.content == content_of(PaymentFile.objects.get())
    assert AuditEvent.objects.get(action="payment_file.taken").user == cast.finance_person
    assert finance.get("/manage/payment-files/PB-1/").status_code == 404
    for name in ("manager", "viewer", "admin", "owner"):
        assert cast.signed_in(name).get("/manage/payment-files/PB-000001-1/").status_code == 403


def test_the_command_writes_files_for_their_owner_alone(cast: Cast, tmp_path: Path) -> None:
    make_payer()
    make_payable(cast.partner)
    owe((cast.partner, "EUR", "100"))
    batch = make_batch(submitted=False)
    with pytest.raises(CommandError, match="submit it first"):
        call_command("payment_files", str(batch.number), "-o", str(tmp_path))
    submit_batch(batch=batch, actor=OPERATOR, now=NOW)

    call_command("payment_files", str(batch.number), "-o", str(tmp_path), stdout=StringIO())

    path = tmp_path / "PB-000001-1.xml"
    assert path.read_bytes() == content_of(PaymentFile.objects.get())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="no batch 77"):
        call_command("payment_files", "77", "-o", str(tmp_path))
