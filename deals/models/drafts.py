"""What a draft and its registration carry beside the row: choices of the form, and papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models.registrations import Registration
from prm.models.files import StoredFile

if TYPE_CHECKING:
    from prm.actors import Actor


class DraftChoices(models.Model):
    """What the form asks beyond the registration: further families, whether to wait; and who saved the draft last."""

    draft = models.OneToOneField(Registration, on_delete=models.CASCADE, related_name="choices")
    families = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    wait = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("prm.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("choices of a draft")
        verbose_name_plural = _("choices of drafts")

    def __str__(self) -> str:
        return str(self.draft)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Named reads of attachments."""

    def visible_to(self, actor: Actor) -> AttachmentQuerySet:
        """Return those of registrations that ``actor`` may see."""
        return self.filter(registration__in=Registration.objects.visible_to(actor))


class Attachment(StoredFile):
    """A paper that belongs to a registration."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="attachments")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        constraints = [
            models.UniqueConstraint(name="attachment_once", fields=["registration", "digest"]),
            models.CheckConstraint(name="attachment_has_content", condition=Q(size__gt=0)),
        ]
