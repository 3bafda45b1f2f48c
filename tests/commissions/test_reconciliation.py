"""A bank's answer: every payout ends in the right state, or nothing is changed and every line says why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from commissions.models import PaymentAnswer, Payout, PayoutBatch, Posting
from commissions.policy.reconciliation import Answer, Known, Problem, reconcile
from commissions.providers.results import ResultFileError, read_answers
from commissions.queries.ledger import payable_of
from commissions.services.reconciliation import UnreconciledError, confirm_answer, preview_answer, upload_answer
from prm.actors import OPERATOR, Actor
from prm.errors import NotAllowedError
from tests.cast import Cast, assemble
from tests.factories.payees import IBAN_DE, make_payable
from tests.factories.payouts import NOW, make_batch, make_payer, owe

pytestmark = pytest.mark.django_db

PAIN = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-25T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}-1</OrgnlPmtInfId>{transactions}</OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>"""
TRANSACTION = """<TxInfAndSts><OrgnlEndToEndId>{key}</OrgnlEndToEndId><TxSts>{status}</TxSts>{reason}
<AcctSvcrRef>REF-{number}</AcctSvcrRef>
<OrgnlTxRef><Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>"""
REFUSED = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf>"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def batch(cast: Cast) -> PayoutBatch:
    make_payer()
    make_payable(cast.partner)
    make_payable(cast.rival, account=IBAN_DE)
    owe((cast.partner, "EUR", "100.05"), (cast.rival, "EUR", "250"))
    return make_batch()


def keys() -> list[str]:
    return [key.hex for key in Payout.objects.order_by("number").values_list("idempotency_key", flat=True)]


def states() -> list[str]:
    return list(Payout.objects.order_by("number").values_list("status", flat=True))


def sheet(*rows: str, header: str = "end_to_end_id,status,amount,currency,reference,reason") -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def report(*transactions: str, group: str = "", message: str = "PB-000001-1") -> bytes:
    return PAIN.format(message=message, group=group, transactions="".join(transactions)).encode()


def entry(number: int, status: str, *, amount: str = "", currency: str = "EUR", reason: str = "") -> str:
    payout = Payout.objects.order_by("number")[number - 1]
    return TRANSACTION.format(
        key=payout.idempotency_key.hex.upper(), status=status, reason=reason, number=number, currency=currency,
        amount=amount or f"{payout.net:.2f}",
    )  # fmt: skip


def upload(batch: PayoutBatch, content: bytes, *, actor: Actor = OPERATOR) -> PaymentAnswer:
    return upload_answer(batch=batch, name="answer.xml", content=content, actor=actor, now=NOW)


def confirm(answer: PaymentAnswer) -> PaymentAnswer:
    return confirm_answer(answer_id=answer.pk, actor=OPERATOR, now=NOW + timedelta(hours=1))


def problems(batch: PayoutBatch, content: bytes) -> list[tuple[int, str]]:
    """Upload and try to confirm; return what is wrong by line, after seeing that nothing changed."""
    before, postings = states(), Posting.objects.count()
    answer = upload(batch, content)
    with pytest.raises(UnreconciledError) as refusal:
        confirm(answer)
    answer.refresh_from_db()
    assert (states(), Posting.objects.count(), answer.confirmed_at) == (before, postings, None)
    return [(one.answer.line, str(one.problem)) for one in refusal.value.reconciliation.problems]


def did(answer: PaymentAnswer) -> list[tuple[str, str, str]]:
    """Return what an answer says that confirming it did: each payout before and after."""
    return [(one.number, one.was, one.becomes) for one in preview_answer(answer).findings]


def test_a_report_of_the_bank_ends_every_payout(cast: Cast, batch: PayoutBatch) -> None:
    answer = upload(batch, report(entry(1, "ACSC"), entry(2, "RJCT", reason=REFUSED)))
    assert states() == ["submitted", "submitted"]
    assert [(one.number, one.was, one.becomes) for one in preview_answer(answer).news] == [
        ("P-000001", "submitted", "paid"),
        ("P-000002", "submitted", "failed"),
    ]

    confirmed = confirm(answer)

    assert states() == ["paid", "failed"]
    assert (confirmed.changed, confirmed.confirmed_label) == (2, "operator")
    assert did(confirmed) == [("P-000001", "submitted", "paid"), ("P-000002", "submitted", "failed")]
    first, second = Payout.objects.order_by("number")
    assert (first.provider_reference, second.reason) == ("REF-1", "AC04 Account closed")
    assert payable_of(cast.partner.pk, "EUR") == 0
    assert payable_of(cast.rival.pk, "EUR") == Decimal(250)


def test_a_sheet_may_say_the_same(batch: PayoutBatch) -> None:
    first, second = keys()
    content = sheet(f"{first},paid,100.05,EUR,R1,", f"{second},returned,250.00,EUR,,Account closed")

    confirm(upload(batch, content))

    assert states() == ["paid", "returned"]


def test_what_was_paid_may_come_back_with_a_later_file(cast: Cast, batch: PayoutBatch) -> None:
    first, _second = keys()
    confirm(upload(batch, sheet(f"{first},paid,,,,")))
    later = upload(batch, sheet(f"{first},returned,,,,"))
    assert [known.number for known in preview_answer(later).silent] == ["P-000002"]
    returned = confirm(later)

    assert states() == ["returned", "submitted"]
    assert did(PaymentAnswer.objects.earliest("pk")) == [("P-000001", "submitted", "paid")]
    assert did(returned) == [("P-000001", "paid", "returned")]
    assert payable_of(cast.partner.pk, "EUR") == Decimal("100.05")


def test_the_same_file_again_changes_nothing(batch: PayoutBatch) -> None:
    content = report(entry(1, "ACSC"), entry(1, "ACSC"))
    answer = confirm(upload(batch, content))
    postings = Posting.objects.count()

    again = upload(batch, content)
    assert again.pk == answer.pk
    assert confirm(again).confirmed_at == answer.confirmed_at
    other = upload(batch, content + b" ")
    assert preview_answer(other).news == []
    assert confirm(other).changed == 0

    assert Posting.objects.count() == postings
    assert states() == ["paid", "submitted"]


def test_a_message_refused_whole_fails_all_its_payouts(batch: PayoutBatch) -> None:
    confirm(upload(batch, report(group="<GrpSts>RJCT</GrpSts>" + REFUSED)))

    assert states() == ["failed", "failed"]
    with pytest.raises(ResultFileError, match="“PB-9” is none of ours"):
        upload(batch, report(group="<GrpSts>ACSC</GrpSts>", message="PB-9"))


def test_under_way_is_no_news(batch: PayoutBatch) -> None:
    found = preview_answer(upload(batch, report(entry(1, "ACCP"), entry(2, "PDNG"))))

    assert (found.news, found.problems, found.silent) == ([], [], [])


def test_one_wrong_line_stops_the_whole_file(batch: PayoutBatch) -> None:
    first, second = keys()
    strange = "f" * 32

    assert problems(batch, sheet(f"{first},paid,,,,", f"{strange},paid,,,,", "x,paid,,,,")) == [
        (3, "unknown_key"),
        (4, "unknown_key"),
    ]
    assert problems(batch, sheet(f"{first},paid,100.06,EUR,,")) == [(2, "wrong_amount")]
    assert problems(batch, sheet(f"{first},paid,,,,", f"{second},paid,250.00,USD,,")) == [(3, "wrong_currency")]
    assert problems(batch, sheet(f"{first},paid,,,,", f"{first},failed,,,,")) == [
        (2, "lines_disagree"),
        (3, "lines_disagree"),
    ]
    assert problems(batch, report(entry(1, "ACSC"), entry(2, "ACSC", amount="1.00"))) == [(2, "wrong_amount")]


def test_what_contradicts_the_record_is_never_taken(batch: PayoutBatch) -> None:
    first, second = keys()
    confirm(upload(batch, sheet(f"{first},failed,,,,")))

    assert problems(batch, sheet(f"{first},paid,,,,", f"{second},paid,,,,")) == [(2, "contradicts")]
    assert states() == ["failed", "submitted"]


def test_a_payout_of_another_batch_is_named_so(cast: Cast, batch: PayoutBatch) -> None:
    confirm(upload(batch, sheet(*(f"{key},paid,,,," for key in keys()))))
    owe((cast.partner, "EUR", "7"), month=7)
    other = make_batch()
    key = Payout.objects.get(batch=other).idempotency_key.hex

    assert problems(batch, sheet(f"{key},paid,,,,")) == [(2, "other_batch")]


def test_what_was_shown_is_matched_anew_when_it_is_confirmed(batch: PayoutBatch) -> None:
    first, _second = keys()
    shown = upload(batch, sheet(f"{first},paid,,,,"))
    assert preview_answer(shown).problems == []
    confirm(upload(batch, sheet(f"{first},failed,,,,")))

    with pytest.raises(UnreconciledError, match="1 lines cannot be taken"):
        confirm(shown)
    assert states()[0] == "failed"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "answers for no payment|The columns of an answer"),
        (sheet(), "answers for no payment"),
        (sheet("a,paid,,,,", header="key,status"), "The columns of an answer"),
        (sheet("a,paid", header="end_to_end_id,status,status"), "The columns of an answer"),
        (sheet("a,paid"), "Line 2 has 2 cells"),
        (sheet("a,lost,,,,", "b,paid,x,,,"), "Line 2: “lost” is none of .* Line 3: “x” is no amount"),
        (sheet("a,paid,NaN,,,"), "“NaN” is no amount"),
        (sheet('a,paid,"1,,,'), "Line"),
        (b"\xff\xfe\x00", "neither XML nor text in UTF-8"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (b"<html/>", "no payment status report"),
        (b"<Document>", "no XML that can be read"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "no XML that can be read"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "no payment status report"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"/>', "the status “” is not known"),
        (report("<TxInfAndSts><TxSts>ACSC</TxSts></TxInfAndSts>"), "Transaction 1 names no end-to-end id"),
        (report(TRANSACTION.format(key="a", status="WHAT", reason="", number=1, currency="EUR", amount="1")), "“WHAT”"),
        (report(TRANSACTION.format(key="a", status="ACSC", reason="", number=1, currency="EUR", amount="x")), "number"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_where(content: bytes, words: str) -> None:
    with pytest.raises(ResultFileError, match=words):
        read_answers(content, keys_of_message=lambda _: ["a"])


BOMB = (
    "<!DOCTYPE lolz [<!ENTITY lol0 'lol'>"
    + "".join(f"<!ENTITY lol{n} '{f'&lol{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    "definitions",
    [
        BOMB,
        "<!DOCTYPE x [<!ENTITY leak SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE x [<!ENTITY % more SYSTEM 'http://127.0.0.1:1/x.dtd'> %more;]>",
        "<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'>",
    ],
)
def test_a_tampered_report_is_refused_before_anything_is_expanded(batch: PayoutBatch, definitions: str) -> None:
    plain = report(entry(1, "ACSC")).decode()
    head, _between, body = plain.partition("\n")
    content = f"{head}{definitions}{body.replace('REF-1', '&lol9;' if 'lol' in definitions else '&leak;')}".encode()

    with pytest.raises(ResultFileError, match="definitions of its own"):
        upload(batch, content)
    assert PaymentAnswer.objects.count() == 0


def test_a_report_deep_as_a_well_is_read_or_refused_but_does_no_harm() -> None:
    deep = b"<a>" * 200_000 + b"</a>" * 200_000

    with pytest.raises(ResultFileError):
        read_answers(deep)


def test_only_finance_uploads_and_confirms(cast: Cast, batch: PayoutBatch) -> None:
    content = sheet(f"{keys()[0]},paid,,,,")
    answer = upload(batch, content)
    for name in ("manager", "viewer", "admin", "owner", "stranger"):
        with pytest.raises(NotAllowedError):
            upload(batch, content, actor=cast.actor(name))
        with pytest.raises(NotAllowedError):
            confirm_answer(answer_id=answer.pk, actor=cast.actor(name), now=NOW)
    assert states() == ["submitted", "submitted"]


def test_answers_are_never_emptied_away() -> None:
    refused = pytest.raises(IntegrityError, match="TRUNCATE on commissions_paymentanswer")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE commissions_paymentanswer")


def test_an_answer_is_kept_as_it_was_read(batch: PayoutBatch) -> None:
    answer = confirm(upload(batch, sheet(f"{keys()[0]},paid,,,,")))

    changes: list[dict[str, Any]] = [{"lines": []}, {"changed": 0}, {"confirmed_label": "x"}, {"changes": {}}]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentAnswer.objects.filter(pk=answer.pk).update(**change)


@pytest.mark.parametrize(
    ("state", "status", "becomes", "problem"),
    [
        ("paid", "submitted", "paid", None),
        ("failed", "submitted", "failed", None),
        ("accepted", "submitted", "submitted", None),
        ("accepted", "paid", "paid", None),
        ("paid", "paid", "paid", None),
        ("returned", "paid", "returned", None),
        ("failed", "paid", "paid", Problem.CONTRADICTS),
        ("paid", "failed", "failed", Problem.CONTRADICTS),
        ("paid", "prepared", "paid", None),
    ],
)
def test_the_states_of_one_line(state: str, status: str, becomes: str, problem: Problem | None) -> None:
    known = Known("k", "P-1", status, Decimal(1), "EUR")

    (found,) = reconcile([Answer(2, "k", state)], payouts={"k": known}).findings

    assert (found.was, found.becomes, found.problem) == (status, becomes, problem)


def test_finance_uploads_looks_and_confirms_on_the_page(cast: Cast, batch: PayoutBatch) -> None:
    finance = cast.signed_in("finance_person")
    url = f"/manage/payment-answers/{batch.number}/new/"
    bad = finance.post(url, {"upload": SimpleUploadedFile("a.csv", b"key,status\n")})
    assert (bad.status_code, "The columns of an answer" in bad.content.decode()) == (422, True)
    assert finance.post(url, {}).status_code == 422

    sent = finance.post(url, {"upload": SimpleUploadedFile("a.xml", report(entry(1, "ACSC")))})
    review = sent["Location"]
    page = finance.get(review).content.decode()
    assert "1 payout will change." in page
    assert "P-000002" in page
    assert states() == ["submitted", "submitted"]

    assert finance.post(review)["Location"] == review

    assert states() == ["paid", "submitted"]
    page = finance.get(review).content.decode()
    assert "Confirmed by Fiona Marsh; 1 payout was changed." in page
    row = page[page.index('<table class="table">') : page.index("</table>")]
    assert "Under way" in row
    assert "Paid" in row
    assert "the same" not in row
    assert "Confirm the answer" not in page


def test_the_page_confirms_nothing_while_a_line_is_wrong(cast: Cast, batch: PayoutBatch) -> None:
    finance = cast.signed_in("finance_person")
    content = sheet(f"{keys()[0]},paid,,,,", "nobody,paid,,,,")
    sent = finance.post(
        f"/manage/payment-answers/{batch.number}/new/", {"upload": SimpleUploadedFile("a.csv", content)}
    )
    page = finance.get(sent["Location"]).content.decode()
    assert "1 line cannot be taken, so nothing can be confirmed." in page
    assert "No payout has this end-to-end id." in page
    assert "Confirm the answer" not in page

    assert finance.post(sent["Location"]).status_code == 409
    assert states() == ["submitted", "submitted"]
    for name in ("viewer", "manager", "owner"):
        assert cast.signed_in(name).get(sent["Location"]).status_code == 403


def test_the_command_reconciles_all_or_nothing(batch: PayoutBatch, tmp_path: Path) -> None:
    first, _second = keys()
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(sheet(f"{first},paid,,,,"))
    bad.write_bytes(sheet(f"{first},paid,,,,", "nobody,paid,,,,"))

    dry = StringIO()
    call_command("reconcile_payouts", str(batch.number), str(good), "--dry-run", stdout=dry)
    assert dry.getvalue().splitlines() == [
        "P-000001: submitted → paid", "P-000002: no answer, submitted", "1 payout would change.",
    ]  # fmt: skip
    assert (states(), PaymentAnswer.objects.count()) == (["submitted", "submitted"], 0)

    errors = StringIO()
    with pytest.raises(CommandError, match=r"Nothing was changed\."):
        call_command("reconcile_payouts", str(batch.number), str(bad), stdout=StringIO(), stderr=errors)
    assert errors.getvalue() == "bad.csv:3: nobody: No payout has this end-to-end id.\n"
    assert states() == ["submitted", "submitted"]

    done, again = StringIO(), StringIO()
    call_command("reconcile_payouts", str(batch.number), str(good), stdout=done)
    call_command("reconcile_payouts", str(batch.number), str(good), stdout=again)
    assert done.getvalue().splitlines()[-1] == "1 payout changed."
    assert again.getvalue() == "This file was confirmed before; nothing was changed.\n"
    for arguments, words in (([77, good], "no batch 77"), ([batch.number, tmp_path / "x"], "No such file")):
        with pytest.raises(CommandError, match=words):
            call_command("reconcile_payouts", *map(str, arguments))
