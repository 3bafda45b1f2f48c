"""The public form: the company, the contact person, and the screening questions of the day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import PartnerType
from partners.services.applications.submitting import LONGEST_MESSAGE, Sent
from prm.domains import host_of
from prm.ui.inputs import countries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partners.models import ScreeningQuestion

CLOCK = "partners.apply-form"
QUICKEST, LONGEST = timedelta(seconds=3), timedelta(days=1)
"""Nobody fills the form in faster; a page left open longer is asked for anew."""

TRAP = "fax_number"
ANSWER = "q_"


class ApplyForm(forms.Form):
    """``fax_number`` is seen by no person: whoever fills it in is none."""

    company = forms.CharField(label=gettext_lazy("Company"), max_length=200)
    website = forms.CharField(
        label=gettext_lazy("Website"),
        max_length=253,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    type = forms.ChoiceField(label=gettext_lazy("What kind of partner would you be?"), choices=PartnerType.choices)
    contact_name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_email = forms.EmailField(
        label=gettext_lazy("Your e-mail at the company"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("We send a link there; nobody sees your application before you follow it."),
    )
    message = forms.CharField(
        label=gettext_lazy("Anything else we should know?"),
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *args: Any, questions: Iterable[ScreeningQuestion], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["country"]
        chosen.choices = [("", _("Choose")), *countries()]
        self.questions = list(questions)
        for question in self.questions:
            self.fields[f"{ANSWER}{question.code}"] = forms.TypedChoiceField(
                label=_(question.text),
                choices=[(choice.pk, _(choice.text)) for choice in question.choices.all()],
                coerce=int,
                widget=forms.RadioSelect,
            )

    def clean_website(self) -> str:
        """Keep the host of what was typed; refuse what is none."""
        typed = self.cleaned_data["website"].strip()
        if typed and not host_of(typed):
            raise forms.ValidationError(_("Enter an address such as company.com."))
        return host_of(typed)

    @property
    def screening(self) -> list[forms.BoundField]:
        """Return the fields of the questions."""
        return [self[f"{ANSWER}{question.code}"] for question in self.questions]

    def sent(self, *, language: str) -> Sent:
        """Return what the company sends in."""
        names = ("company", "website", "country", "type", "contact_name", "message")
        values = {name: self.cleaned_data[name].strip() for name in names}
        return Sent(**values, contact_email=self.cleaned_data["contact_email"].strip().lower(), language=language)

    def answers(self) -> dict[str, int]:
        """Return the choice of each question."""
        return {question.code: self.cleaned_data[f"{ANSWER}{question.code}"] for question in self.questions}


def clock() -> str:
    """Return the moment of now, signed, for the hidden field that tells how long the form was looked at."""
    return signing.TimestampSigner(salt=CLOCK).sign("apply")


def was_read(value: str) -> bool:
    """Whether the form was open as long as a person needs, and not longer than a day."""
    signer = signing.TimestampSigner(salt=CLOCK)
    try:
        signer.unsign(value, max_age=LONGEST)
    except signing.BadSignature:
        return False
    try:
        signer.unsign(value, max_age=QUICKEST)
    except signing.SignatureExpired:
        return True
    return False
