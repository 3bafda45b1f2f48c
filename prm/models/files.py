"""What every table of files that people sent has in common."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.files.storage import PaperStorage
from prm.models.base import PublicModel


class StoredFile(PublicModel):
    """A file that somebody sent. What it is was read from its content, never from its name."""

    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("kind"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the content."))
    file = models.FileField(storage=PaperStorage(), max_length=200)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_label = models.CharField(_("uploaded by"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
