"""Payouts: one per partner and currency in a batch, each paid at most once however often it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.payees import PayeeQuerySet
from prm.models.base import PublicModel, Uuid7, currency_field

if TYPE_CHECKING:
    from datetime import date

    from prm.actors import Actor


class PayoutStatus(models.TextChoices):
    """`prepared` → `submitted` → `paid` | `failed` | `returned`; what was paid may still come back."""

    PREPARED = "prepared", _("Prepared")
    SUBMITTED = "submitted", _("Under way")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    RETURNED = "returned", _("Returned")


OPEN = (PayoutStatus.PREPARED, PayoutStatus.SUBMITTED)
"""States in which the outcome is not known: a partner has at most one such payout in a currency."""


class PayoutBatchQuerySet(models.QuerySet["PayoutBatch"]):
    """Named reads of batches."""

    def visible_to(self, actor: Actor) -> PayoutBatchQuerySet:
        """Return what ``actor`` may see: the vendor's people alone, a batch names many partners."""
        return self.all() if actor.is_internal and actor.sees_money else self.none()


class PayoutBatch(PublicModel):
    """What was prepared together for one day; plan, method and withholding are those of ``as_of``."""

    number = models.BigIntegerField(_("number"), unique=True)
    as_of = models.DateField(_("payout date"))
    created_at = models.DateTimeField(_("prepared"))
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_label = models.CharField(_("prepared by"), max_length=200)

    objects = PayoutBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout batch")
        verbose_name_plural = _("payout batches")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"PB-{self.number:06}"

    def pay_on(self, today: date) -> date:
        """Return the day on which the batch is paid if it is submitted ``today``: never before its own."""
        return max(today, self.as_of)


class Payout(PublicModel):
    """``net`` = ``gross`` − ``withheld`` to one partner in one currency; ``gross`` left the payable when it was made.

    ``idempotency_key`` is told to the provider with every attempt and never changes. ``attempted_at`` is the recovery
    point: from then on the provider may have heard of the payout, so that it is asked before anything is sent again.
    """

    number = models.BigIntegerField(_("number"), unique=True)
    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="payouts")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="payouts")
    currency = currency_field()
    gross = models.DecimalField(_("gross"), max_digits=20, decimal_places=4)
    withholding_rate = models.DecimalField(_("withholding, %"), max_digits=6, decimal_places=3)
    withheld = models.DecimalField(_("withheld"), max_digits=20, decimal_places=4)
    net = models.DecimalField(_("net"), max_digits=20, decimal_places=4)
    method = models.ForeignKey("partners.PayoutMethod", on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(_("provider"), max_length=32)
    idempotency_key = models.UUIDField(db_default=Uuid7(), unique=True, editable=False)
    status = models.CharField(_("state"), max_length=16, choices=PayoutStatus, default=PayoutStatus.PREPARED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    attempted_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    closed_at = models.DateTimeField(_("failed or returned"), null=True, blank=True)
    provider_reference = models.CharField(_("reference of the provider"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = PayeeQuerySet["Payout"].as_manager()

    class Meta:
        verbose_name = _("payout")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(name="payout_status_known", condition=Q(status__in=PayoutStatus.values)),
            models.CheckConstraint(name="payout_adds_up", condition=Q(net=F("gross") - F("withheld"))),
            models.CheckConstraint(name="payout_pays_something", condition=Q(net__gt=0, withheld__gte=0)),
            models.CheckConstraint(
                name="payout_rate_sane", condition=Q(withholding_rate__gte=0, withholding_rate__lte=100)
            ),
            models.CheckConstraint(
                name="payout_state_has_its_times",
                condition=Q(status="prepared", submitted_at__isnull=True, paid_at__isnull=True, closed_at__isnull=True)
                | Q(status="submitted", submitted_at__isnull=False, paid_at__isnull=True, closed_at__isnull=True)
                | Q(status="paid", submitted_at__isnull=False, paid_at__isnull=False, closed_at__isnull=True)
                | Q(status="failed", paid_at__isnull=True, closed_at__isnull=False)
                | Q(status="returned", submitted_at__isnull=False, closed_at__isnull=False),
            ),
            models.UniqueConstraint(name="payout_once_a_batch", fields=["batch", "partner", "currency"]),
            models.UniqueConstraint(
                name="payout_one_open",
                fields=["partner", "currency"],
                condition=Q(status__in=["prepared", "submitted"]),
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "id"], name="payout_under_way", condition=Q(status="submitted")),
        ]

    def __str__(self) -> str:
        return f"P-{self.number:06}"


class CarriedForward(models.Model):
    """A balance that a batch did not pay out, and why; codes of ``commissions.policy.payouts``."""

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="carried_forward")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="carried_forward")
    currency = currency_field()
    payable = models.DecimalField(_("owed"), max_digits=20, decimal_places=4)
    minimum = models.DecimalField(_("minimum payout"), max_digits=20, decimal_places=6, null=True, blank=True)
    reasons = ArrayField(models.CharField(max_length=32), verbose_name=_("reasons"))

    objects = PayeeQuerySet["CarriedForward"].as_manager()

    class Meta:
        verbose_name = _("balance carried forward")
        verbose_name_plural = _("balances carried forward")
        constraints = [
            models.UniqueConstraint(name="carried_once_a_batch", fields=["batch", "partner", "currency"]),
            models.CheckConstraint(name="carried_has_reasons", condition=Q(reasons__len__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.payable} {self.currency}"
