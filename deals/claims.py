"""What portal and console have in common about a claim: its form, and the customer's letter as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from deals.models import Family, LetterFile
from deals.policy.record import LARGEST_LETTER
from deals.services.changing import Claim
from deals.services.letters import Upload
from prm.downloads import download, harmless

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from deals.models import RecordLetter, Registration

SUFFIXES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


class ClaimForm(forms.Form):
    """Which customer and family a registration is about, in words."""

    website = forms.CharField(label=_("Website"), max_length=253, widget=forms.TextInput(attrs={"dir": "ltr"}))
    family = forms.ModelChoiceField(
        label=_("Product family"), queryset=Family.objects.none(), to_field_name="code", empty_label=None
    )
    company = forms.CharField(label=_("Company"), max_length=250, required=False)
    country = forms.RegexField(r"^([A-Za-z]{2})?$", label=_("Country"), required=False, help_text=_("Two letters."))
    reason = forms.CharField(label=_("Why it changes"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, registration: Registration) -> None:
        initial = {name: getattr(registration, name) for name in ("website", "company", "country")}
        super().__init__(data, initial={**initial, "family": registration.family.code})
        fields: dict[str, Any] = dict(self.fields)
        fields["family"].queryset = Family.objects.all()

    @property
    def claim(self) -> Claim:
        """Return what was typed."""
        given = self.cleaned_data
        return Claim(
            family=given["family"], website=given["website"], company=given["company"], country=given["country"]
        )


class LetterForm(forms.Form):
    """A letter of the customer, and who signed it."""

    file = forms.FileField(
        label=_("The letter"),
        help_text=_("PDF, PNG or JPEG, at most 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )
    signer_name = forms.CharField(label=_("Signed by"), max_length=200)
    signer_email = forms.EmailField(
        label=_("E-mail of the signer"), help_text=_("At the customer’s own domain: we verify it there.")
    )
    signed_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse what is too large before it is read."""
        given: UploadedFile[Any] = self.cleaned_data["file"]
        if (given.size or 0) > LARGEST_LETTER:
            raise forms.ValidationError(_("A letter has at most 5 MB."))
        return given

    @property
    def upload(self) -> Upload:
        """Return what was sent."""
        given = self.cleaned_data
        return Upload(
            name=given["file"].name,
            content=given["file"].read(),
            signer_name=given["signer_name"],
            signer_email=given["signer_email"],
            signed_on=given["signed_on"],
        )


def letter_download(found: RecordLetter) -> HttpResponse:
    """Return a letter as a download under a name of ours: a browser never runs or shows it as one of our pages."""
    content = get_object_or_404(LetterFile, letter=found).content
    name = f"letter-{found.registration.reference}.{SUFFIXES[found.media_type]}"
    return harmless(download(bytes(content), kind=found.media_type, name=name))
