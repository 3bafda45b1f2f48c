"""How the demonstration's partners are paid: most of them can be, three cannot, each for another reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from stdnum import iban

from commissions.demo.partners import FINANCE, MEMBERS, ONBOARDING, Member
from commissions.demo.people import Cast
from commissions.demo.timeline import Timeline, at
from commissions.models import Payer
from partners.models import TaxFormKind
from partners.policy.payees import W8_YEARS, check_vat_id
from partners.queries.self_billing import VERSION, self_billing_text
from partners.services.payees import MethodEntry, submit_payout_method, verify_payout_method
from partners.services.tax import (
    TaxFormEntry,
    set_withholding,
    store_self_billing_agreement,
    submit_tax_form,
    verify_tax_form,
)

UNVERIFIED, EXPIRED, NOTHING = "alster-cloud", "gulf-meridian", "penhale"
"""Whose new account waits for finance; whose W-8 has run out; who has entered nothing."""

SELF_BILLED = {"aldervik": "Satamakatu 4\n00160 Helsinki\nFinland", "brenner-netz": "Am Kai 9\n20457 Hamburg\nGermany"}
"""Who agreed to self-billing, with the address on its invoices."""

PAYER = {
    "legal_name": "Halden Cloud GmbH",
    "address": "Speicherstrasse 12\n20457 Hamburg\nGermany",
    "country": "DE",
    "vat_id": "DE123456788",
    "iban": "DE75512108001245126199",
    "bic": "SKHRDE6W",
}
"""The invented vendor as banks and tax offices would know it."""
DIGITS = {"FI": 14, "PL": 24, "DE": 18, "GB": 14, "NO": 11, "AE": 19, "IT": 22}
BANK = {"GB": "MIDL", "IT": "X"}
"""Letters that stand at the beginning of an account in its country."""

VAT_DIGITS = {"FI": 8, "PL": 10, "DE": 9, "IT": 11, "GB": 9}
"""How many digits a VAT id has; each is invented, with true check digits."""


def write_payees(timeline: Timeline, random: Random, cast: Cast) -> None:
    """Enter and verify accounts and tax forms through the services, a week after each partnership began."""
    for member in MEMBERS:
        if member.code in {ONBOARDING, NOTHING}:
            continue
        _write_account(timeline, cast, member, _account(member, random))
        _write_form(timeline, cast, member, _vat_id(member, random))
    _write_others(timeline, cast)
    Payer.objects.create(pk=1, **PAYER)


def _account(member: Member, random: Random) -> str:
    """Return an invented account of the partner's country with true check digits."""
    digits = DIGITS.get(member.country)
    if digits is None:
        return "".join(str(random.randint(0, 9)) for _ in range(16))
    while True:
        body = BANK.get(member.country, "") + "".join(str(random.randint(0, 9)) for _ in range(digits))
        number = f"{member.country}{iban.calc_check_digits(f'{member.country}00{body}')}{body}"
        if iban.is_valid(number):
            return str(number)


def _vat_id(member: Member, random: Random) -> str:
    """Return an invented VAT id of the partner's country, or nothing where the country has none here."""
    digits = VAT_DIGITS.get(member.country)
    while digits:
        number = f"{member.country}{''.join(str(random.randint(0, 9)) for _ in range(digits))}"
        if check_vat_id(number, country=member.country).fault is None:
            return number
    return ""


def _write_account(timeline: Timeline, cast: Cast, member: Member, account: str) -> None:
    entered = at(timeline.day(max(member.since, 0), 8), 10, 5)
    sepa = member.currency == "EUR" and member.country not in {"AE", "CN"}
    entry = MethodEntry(
        kind="sepa" if sepa else "bank",
        holder=member.name[:70],
        account=account,
        currency="EUR" if sepa else "",
        country=member.country,
    )
    row = submit_payout_method(
        partner_id=cast.partners[member.code].pk, entry=entry, actor=cast.actor(member.code, "owner"), now=entered
    )
    verify_payout_method(method_id=row.pk, actor=cast.colleague(FINANCE), now=entered + timedelta(days=1))


def _write_form(timeline: Timeline, cast: Cast, member: Member, vat_id: str) -> None:
    sent = at(timeline.day(max(member.since, 0), 8), 10, 20)
    company = TaxFormKind.W8BENE
    if vat_id:
        entry = TaxFormEntry(TaxFormKind.VAT, vat_id, country=member.country)
    elif member.code == EXPIRED:
        # Good to the end of the year in which it was sent in: run out by now, 14 months later.
        entry = TaxFormEntry(company, signed_on=sent.date().replace(year=sent.year - W8_YEARS, month=3, day=1))
    else:
        entry = TaxFormEntry(company, signed_on=sent.date() - timedelta(days=3), reference="Signed copy by e-mail")
    form = submit_tax_form(
        partner_id=cast.partners[member.code].pk, entry=entry, actor=cast.actor(member.code, "owner"), now=sent
    )
    verify_tax_form(form_id=form.pk, actor=cast.colleague(FINANCE), now=sent + timedelta(days=1))


def _write_others(timeline: Timeline, cast: Cast) -> None:
    """Withhold where a rule says so, agree to self-billing, and let one partner change its account lately."""
    set_withholding(
        partner_id=cast.partners["haibin"].pk, rate=Decimal(10), valid_from=timeline.month(0),
        reason="Treaty on royalties and services", actor=cast.colleague(FINANCE), now=at(timeline.day(0, 9), 11),
    )  # fmt: skip
    for code, address in SELF_BILLED.items():
        store_self_billing_agreement(
            partner_id=cast.partners[code].pk, version=VERSION, actor=cast.actor(code, "owner"),
            text=self_billing_text(vendor="Halden Cloud", partner=cast.partners[code].name),
            legal_name=cast.partners[code].name, address=address, now=at(timeline.day(0, 9), 12),
        )  # fmt: skip
    changed = MethodEntry(
        kind="sepa", holder=cast.partners[UNVERIFIED].name[:70], account="DE02120300000000202051", currency="EUR"
    )
    submit_payout_method(
        partner_id=cast.partners[UNVERIFIED].pk, entry=changed, actor=cast.actor(UNVERIFIED, "owner"),
        now=at(timeline.working_day(2), 15, 40),
    )  # fmt: skip
