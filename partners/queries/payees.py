"""Whether partners can be paid, and what finance has to look at: numbers stay masked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _

from partners.models import (
    MethodStatus,
    Partner,
    PayoutMethod,
    ReportingRule,
    SelfBillingAgreement,
    TaxForm,
    TaxFormStatus,
    WithholdingRate,
)
from partners.policy.payees import Form, Method, reasons_not_payable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor

COUNTING = (TaxFormStatus.RECEIVED, TaxFormStatus.VERIFIED)

REASONS = {
    "no_payout_method": _("There is no payout account."),
    "method_unverified": _("The payout account waits for verification."),
    "no_tax_form": _("There is no tax form."),
    "tax_form_unverified": _("The tax form waits for verification."),
    "tax_form_expired": _("The tax form has expired."),
}
"""Why a partner is not paid, as a sentence for both sides."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a partner can be paid in one currency on one day; no ``reasons`` means that it can.

    ``reasons`` are of ``no_payout_method``, ``method_unverified``, ``no_tax_form``, ``tax_form_unverified`` and
    ``tax_form_expired``. ``withholding_rate`` is in per cent (``20`` = 20 %). ``method_id`` and ``method_kind`` name
    the method in force, verified or not.
    """

    method_id: int | None
    method_kind: str
    reasons: tuple[str, ...]
    withholding_rate: Decimal

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.reasons


def readiness_of(partner_ids: Iterable[int], *, on: date, currency: str) -> dict[int, Readiness]:
    """Return for each partner whether it can be paid in ``currency`` on a day. Three queries, however many partners."""
    found = readiness_of_balances([(pk, currency) for pk in partner_ids], on=on)
    return {pk: readiness for (pk, _currency), readiness in found.items()}


def readiness_of_balances(balances: Iterable[tuple[int, str]], *, on: date) -> dict[tuple[int, str], Readiness]:
    """Return for each (partner, currency) whether it can be paid on a day. Three queries, however many currencies.

    A method for the currency itself goes before one for any currency.
    """
    found = account_and_form_of(balances, on=on)
    owners = {owner for owner, _currency in found}
    rates = dict(
        WithholdingRate.objects.filter(partner_id__in=owners, valid__contains=on).values_list("partner_id", "rate")
    )
    return {
        (owner, currency): Readiness(
            method_id=method.id if method else None,
            method_kind=method.kind if method else "",
            reasons=reasons,
            withholding_rate=rates.get(owner, Decimal(0)),
        )
        for (owner, currency), (method, reasons) in found.items()
    }


def account_and_form_of(
    balances: Iterable[tuple[int, str]], *, on: date
) -> dict[tuple[int, str], tuple[Method | None, tuple[str, ...]]]:
    """Return for each (partner, currency) the method in force on a day, and what is missing. Two queries."""
    wanted = list(balances)
    owners = list({owner for owner, _currency in wanted})
    methods, forms = _methods(owners, on=on), _forms(owners)
    found = {}
    for owner, currency in wanted:
        method = methods.get((owner, currency)) or methods.get((owner, ""))
        found[owner, currency] = method, reasons_not_payable(method=method, forms=forms[owner], on=on)
    return found


def _methods(partner_ids: list[int], *, on: date) -> dict[tuple[int, str], Method]:
    """Return the methods in force by partner and currency, the empty one being for any."""
    rows = PayoutMethod.objects.filter(partner_id__in=partner_ids, valid__contains=on)
    columns = rows.exclude(status=MethodStatus.REFUSED).values_list("partner_id", "currency", "pk", "kind", "status")
    return {
        (owner, currency): Method(pk, kind, status == MethodStatus.VERIFIED)
        for owner, currency, pk, kind, status in columns
    }


def _forms(partner_ids: list[int]) -> defaultdict[int, list[Form]]:
    found: defaultdict[int, list[Form]] = defaultdict(list)
    rows = TaxForm.objects.filter(partner_id__in=partner_ids, status__in=COUNTING)
    for owner, status, expires_on in rows.values_list("partner_id", "status", "expires_on"):
        found[owner].append(Form(status, expires_on))
    return found


@dataclass(frozen=True, slots=True)
class PayeePage:
    """All that pages show of one partner's payout details on a day."""

    methods: list[PayoutMethod]
    refused: PayoutMethod | None
    forms: list[TaxForm]
    rate: WithholdingRate | None
    agreement: SelfBillingAgreement | None
    reasons: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.reasons


def payee_page(actor: Actor, *, partner_id: int, on: date) -> PayeePage:
    """Return a partner's methods in force, its forms, rate and agreement, and what is missing. Five queries at most.

    What is missing is told for the methods that there are: a partner with one verified method of any currency and a
    valid form can be paid.
    """
    methods = list(PayoutMethod.objects.visible_to(actor).filter(partner_id=partner_id).order_by("-valid_from", "-pk"))
    in_force = [row for row in methods if _holds(row, on) and row.status != MethodStatus.REFUSED]
    forms = list(
        TaxForm.objects.visible_to(actor)
        .filter(partner_id=partner_id)
        .exclude(status=TaxFormStatus.REPLACED)
        .order_by("kind", "-pk")
    )
    verified = next((row for row in in_force if row.status == MethodStatus.VERIFIED), None)
    shown = verified or next(iter(in_force), None)
    return PayeePage(
        methods=in_force,
        refused=methods[0] if methods and methods[0].status == MethodStatus.REFUSED else None,
        forms=forms,
        rate=WithholdingRate.objects.visible_to(actor).filter(partner_id=partner_id, valid__contains=on).first(),
        agreement=agreement_of(partner_id, on=on) if actor.sees_money else None,
        reasons=reasons_not_payable(
            method=Method(shown.pk, shown.kind, shown.status == MethodStatus.VERIFIED) if shown else None,
            forms=[Form(row.status, row.expires_on) for row in forms],
            on=on,
        ),
    )


def _holds(row: PayoutMethod, on: date) -> bool:
    begun = row.valid_from is not None and row.valid_from <= on
    return begun and (row.valid_until is None or on < row.valid_until)


@dataclass(frozen=True, slots=True)
class PayeeLine:
    """What lists show of one partner: its methods in force, the forms that count, what is missing for a currency."""

    methods: list[PayoutMethod]
    forms: list[TaxForm]
    reasons: tuple[str, ...]
    rate: Decimal

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.reasons


def payee_lines(actor: Actor, partner_ids: Iterable[int], *, on: date, currency: str) -> dict[int, PayeeLine]:
    """Return the payout details of many partners, masked. Five queries, however many partners."""
    wanted = list(partner_ids)
    ready = readiness_of(wanted, on=on, currency=currency)
    methods: defaultdict[int, list[PayoutMethod]] = defaultdict(list)
    in_force = PayoutMethod.objects.visible_to(actor).filter(partner_id__in=wanted, valid__contains=on)
    for method in in_force.exclude(status=MethodStatus.REFUSED).order_by("currency", "pk"):
        methods[method.partner_id].append(method)
    forms: defaultdict[int, list[TaxForm]] = defaultdict(list)
    shown = TaxForm.objects.visible_to(actor).filter(partner_id__in=wanted)
    for form in shown.exclude(status__in=[TaxFormStatus.REPLACED, TaxFormStatus.REFUSED]).order_by("kind", "pk"):
        forms[form.partner_id].append(form)
    return {pk: PayeeLine(methods[pk], forms[pk], ready[pk].reasons, ready[pk].withholding_rate) for pk in wanted}


def missing_of(partner_id: int, *, on: date) -> tuple[str, ...]:
    """Return what is missing before a partner can be paid in any currency at all, in one query."""
    return missing_and(partner_id, on=on, question=Value(value=False))[0]


def missing_and(partner_id: int, *, on: date, question: Exists | Value) -> tuple[tuple[str, ...], bool]:
    """Return the same with the answer to one more question about the partner: a page of every visit asks both."""
    methods = PayoutMethod.objects.filter(partner_id=OuterRef("pk"), valid__contains=on)
    forms = TaxForm.objects.filter(partner_id=OuterRef("pk"))
    found = Partner.objects.filter(pk=partner_id).values_list(
        Exists(methods.filter(status=MethodStatus.VERIFIED)),
        Exists(methods.filter(status=MethodStatus.ENTERED)),
        Exists(forms.filter(Q(expires_on__isnull=True) | Q(expires_on__gt=on), status=TaxFormStatus.VERIFIED)),
        Exists(forms.filter(status=TaxFormStatus.VERIFIED)),
        Exists(forms.filter(status=TaxFormStatus.RECEIVED)),
        question,
    )
    paid_to, entered, good, verified, received, answer = found.get()
    rows = [Form("verified", None)] if good else [Form("verified", on)] if verified else []
    reasons = reasons_not_payable(
        method=Method(0, "", verified=paid_to) if paid_to or entered else None,
        forms=[*rows, *([Form("received", None)] if received else [])],
        on=on,
    )
    return reasons, bool(answer)


def waiting_count() -> int:
    """Return how many methods and forms wait for finance, in one query."""
    forms = TaxForm.objects.filter(status=TaxFormStatus.RECEIVED).values("pk")
    methods = PayoutMethod.objects.filter(status=MethodStatus.ENTERED, valid_until__isnull=True).values("pk")
    return methods.union(forms, all=True).count()


def agreement_of(partner_id: int, *, on: date) -> SelfBillingAgreement | None:
    """Return the self-billing agreement of a partner that holds on a day."""
    return SelfBillingAgreement.objects.filter(partner_id=partner_id, valid__contains=on).first()


def methods_to_verify(actor: Actor) -> QuerySet[PayoutMethod]:
    """Return the methods that wait for finance, the oldest first, each with whether another partner has the account."""
    elsewhere = PayoutMethod.objects.filter(account_print=OuterRef("account_print")).exclude(
        partner_id=OuterRef("partner_id")
    )
    return (
        PayoutMethod.objects.visible_to(actor)
        .filter(status=MethodStatus.ENTERED, valid_until__isnull=True)
        .annotate(also_elsewhere=Exists(elsewhere))
        .select_related("partner")
        .order_by("created_at", "pk")
    )


def forms_to_verify(actor: Actor) -> QuerySet[TaxForm]:
    """Return the tax forms that wait for finance, the oldest first."""
    rows = TaxForm.objects.visible_to(actor).filter(status=TaxFormStatus.RECEIVED)
    return rows.select_related("partner").order_by("received_at", "pk")


def verified_vat_id(partner_id: int) -> str:
    """Return a partner's verified VAT id, or nothing."""
    found = TaxForm.objects.filter(partner_id=partner_id, kind="vat", status=TaxFormStatus.VERIFIED).first()
    return found.number if found else ""


def reporting_rule(*, form: str, year: int) -> ReportingRule | None:
    """Return the threshold that counts for payees with ``form`` in a calendar year, or None where nobody asks."""
    return ReportingRule.objects.filter(form=form, from_year__lte=year).order_by("-from_year").first()
