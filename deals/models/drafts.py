"""What a draft and its registration carry beside the row: choices of the form, and papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from deals.models.registrations import Registration
from prm.models.base import PublicModel

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


@deconstructible
class PaperStorage(FileSystemStorage):
    """A folder of the settings that no web server serves: files have no address, and none but ours reads them."""

    def __init__(self) -> None:
        super().__init__(base_url=None, file_permissions_mode=0o600)

    @property
    def base_location(self) -> str:
        """Return the folder."""
        return str(settings.ATTACHMENTS_ROOT)

    @property
    def location(self) -> str:
        """Return the folder as an absolute path."""
        return str(Path(self.base_location).resolve())

    def url(self, name: str | None) -> str:
        """Refuse: a view gives the file to those who may have it."""
        message = f"{name} has no address"
        raise ValueError(message)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Named reads of attachments."""

    def visible_to(self, actor: Actor) -> AttachmentQuerySet:
        """Return those of registrations that ``actor`` may see."""
        return self.filter(registration__in=Registration.objects.visible_to(actor))


class Attachment(PublicModel):
    """A paper that belongs to a registration. What it is was read from its content, never from its name."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("kind"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the content."))
    file = models.FileField(storage=PaperStorage(), max_length=200)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_label = models.CharField(_("uploaded by"), max_length=200)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        constraints = [
            models.UniqueConstraint(name="attachment_once", fields=["registration", "digest"]),
            models.CheckConstraint(name="attachment_has_content", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name
