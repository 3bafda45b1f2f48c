"""What a person can type as an account or a VAT id, and when a partner can be paid."""

from __future__ import annotations

from datetime import date

import pytest

from partners.policy.payees import (
    Checked,
    Fault,
    Form,
    Method,
    check_account,
    check_bic,
    check_iban,
    check_vat_id,
    reasons_not_payable,
    w8_expires_on,
)

DAY = date(2026, 11, 24)
VERIFIED = Method(1, "sepa", verified=True)
ENTERED = Method(1, "sepa", verified=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FI2112345600000785", Checked("FI2112345600000785")),
        (" fi21 1234 5600 0007 85 ", Checked("FI2112345600000785")),
        ("DE89-3704-0044-0532-0130-00", Checked("DE89370400440532013000")),
        ("FI2112345600000786", Checked(fault=Fault.CHECKSUM)),
        ("FI1212345600000785", Checked(fault=Fault.CHECKSUM)),
        ("FI2112345600000785 0", Checked(fault=Fault.CHECKSUM)),
        ("DE8937040044053201300", Checked(fault=Fault.CHECKSUM)),
        ("ES9121000418450200051333", Checked(fault=Fault.CHECKSUM)),
        ("US64SVBKUS6S3300958879", Checked(fault=Fault.SHAPE)),
        ("12345678", Checked(fault=Fault.SHAPE)),
        ("", Checked(fault=Fault.SHAPE)),
        ("AE070331234567890123456", Checked(fault=Fault.NOT_SEPA)),
        ("FI21\x001234560000078", Checked(fault=Fault.SHAPE)),
    ],
)
def test_an_iban_for_sepa(text: str, expected: Checked) -> None:
    assert check_iban(text, sepa=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AE07 0331 2345 6789 0123 456", Checked("AE070331234567890123456")),
        ("AE080331234567890123456", Checked(fault=Fault.CHECKSUM)),
        (" 6222 0212-0100 ", Checked("6222 0212-0100")),
        ("=cmd", Checked(fault=Fault.SHAPE)),
        ("123", Checked(fault=Fault.SHAPE)),
    ],
)
def test_an_account_of_another_bank(text: str, expected: Checked) -> None:
    assert check_account(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nbfsfihh", Checked("NBFSFIHH")),
        ("DEUTDEFF500", Checked("DEUTDEFF500")),
        ("DEUTDEFF50", Checked(fault=Fault.LENGTH)),
        ("DEUT12FF", Checked(fault=Fault.SHAPE)),
    ],
)
def test_a_bic(text: str, expected: Checked) -> None:
    assert check_bic(text) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("FI 2077474-0", "FI", Checked("FI20774740")),
        ("20774740", "FI", Checked("FI20774740")),
        ("FI20774741", "FI", Checked(fault=Fault.CHECKSUM)),
        ("DE136695976", "FI", Checked("DE136695976")),
        ("EL094259216", "GR", Checked("EL094259216")),
        ("094259216", "GR", Checked("EL094259216")),
        ("GB980780684", "GB", Checked("GB980780684")),
        ("980780684", "GB", Checked("GB980780684")),
        ("CHE-107.787.577 MWST", "CH", Checked("CHE107787577MWST")),
        ("12345", "", Checked(fault=Fault.SHAPE)),
        ("AE123", "AE", Checked(fault=Fault.SHAPE)),
    ],
)
def test_a_vat_id(text: str, country: str, expected: Checked) -> None:
    assert check_vat_id(text, country=country) == expected


def test_a_w8_holds_to_the_end_of_the_third_year_after_it_was_signed() -> None:
    assert w8_expires_on(date(2026, 1, 1)) == date(2030, 1, 1)
    assert w8_expires_on(date(2026, 12, 31)) == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("method", "forms", "reasons"),
    [
        (VERIFIED, [Form("verified", None)], ()),
        (VERIFIED, [Form("verified", date(2026, 11, 25))], ()),
        (VERIFIED, [Form("verified", DAY)], ("tax_form_expired",)),
        (VERIFIED, [Form("verified", DAY), Form("received", None)], ("tax_form_unverified",)),
        (VERIFIED, [Form("verified", None), Form("received", None)], ()),
        (VERIFIED, [Form("received", None)], ("tax_form_unverified",)),
        (VERIFIED, [Form("requested", None)], ("no_tax_form",)),
        (VERIFIED, [], ("no_tax_form",)),
        (ENTERED, [Form("verified", None)], ("method_unverified",)),
        (None, [Form("verified", None)], ("no_payout_method",)),
        (None, [], ("no_payout_method", "no_tax_form")),
    ],
)
def test_why_a_partner_is_not_paid(method: Method | None, forms: list[Form], reasons: tuple[str, ...]) -> None:
    assert reasons_not_payable(method=method, forms=forms, on=DAY) == reasons
