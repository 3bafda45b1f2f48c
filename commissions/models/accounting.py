"""What the books need beside the figures: how each kind is treated, who the vendor is, VAT, self-billing documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from commissions.models.statements import Statement
from partners.policy.payees import check_bic, check_iban, check_vat_id
from prm.models.base import EffectiveDated, PublicModel, currency_field, ordered_dates

if TYPE_CHECKING:
    from prm.actors import Actor

OTHER = "adjustment"
"""What an adjustment without a kind is booked as."""


class Treatment(models.TextChoices):
    """Whether a cost of obtaining a contract is spread over it, or expensed at once (ASC 340-40, IFRS 15.91-95)."""

    CAPITALISE = "capitalise", _("Capitalise")
    EXPENSE = "expense", _("Expense")


class AccountingTreatment(models.Model):
    """How the export books one kind: the treatment, the account that is debited, and why."""

    kind = models.CharField(
        _("kind"), max_length=16, choices=[*Kind.choices, (OTHER, _("Adjustment without a kind"))], unique=True
    )
    treatment = models.CharField(_("treatment"), max_length=12, choices=Treatment)
    account = models.CharField(_("account"), max_length=40, help_text=_("As the general ledger calls it."))
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("accounting treatment")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="treatment_kind_known", condition=Q(kind__in=[*Kind.values, OTHER])),
            models.CheckConstraint(name="treatment_known", condition=Q(treatment__in=Treatment.values)),
            models.CheckConstraint(name="treatment_has_account", condition=~Q(account="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.treatment}"


class Payer(models.Model):
    """The vendor as banks and tax offices know it. One row; empty until somebody has filled it in."""

    legal_name = models.CharField(_("legal name"), max_length=140)
    address = models.TextField(_("address"), max_length=300)
    country = models.CharField(_("country"), max_length=2)
    vat_id = models.CharField(_("VAT id"), max_length=20, blank=True)
    iban = models.CharField(_("IBAN of the account that pays"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)

    class Meta:
        verbose_name = _("payer")
        verbose_name_plural = _("payer")
        constraints = [
            models.CheckConstraint(name="payer_is_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="payer_is_named", condition=~Q(legal_name="") & ~Q(address="") & Q(country__regex="^[A-Z]{2}$")
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name

    def clean(self) -> None:
        """Refuse an account and a VAT id that cannot be."""
        wrong: dict[str, str] = {}
        if self.iban:
            checked = check_iban(self.iban, sepa=True)
            self.iban = checked.number or self.iban
            if checked.fault is not None:
                wrong["iban"] = gettext("This is no IBAN that SEPA reaches.")
        if self.bic and check_bic(self.bic).fault is not None:
            wrong["bic"] = gettext("This is no BIC.")
        if self.vat_id and check_vat_id(self.vat_id, country=self.country).fault is not None:
            wrong["vat_id"] = gettext("This is no VAT id of that country.")
        if wrong:
            raise ValidationError(wrong)

    def save(self, **options: Any) -> None:
        """Write the one row."""
        self.pk = 1
        super().save(**options)

    @classmethod
    def current(cls) -> Payer | None:
        """Return the payer, or nothing before it is filled in."""
        return cls.objects.filter(pk=1).first()


class VatRate(EffectiveDated):
    """The standard VAT rate of a country, in per cent, on the days of the range."""

    country = models.CharField(_("country"), max_length=2)
    rate = models.DecimalField(_("rate, %"), max_digits=5, decimal_places=2)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("VAT rate")
        ordering = ["country", "valid_from"]
        constraints = [
            ordered_dates("vat_rate_dates_in_order"),
            models.CheckConstraint(name="vat_rate_sane", condition=Q(rate__gte=0, rate__lte=100)),
            ExclusionConstraint(
                name="vat_rate_no_overlap",
                expressions=[("country", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.rate} %"


class SelfBillingQuerySet(models.QuerySet["SelfBillingDocument"]):
    """Named reads of self-billing documents."""

    def visible_to(self, actor: Actor) -> SelfBillingQuerySet:
        """Return what ``actor`` may see: its own, if its role sees money."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope)


class DocumentKind(models.TextChoices):
    """An invoice, or what takes one back."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class SelfBillingDocument(PublicModel):
    """The invoice that the vendor writes for a partner (Directive 2006/112/EC, articles 224 and 226), never changed.

    ``total`` = ``net`` + ``vat`` in ``currency``. ``vat_rate`` is empty where the customer accounts for the VAT
    (reverse charge, article 196). A credit note has negative amounts and names the invoice that it corrects.
    """

    number = models.CharField(_("number"), max_length=90, unique=True)
    series_number = models.PositiveIntegerField(_("number in the partner's series"))
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="self_billing_documents")
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="self_billing_document")
    agreement = models.ForeignKey("partners.SelfBillingAgreement", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=DocumentKind)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by")
    issued_on = models.DateField(_("issued on"))
    issued_at = models.DateTimeField(_("issued"))
    tax_point = models.DateField(_("tax point"))
    currency = currency_field()
    net = models.DecimalField(_("net"), max_digits=20, decimal_places=4)
    vat_rate = models.DecimalField(_("VAT rate, %"), max_digits=5, decimal_places=2, null=True, blank=True)
    vat = models.DecimalField(_("VAT"), max_digits=20, decimal_places=4)
    total = models.DecimalField(_("total"), max_digits=20, decimal_places=4)
    supplier_name = models.CharField(_("supplier"), max_length=200)
    supplier_address = models.TextField(_("supplier's address"))
    supplier_vat_id = models.CharField(_("supplier's VAT id"), max_length=20)
    customer_name = models.CharField(_("customer"), max_length=140)
    customer_address = models.TextField(_("customer's address"))
    customer_vat_id = models.CharField(_("customer's VAT id"), max_length=20)

    objects = SelfBillingQuerySet.as_manager()

    class Meta:
        verbose_name = _("self-billing document")
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="self_billing_series", fields=["partner", "series_number"]),
            models.CheckConstraint(name="self_billing_adds_up", condition=Q(total=F("net") + F("vat"))),
            models.CheckConstraint(
                name="self_billing_kind_fits",
                condition=Q(kind="invoice", net__gt=0, corrects__isnull=True)
                | Q(kind="credit_note", net__lt=0, corrects__isnull=False),
            ),
            models.CheckConstraint(name="self_billing_reverse_charge", condition=Q(vat_rate__isnull=False) | Q(vat=0)),
            models.CheckConstraint(
                name="self_billing_both_vat_ids", condition=~Q(supplier_vat_id="") & ~Q(customer_vat_id="")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_reverse_charge(self) -> bool:
        """Whether the customer accounts for the VAT."""
        return self.vat_rate is None
