"""How a partner is paid and taxed: payout methods, tax forms, withholding, the self-billing agreement.

Nothing here is edited in place: a changed account is another row, unverified again, and what a payout went to years
ago can still be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner
from prm import vault
from prm.models.base import EffectiveDated, PublicModel, currency_field, ordered_dates

if TYPE_CHECKING:
    from datetime import date

    from prm.actors import Actor

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)

ACCOUNT, TAX_NUMBER = "payout account", "tax number"
"""Purposes of the vault: each has a key of its own."""


class PayeeQuerySet(models.QuerySet[Row_co]):
    """Rows about a partner's money: its owners and finance, and internal people; numbers stay masked."""

    def visible_to(self, actor: Actor) -> Self:
        """Return what ``actor`` may see."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope)


class Answered(models.Model):
    """What finance decides about something that somebody else has entered."""

    created_at = models.DateTimeField(_("entered"))
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_label = models.CharField(_("entered by"), max_length=200, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_label = models.CharField(_("decided by"), max_length=200, blank=True)
    refused_reason = models.CharField(_("reason of the refusal"), max_length=300, blank=True)

    class Meta:
        abstract = True


def another_decides(name: str) -> models.CheckConstraint:
    """Return the constraint of four eyes: who entered it does not decide about it. The shell has no person."""
    return models.CheckConstraint(
        name=name,
        condition=Q(decided_by__isnull=True) | Q(created_by__isnull=True) | ~Q(decided_by=F("created_by")),
    )


class MethodKind(models.TextChoices):
    """By which way money leaves."""

    SEPA = "sepa", _("SEPA credit transfer")
    BANK = "bank", _("Bank transfer")
    OTHER = "other", _("Other way")


class MethodStatus(models.TextChoices):
    """Where a payout method stands; one that was replaced keeps the state that it had."""

    ENTERED = "entered", _("Waits for verification")
    VERIFIED = "verified", _("Verified")
    REFUSED = "refused", _("Refused")


class PayoutMethod(PublicModel, EffectiveDated, Answered):
    """Where a partner's money goes on the days of the range, in one currency or (empty) in any.

    The account number is sealed and tied to its partner; ``last_four`` is all that pages show. ``account_print`` lets
    finance see that two partners name one account, without anybody reading it.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="payout_methods")
    kind = models.CharField(_("way"), max_length=8, choices=MethodKind)
    currency = currency_field(blank=True)
    holder = models.CharField(_("account holder"), max_length=70)
    account_sealed = models.TextField()
    account_print = models.CharField(max_length=64)
    last_four = models.CharField(_("account ends in"), max_length=4)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    bank_code = models.CharField(_("bank code"), max_length=20, blank=True)
    country = models.CharField(_("country of the account"), max_length=2, blank=True)
    status = models.CharField(_("state"), max_length=8, choices=MethodStatus, default=MethodStatus.ENTERED)

    objects = PayeeQuerySet["PayoutMethod"].as_manager()

    class Meta:
        verbose_name = _("payout method")
        ordering = ["-valid_from", "-id"]
        constraints = [
            ordered_dates("method_dates_in_order"),
            models.CheckConstraint(name="method_has_first_day", condition=Q(valid_from__isnull=False)),
            models.CheckConstraint(name="method_kind_known", condition=Q(kind__in=MethodKind.values)),
            models.CheckConstraint(name="method_status_known", condition=Q(status__in=MethodStatus.values)),
            models.CheckConstraint(name="method_sepa_is_euro", condition=~Q(kind="sepa") | Q(currency="EUR")),
            models.CheckConstraint(
                name="method_decided_is_said", condition=Q(status="entered") | Q(decided_at__isnull=False)
            ),
            models.CheckConstraint(
                name="method_refusal_has_reason", condition=~Q(status="refused") | ~Q(refused_reason="")
            ),
            another_decides("method_four_eyes"),
            ExclusionConstraint(
                name="method_no_overlap",
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="method_to_verify", condition=Q(status="entered")),
            models.Index(fields=["account_print"], name="method_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked}"

    @property
    def masked(self) -> str:
        """Return the account as everybody may see it: ``FI•• 0785``."""
        return f"{self.country}•• {self.last_four}" if self.country else f"•••• {self.last_four}"

    @property
    def account_number(self) -> str:
        """Return the whole number: for the bank's file and for ``reveal_account``, never for a page."""
        return vault.unseal(self.account_sealed, purpose=ACCOUNT, bound_to=f"partner {self.partner_id}")

    def seal_account(self, number: str) -> None:
        """Store the account number so that only this installation reads it, for this partner."""
        self.account_sealed = vault.seal(number, purpose=ACCOUNT, bound_to=f"partner {self.partner_id}")
        self.account_print = vault.fingerprint(number.replace(" ", "").upper(), purpose=ACCOUNT)
        self.last_four = number.replace(" ", "")[-4:]


class TaxFormKind(models.TextChoices):
    """What says how a partner's commission is taxed."""

    W8BENE = "w8ben_e", _("W-8BEN-E (company outside the US)")
    W8BEN = "w8ben", _("W-8BEN (person outside the US)")
    W9 = "w9", _("W-9 (US person or company)")
    VAT = "vat", _("VAT id")
    NOT_NEEDED = "none", _("No form needed")


class TaxFormStatus(models.TextChoices):
    """`requested` → `received` → `verified`, or refused; ``expired`` is one that was verified and has run out."""

    REQUESTED = "requested", _("Requested")
    RECEIVED = "received", _("Waits for verification")
    VERIFIED = "verified", _("Verified")
    EXPIRED = "expired", _("Expired")
    REFUSED = "refused", _("Refused")
    REPLACED = "replaced", _("Replaced")


class TaxForm(PublicModel, Answered):
    """A tax form of a partner. A new one of the same kind replaces the old when finance verifies it, not before.

    A VAT id is printed on documents and stands in ``number``; a US or foreign tax number is sealed.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="tax_forms")
    kind = models.CharField(_("form"), max_length=8, choices=TaxFormKind)
    status = models.CharField(_("state"), max_length=10, choices=TaxFormStatus)
    country = models.CharField(_("country of taxation"), max_length=2, blank=True)
    name = models.CharField(_("name on the form"), max_length=140, blank=True)
    number = models.CharField(_("VAT id"), max_length=20, blank=True)
    number_sealed = models.TextField(blank=True)
    last_four = models.CharField(_("tax number ends in"), max_length=4, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    reference = models.CharField(_("where the signed form is kept"), max_length=200, blank=True)
    requested_at = models.DateTimeField(_("requested"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, blank=True)

    objects = PayeeQuerySet["TaxForm"].as_manager()

    class Meta:
        verbose_name = _("tax form")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="tax_form_kind_known", condition=Q(kind__in=TaxFormKind.values)),
            models.CheckConstraint(name="tax_form_status_known", condition=Q(status__in=TaxFormStatus.values)),
            models.CheckConstraint(
                name="tax_form_vat_has_number", condition=~Q(kind="vat") | Q(status="requested") | ~Q(number="")
            ),
            models.CheckConstraint(
                name="tax_form_us_is_signed",
                condition=~Q(kind__in=["w8ben_e", "w8ben", "w9"]) | Q(status="requested") | Q(signed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="tax_form_w8_expires",
                condition=~Q(kind__in=["w8ben_e", "w8ben"]) | Q(status="requested") | Q(expires_on__isnull=False),
            ),
            models.CheckConstraint(
                name="tax_form_decided_is_said",
                condition=Q(status__in=["requested", "received", "replaced"]) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="tax_form_refusal_has_reason", condition=~Q(status="refused") | ~Q(refused_reason="")
            ),
            another_decides("tax_form_four_eyes"),
            models.UniqueConstraint(
                name="tax_form_one_waits",
                fields=["partner", "kind"],
                condition=Q(status__in=["requested", "received"]),
            ),
            models.UniqueConstraint(
                name="tax_form_one_holds", fields=["partner", "kind"], condition=Q(status="verified")
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="tax_form_to_verify", condition=Q(status="received"))]

    def __str__(self) -> str:
        return self.get_kind_display()

    def status_on(self, day: date) -> str:
        """Return the state on a day: a verified form that has run out is expired."""
        if self.status == TaxFormStatus.VERIFIED and self.expires_on is not None and self.expires_on <= day:
            return TaxFormStatus.EXPIRED
        return self.status

    @property
    def tax_number(self) -> str:
        """Return the whole sealed number; for yearly reports, never for a page."""
        if not self.number_sealed:
            return ""
        return vault.unseal(self.number_sealed, purpose=TAX_NUMBER, bound_to=f"partner {self.partner_id}")

    def seal_number(self, number: str) -> None:
        """Store a tax number so that only this installation reads it, for this partner."""
        self.number_sealed = vault.seal(number, purpose=TAX_NUMBER, bound_to=f"partner {self.partner_id}")
        self.last_four = number[-4:]


class WithholdingRate(EffectiveDated):
    """How many per cent are withheld from a partner's payouts on the days of the range; no row: nothing."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="withholding_rates")
    rate = models.DecimalField(_("rate, %"), max_digits=6, decimal_places=3)
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("entered"))
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PayeeQuerySet["WithholdingRate"].as_manager()

    class Meta:
        verbose_name = _("withholding rate")
        ordering = ["-valid_from", "-id"]
        constraints = [
            ordered_dates("withholding_dates_in_order"),
            models.CheckConstraint(name="withholding_rate_sane", condition=Q(rate__gte=0, rate__lte=100)),
            ExclusionConstraint(
                name="withholding_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate.normalize():f} %"


class ReportingRule(models.Model):
    """From which yearly sum payments to a payee with one tax form are reported, from a calendar year on.

    The row with the latest ``from_year`` that has begun counts. A year's new figure is another row, with its source.
    """

    form = models.CharField(_("tax form"), max_length=8, choices=TaxFormKind)
    country = models.CharField(_("country that asks"), max_length=2)
    report = models.CharField(_("report"), max_length=20)
    from_year = models.PositiveSmallIntegerField(_("from the year"))
    threshold = models.DecimalField(_("from a yearly sum of"), max_digits=20, decimal_places=4)
    currency = currency_field()
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("reporting threshold")
        ordering = ["country", "form", "-from_year"]
        constraints = [
            models.UniqueConstraint(name="reporting_rule_key", fields=["form", "country", "from_year"]),
            models.CheckConstraint(name="reporting_rule_not_negative", condition=Q(threshold__gte=0)),
            models.CheckConstraint(name="reporting_rule_year", condition=Q(from_year__gte=1990, from_year__lte=2200)),
            models.CheckConstraint(name="reporting_rule_has_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.from_year}"


class SelfBillingAgreement(PublicModel, EffectiveDated):
    """A partner's agreement that the vendor writes its invoices: the very text, who agreed, and when.

    ``legal_name`` and ``address`` stand on the documents as the supplier's.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="self_billing_agreements")
    version = models.CharField(_("version of the text"), max_length=40)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    address = models.TextField(_("address"), max_length=300, blank=True)
    text = models.TextField(_("text"))
    accepted_at = models.DateTimeField(_("agreed"))
    accepted_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    accepted_label = models.CharField(_("agreed by"), max_length=200)

    objects = PayeeQuerySet["SelfBillingAgreement"].as_manager()

    class Meta:
        verbose_name = _("self-billing agreement")
        ordering = ["-valid_from", "-id"]
        constraints = [
            ordered_dates("self_billing_dates_in_order"),
            models.CheckConstraint(name="self_billing_has_text", condition=~Q(text="") & ~Q(version="")),
            models.CheckConstraint(name="self_billing_has_address", condition=~Q(legal_name="") & ~Q(address="")),
            ExclusionConstraint(
                name="self_billing_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return self.version
