"""What happened and what must leave the house: audit trail and outbox."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prm.models.base import PublicModel


class AuditEvent(models.Model):
    """One act: who, when, what, on which object, why, and through which door. Append-only."""

    at = models.DateTimeField(_("at"), db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("person")
    )
    actor = models.CharField(_("actor"), max_length=200)
    channel = models.CharField(_("from"), max_length=16)
    action = models.CharField(_("action"), max_length=64, db_index=True)
    object_type = models.CharField(_("object"), max_length=64)
    object_id = models.BigIntegerField(null=True)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("audit event")
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"


class OutboxMessage(PublicModel):
    """Something for the outside world, written in the caller's transaction and relayed by a task."""

    topic = models.CharField(max_length=64)
    key = models.CharField(max_length=120, blank=True, help_text=_("Messages of one key are relayed in order."))
    payload = models.JSONField()
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("outbox message")
        indexes = [
            models.Index(
                fields=["available_at", "id"],
                name="outbox_waiting",
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.public_id}"
