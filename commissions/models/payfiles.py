"""Files to banks and their answers: which payout stands in which file, and what was confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.models.payouts import Payout, PayoutBatch
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from prm.actors import Actor


class PaymentFileQuerySet(models.QuerySet["PaymentFile"]):
    """Named reads of payment files."""

    def visible_to(self, actor: Actor) -> PaymentFileQuerySet:
        """Return what ``actor`` may see: the vendor's people alone, a file names many partners."""
        return self.all() if actor.is_internal and actor.sees_money else self.none()


class PaymentFile(PublicModel):
    """A file of payments, made once. Its bytes hold account numbers and are stored nowhere: they are made again.

    Everything that goes in is kept here or never changes, and ``digest`` is of the first making: what is made again
    is the same to the byte, or is refused. ``message_id`` is what a bank knows it by, and refuses to carry out twice.
    """

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="files")
    provider = models.CharField(_("provider"), max_length=32)
    message_id = models.CharField(_("message id"), max_length=35, unique=True)
    made_at = models.DateTimeField(_("made"))
    pay_on = models.DateField(_("pay on"))
    payer_name = models.CharField(max_length=140)
    payer_iban = models.CharField(max_length=34, blank=True)
    payer_bic = models.CharField(max_length=11, blank=True)
    digest = models.CharField(max_length=64)

    objects = PaymentFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment file")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.message_id


class PaymentFileLine(models.Model):
    """A payout stands in one file for good: a second instruction to pay it cannot be made."""

    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="lines")
    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, related_name="file_line")
    remittance = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.file}: {self.payout}"


class PaymentAnswerQuerySet(models.QuerySet["PaymentAnswer"]):
    """Named reads of answers."""

    def visible_to(self, actor: Actor) -> PaymentAnswerQuerySet:
        """Return what ``actor`` may see: the vendor's people alone."""
        return self.all() if actor.is_internal and actor.sees_money else self.none()


class PaymentAnswer(PublicModel):
    """A provider's answer about a batch: uploaded, looked at, confirmed. ``lines`` are what was read, no accounts.

    ``changes`` says what confirming it did: by key the state before and after.
    """

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="answers")
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64)
    lines = models.JSONField()
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_label = models.CharField(_("uploaded by"), max_length=200)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_label = models.CharField(_("confirmed by"), max_length=200, blank=True)
    changed = models.IntegerField(_("payouts changed"), default=0)
    changes = models.JSONField(default=dict, db_default={}, blank=True)

    objects = PaymentAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer of a bank")
        verbose_name_plural = _("answers of banks")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="payment_answer_once", fields=["batch", "digest"]),
            models.CheckConstraint(
                name="payment_answer_confirmed_whole",
                condition=Q(confirmed_at__isnull=False) | Q(confirmed_label="", changed=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name
