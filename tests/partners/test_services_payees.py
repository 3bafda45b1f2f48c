"""Payout methods and tax forms: entered, verified by another person, replaced; sealed at rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from partners.models import PayoutMethod, ReportingRule, SelfBillingAgreement, TaxForm, WithholdingRate
from partners.queries.payees import Readiness, methods_to_verify, readiness_of, reporting_rule
from partners.services.payees import (
    MethodEntry,
    refuse_payout_method,
    reveal_account,
    submit_payout_method,
    verify_payout_method,
)
from partners.services.tax import (
    TaxFormEntry,
    end_self_billing_agreement,
    refuse_tax_form,
    request_tax_form,
    set_withholding,
    store_self_billing_agreement,
    submit_tax_form,
    verify_tax_form,
)
from prm import vault
from prm.actors import OPERATOR
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent
from tests.cast import Cast, assemble
from tests.factories.partners import make_partner, make_user
from tests.factories.payees import IBAN_DE, IBAN_FI, IBAN_PL, make_method, make_payable, make_tax_form

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
AGREED = {"version": "1", "legal_name": "Northwind IT Oy", "address": "Katu 1, Helsinki"}
SEPA = MethodEntry(kind="sepa", holder="Northwind IT Oy", account="FI21 1234 5600 0007 85", bic="nbfsfihh")


@pytest.fixture
def cast() -> Cast:
    return assemble()


def submit(cast: Cast, by: str = "owner", **changes: Any) -> PayoutMethod:
    entry = MethodEntry(**{**{name: getattr(SEPA, name) for name in MethodEntry.__slots__}, **changes})
    return submit_payout_method(partner_id=cast.partner.pk, entry=entry, actor=cast.actor(by), now=NOW)


def ready(cast: Cast, *, on: date = TODAY, currency: str = "EUR") -> Readiness:
    return readiness_of([cast.partner.pk], on=on, currency=currency)[cast.partner.pk]


def test_a_partner_enters_and_finance_verifies(cast: Cast) -> None:
    row = submit(cast)
    make_tax_form(cast.partner)

    assert (row.kind, row.currency, row.bic, row.country, row.masked) == ("sepa", "EUR", "NBFSFIHH", "FI", "FI•• 0785")
    assert ready(cast) == Readiness(row.pk, "sepa", ("method_unverified",), Decimal(0))

    verify_payout_method(method_id=row.pk, actor=cast.actor("finance_person"), now=NOW)

    assert ready(cast) == Readiness(row.pk, "sepa", (), Decimal(0))
    assert ready(cast, currency="PLN").reasons == ("no_payout_method",)
    assert list(AuditEvent.objects.order_by("id").values_list("action", "actor", "data")) == [
        (
            "payout_method.entered",
            str(cast.owner),
            {"kind": "sepa", "currency": "EUR", "account": "FI•• 0785"},
        ),
        ("payout_method.verified", str(cast.finance_person), {"account": "FI•• 0785"}),
    ]


def test_the_number_is_sealed_and_tied_to_its_partner(cast: Cast) -> None:
    row = submit(cast)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM partners_payoutmethod m WHERE id = %s", [row.pk])
        stored = cursor.fetchone()[0]
    assert IBAN_FI not in stored
    assert "1234560" not in stored
    fresh = PayoutMethod.objects.get(pk=row.pk)
    assert fresh.account_number == IBAN_FI
    stolen = PayoutMethod(partner=cast.rival, account_sealed=fresh.account_sealed)
    with pytest.raises(vault.SealedError):
        _ = stolen.account_number
    with pytest.raises(vault.SealedError):
        vault.unseal(fresh.account_sealed, purpose="tax number", bound_to=f"partner {cast.partner.pk}")


def test_a_new_secret_reads_what_an_earlier_one_wrote(cast: Cast, settings: Any) -> None:
    row = submit(cast)
    earlier = settings.SECRET_KEY
    settings.SECRET_KEY = "another secret altogether, and long enough"
    with pytest.raises(vault.SealedError):
        _ = row.account_number
    settings.SECRET_KEY_FALLBACKS = [earlier]

    assert row.account_number == IBAN_FI


def test_a_changed_account_is_unverified_again_and_the_old_one_stays_readable(cast: Cast) -> None:
    old = make_payable(cast.partner)
    assert ready(cast).reasons == ()

    new = submit(cast, account=IBAN_DE, bic="")

    old.refresh_from_db()
    assert (old.valid_until, old.status, old.account_number) == (TODAY, "verified", IBAN_FI)
    assert ready(cast) == Readiness(new.pk, "sepa", ("method_unverified",), Decimal(0))
    assert ready(cast, on=TODAY - timedelta(days=1)).method_id == old.pk
    again = submit(cast, account=IBAN_DE, bic="")
    new.refresh_from_db()
    assert (new.valid_from, new.valid_until) == (TODAY, TODAY)
    assert ready(cast).method_id == again.pk
    with pytest.raises(StaleError, match="decided or replaced"):
        verify_payout_method(method_id=new.pk, actor=cast.actor("finance_person"), now=NOW)


def test_a_refusal_has_a_reason_and_leaves_nothing_in_force(cast: Cast) -> None:
    row = submit(cast)
    finance = cast.actor("finance_person")
    with pytest.raises(DomainError, match="Say why"):
        refuse_payout_method(method_id=row.pk, reason=" ", actor=finance, now=NOW)

    refuse_payout_method(method_id=row.pk, reason="The holder is another company.", actor=finance, now=NOW)

    row.refresh_from_db()
    assert (row.status, row.refused_reason) == ("refused", "The holder is another company.")
    assert ready(cast).reasons == ("no_payout_method", "no_tax_form")
    with pytest.raises(StaleError):
        verify_payout_method(method_id=row.pk, actor=finance, now=NOW)


def test_who_entered_it_cannot_verify_it(cast: Cast) -> None:
    row = submit(cast, by="finance_person")
    with pytest.raises(DomainError, match="A second person verifies it"):
        verify_payout_method(method_id=row.pk, actor=cast.actor("finance_person"), now=NOW)
    with pytest.raises(IntegrityError, match="method_four_eyes"), transaction.atomic():
        PayoutMethod.objects.filter(pk=row.pk).update(
            status="verified", decided_at=NOW, decided_by=cast.finance_person.pk
        )
    form = submit_tax_form(
        partner_id=cast.partner.pk, entry=TaxFormEntry("vat", "FI20774740"), actor=cast.actor("finance_person"), now=NOW
    )
    with pytest.raises(DomainError, match="A second person verifies it"):
        verify_tax_form(form_id=form.pk, actor=cast.actor("finance_person"), now=NOW)
    second = make_user(roles=("finance",))
    other = type(cast.actor("finance_person"))(
        kind=cast.actor("finance_person").kind, user_id=second.pk, internal_roles=frozenset({"finance"})
    )
    assert verify_payout_method(method_id=row.pk, actor=other, now=NOW).status == "verified"


@pytest.mark.parametrize("name", ["seller", "marketing", "rival_owner", "manager", "viewer", "admin", "stranger"])
def test_others_enter_and_verify_nothing(cast: Cast, name: str) -> None:
    row = submit(cast)
    with pytest.raises(NotAllowedError):
        submit(cast, by=name)
    with pytest.raises(NotAllowedError):
        verify_payout_method(method_id=row.pk, actor=cast.actor(name), now=NOW)
    with pytest.raises(NotAllowedError):
        reveal_account(method_id=row.pk, actor=cast.actor(name), now=NOW)
    with pytest.raises(NotAllowedError):
        submit_tax_form(
            partner_id=cast.partner.pk, entry=TaxFormEntry("vat", "FI20774740"), actor=cast.actor(name), now=NOW
        )


def test_who_sees_a_method(cast: Cast) -> None:
    submit(cast)
    seen = {
        name: PayoutMethod.objects.visible_to(cast.actor(name)).count()
        for name in ("owner", "finance", "seller", "marketing", "rival_owner", "stranger", "viewer", "finance_person")
    }

    assert seen == {
        "owner": 1, "finance": 1, "seller": 0, "marketing": 0, "rival_owner": 0, "stranger": 0, "viewer": 1,
        "finance_person": 1,
    }  # fmt: skip


def test_reading_a_whole_number_leaves_a_trace(cast: Cast) -> None:
    row = submit(cast)

    assert reveal_account(method_id=row.pk, actor=cast.actor("finance_person"), now=NOW) == IBAN_FI
    assert AuditEvent.objects.filter(action="payout_method.revealed", object_id=row.pk).count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "cheque"}, "unknown_kind", "kind"),
        ({"holder": " "}, "invalid_holder", "holder"),
        ({"holder": "x" * 71}, "invalid_holder", "holder"),
        ({"account": "FI2112345600000786"}, "invalid_account", "account"),
        ({"account": "AE070331234567890123456"}, "invalid_account", "account"),
        ({"bic": "XX"}, "invalid_bic", "bic"),
        ({"currency": "USD"}, "method_sepa_is_euro", "currency"),
        ({"kind": "bank", "currency": "XYZ"}, "unknown_currency", "currency"),
        ({"kind": "bank", "account": "=1+1"}, "invalid_account", "account"),
        ({"kind": "other", "account": "x"}, "invalid_account", "account"),
    ],
)
def test_what_cannot_be_an_account_is_refused_by_field(
    cast: Cast, changes: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        submit(cast, **changes)

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert PayoutMethod.objects.count() == 0


def test_a_method_of_the_currency_goes_before_one_of_any(cast: Cast) -> None:
    make_tax_form(cast.partner)
    anything = make_method(cast.partner, kind="bank", currency="", account=IBAN_PL)
    euro = make_method(cast.partner)

    assert ready(cast).method_id == euro.pk
    assert ready(cast, currency="USD").method_id == anything.pk


@pytest.mark.parametrize("count", [1, 30])
def test_readiness_costs_three_queries(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    partners = [make_partner(country="FI") for _ in range(count)]
    for partner in partners:
        make_payable(partner, rate="12.5")

    with django_assert_num_queries(3):
        found = readiness_of([partner.pk for partner in partners], on=TODAY, currency="EUR")

    assert {(row.reasons, row.withholding_rate) for row in found.values()} == {((), Decimal("12.5"))}
    assert len(found) == count


@pytest.mark.parametrize(
    "change",
    [
        {"holder": "Somebody else"}, {"kind": "bank"}, {"last_four": "0000"}, {"bic": "DEUTDEFF"},
        {"valid_from": date(2020, 1, 1)}, {"status": "refused", "refused_reason": "x"},
    ],
)  # fmt: skip
def test_the_database_refuses_to_edit_a_method(cast: Cast, change: dict[str, Any]) -> None:
    row = make_method(cast.partner)

    with pytest.raises(IntegrityError, match="replaced, never edited"), transaction.atomic():
        PayoutMethod.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError, match="replaced, never edited"), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError, match="method_no_overlap"), transaction.atomic():
        make_method(cast.partner)


def test_a_tax_form_is_asked_for_sent_in_verified_and_replaced(cast: Cast) -> None:
    finance, owner = cast.actor("finance_person"), cast.actor("owner")
    make_method(cast.partner)
    asked = request_tax_form(partner_id=cast.partner.pk, kind="w8ben_e", actor=finance, now=NOW)
    assert request_tax_form(partner_id=cast.partner.pk, kind="w8ben_e", actor=finance, now=NOW) == asked
    assert ready(cast).reasons == ("no_tax_form",)

    entry = TaxFormEntry("w8ben_e", signed_on=date(2026, 11, 1), reference="DMS 77")
    sent = submit_tax_form(partner_id=cast.partner.pk, entry=entry, actor=owner, now=NOW)

    assert (sent.pk, sent.status, sent.expires_on, sent.name) == (
        asked.pk, "received", date(2030, 1, 1), "Northwind IT",
    )  # fmt: skip
    assert ready(cast).reasons == ("tax_form_unverified",)
    verify_tax_form(form_id=sent.pk, actor=finance, now=NOW)
    assert ready(cast).reasons == ()
    assert ready(cast, on=date(2030, 1, 1)).reasons == ("tax_form_expired",)
    sent.refresh_from_db()
    assert (sent.status_on(date(2029, 12, 31)), sent.status_on(date(2030, 1, 1))) == ("verified", "expired")

    renewed = submit_tax_form(partner_id=cast.partner.pk, entry=entry, actor=owner, now=NOW)
    assert ready(cast).reasons == ()
    verify_tax_form(form_id=renewed.pk, actor=finance, now=NOW)
    sent.refresh_from_db()
    assert sent.status == "replaced"
    with pytest.raises(IntegrityError, match="replaced, never edited"), transaction.atomic():
        TaxForm.objects.filter(pk=renewed.pk).update(expires_on=date(2040, 1, 1))


def test_a_refused_tax_form_can_be_sent_in_again(cast: Cast) -> None:
    finance, owner = cast.actor("finance_person"), cast.actor("owner")
    first = submit_tax_form(partner_id=cast.partner.pk, entry=TaxFormEntry("vat", "FI20774740"), actor=owner, now=NOW)
    refuse_tax_form(form_id=first.pk, reason="Not registered.", actor=finance, now=NOW)
    assert ready(cast).reasons == ("no_payout_method", "no_tax_form")

    second = submit_tax_form(partner_id=cast.partner.pk, entry=TaxFormEntry("vat", "20774740"), actor=owner, now=NOW)

    assert (second.number, second.status) == ("FI20774740", "received")
    assert second.pk != first.pk
    with pytest.raises(StaleError):
        verify_tax_form(form_id=first.pk, actor=finance, now=NOW)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (TaxFormEntry("vat", "FI20774741"), "invalid_vat_id"),
        (TaxFormEntry("vat", ""), "invalid_vat_id"),
        (TaxFormEntry("w8ben"), "not_signed"),
        (TaxFormEntry("w8ben", signed_on=date(2026, 11, 25)), "not_signed"),
        (TaxFormEntry("w9", "123", signed_on=TODAY), "invalid_tax_number"),
        (TaxFormEntry("form 7"), "unknown_form"),
        (TaxFormEntry("none"), "not_allowed"),
    ],
)
def test_a_wrong_form_is_refused(cast: Cast, entry: TaxFormEntry, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        submit_tax_form(partner_id=cast.partner.pk, entry=entry, actor=cast.actor("owner"), now=NOW)

    assert refusal.value.code == code
    assert TaxForm.objects.count() == 0


def test_a_us_tax_number_is_sealed(cast: Cast) -> None:
    entry = TaxFormEntry("w9", "12-3456789", signed_on=TODAY)
    row = submit_tax_form(partner_id=cast.partner.pk, entry=entry, actor=cast.actor("owner"), now=NOW)

    assert "3456789" not in row.number_sealed
    assert (row.number, row.last_four, row.tax_number, row.expires_on) == ("", "6789", "12-3456789", None)


def test_an_old_w8_cannot_be_verified(cast: Cast) -> None:
    entry = TaxFormEntry("w8ben", signed_on=date(2022, 12, 31))
    row = submit_tax_form(partner_id=cast.partner.pk, entry=entry, actor=cast.actor("owner"), now=NOW)

    assert row.expires_on == date(2026, 1, 1)
    with pytest.raises(DomainError, match="run out already"):
        verify_tax_form(form_id=row.pk, actor=cast.actor("finance_person"), now=NOW)


def test_withholding_is_dated(cast: Cast) -> None:
    finance = cast.actor("finance_person")
    pk = cast.partner.pk
    for rate, day in (("30", date(2026, 1, 1)), ("15", date(2026, 7, 1)), ("10", date(2026, 7, 1))):
        set_withholding(partner_id=pk, rate=Decimal(rate), valid_from=day, reason="Treaty", actor=finance, now=NOW)

    rates = [ready(cast, on=day).withholding_rate for day in (date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1))]
    assert rates == [Decimal(0), Decimal(30), Decimal(10)]
    assert WithholdingRate.objects.count() == 3
    with pytest.raises(DomainError, match="between 0 and 100"):
        set_withholding(partner_id=pk, rate=Decimal(101), valid_from=TODAY, reason="Slip", actor=finance, now=NOW)
    with pytest.raises(NotAllowedError):
        set_withholding(
            partner_id=pk, rate=Decimal(1), valid_from=TODAY, reason="x", actor=cast.actor("owner"), now=NOW
        )


@pytest.mark.parametrize(
    ("form", "year", "expected"),
    [
        ("w9", 2019, None),
        ("w9", 2025, ("1099-NEC", Decimal(600))),
        ("w9", 2026, ("1099-NEC", Decimal(2000))),
        ("w9", 2027, ("1099-NEC", Decimal(2000))),
        ("w8ben_e", 2026, ("1042-S", Decimal(0))),
        ("vat", 2026, None),
    ],
)
def test_the_reporting_threshold_of_a_year(form: str, year: int, expected: tuple[str, Decimal] | None) -> None:
    rule = reporting_rule(form=form, year=year)

    assert (rule and (rule.report, rule.threshold)) == expected
    assert all(row.source for row in ReportingRule.objects.all())


def test_self_billing_is_off_until_the_agreement_is_stored(cast: Cast) -> None:
    owner = cast.actor("owner")
    store_self_billing_agreement(partner_id=cast.partner.pk, text="We agree.", actor=owner, now=NOW, **AGREED)
    row = SelfBillingAgreement.objects.get()
    assert (row.text, row.version, row.accepted_label, row.valid_from) == ("We agree.", "1", str(cast.owner), TODAY)
    with pytest.raises(IntegrityError, match="kept as it was agreed to"), transaction.atomic():
        SelfBillingAgreement.objects.update(text="Other words")

    end_self_billing_agreement(partner_id=cast.partner.pk, actor=owner, now=NOW + timedelta(days=3))

    row.refresh_from_db()
    assert row.valid_until == date(2026, 11, 27)
    with pytest.raises(NotAllowedError):
        store_self_billing_agreement(
            partner_id=cast.partner.pk, text="x", actor=cast.actor("seller"), now=NOW, **AGREED
        )


def test_finance_sees_that_two_partners_name_one_account(cast: Cast) -> None:
    make_method(cast.rival)
    submit(cast)
    submit_payout_method(
        partner_id=cast.former.pk,
        entry=MethodEntry(kind="sepa", holder="Fabrikam", account=IBAN_DE),
        actor=OPERATOR,
        now=NOW,
    )

    waiting = [(each.partner.code, each.also_elsewhere) for each in methods_to_verify(cast.actor("finance_person"))]  # type: ignore[attr-defined]

    assert waiting == [("northwind", True), ("fabrikam", False)]
