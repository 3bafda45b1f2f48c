"""Form fields for files: several at once, and several papers that are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from prm.errors import DomainError
from prm.files.kinds import LARGEST
from prm.files.receiving import Upload, check_uploads

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class SeveralFilesInput(forms.ClearableFileInput):
    """A file input for more than one file; a browser takes what is dropped on it."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Several files of one input."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the uploaded files, each checked as a single one would be."""
        given = data if isinstance(data, list | tuple) else [data]
        sent: list[UploadedFile[Any] | None] = [one for one in given if one]
        return [super(SeveralFilesField, self).clean(one, initial) for one in sent or [None]]


class PapersField(SeveralFilesField):
    """Several files, looked at by content: each is one that is taken, or the form says which is not."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return them as ``Upload``."""
        sent = [one for one in super().clean(data, initial) if one]
        if any(one.size > LARGEST for one in sent):
            raise forms.ValidationError(_("A file may have at most 10 MB."))
        uploads = [Upload(str(one.name), one.read()) for one in sent]
        try:
            check_uploads(uploads)
        except DomainError as error:
            raise forms.ValidationError(str(error.sentence)) from error
        return uploads
