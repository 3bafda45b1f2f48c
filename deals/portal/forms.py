"""The forms of the portal: a deal, and the few things that happen to it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from deals.identity import registrable_domain
from deals.models import DraftChoices, Family, Registration
from deals.services.submission import Deal
from prm import formats
from prm.files.forms import PapersField
from prm.ui.inputs import Amount, countries, currencies

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS_AHEAD = 18


class DealForm(forms.Form):
    """What a partner types about a deal. Everything is needed to submit; a draft needs only a customer."""

    website = forms.CharField(
        label=_("Customer’s website"),
        max_length=253,
        help_text=_("The company’s own domain. It decides which customer this is."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url", "dir": "ltr"}),
    )
    family = forms.ModelChoiceField(
        label=_("Product family"), queryset=Family.objects.none(), to_field_name="code", empty_label=None
    )
    company = forms.CharField(label=_("Company name"), max_length=250, widget=forms.TextInput(attrs={"dir": "auto"}))
    country = forms.ChoiceField(label=_("Country"))
    expected_mrr = Amount(label=_("Expected monthly revenue"), widget=forms.TextInput(attrs={"maxlength": "40"}))
    currency = forms.ChoiceField(label=_("Currency"))
    expected_close_on = forms.ChoiceField(label=_("Expected signature"))
    contact = forms.CharField(
        label=_("Contact at the customer"),
        max_length=250,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Name and work e-mail"), "autocomplete": "off", "dir": "auto"}),
    )
    also = forms.ModelMultipleChoiceField(
        label=_("Also for"),
        queryset=Family.objects.none(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One registration for each family, all in one act. The expected revenue is for each of them."),
    )
    papers = PapersField(
        label=_("Files"),
        required=False,
        help_text=_("PDF, PNG, JPEG, Word, Excel or PowerPoint, up to 10 files of 10 MB."),
    )
    wait = forms.BooleanField(
        label=_("If the customer is not available now, let me wait in line for it"), required=False
    )

    def __init__(self, *args: Any, today: date, currency: str, is_draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_draft = is_draft
        fields: dict[str, Any] = dict(self.fields)
        families = Family.objects.all()
        fields["family"].queryset = fields["also"].queryset = families
        # Asked once for both fields; what is sent is still looked up by the field itself.
        fields["family"].choices = fields["also"].choices = [(family.code, family.name) for family in families]
        fields["country"].choices = [("", _now("Choose")), *countries()]
        fields["currency"].choices = [(code, code) for code in currencies(currency)]
        fields["expected_close_on"].choices = [("", _now("Choose")), *months_ahead(today, self.initial)]
        if is_draft:
            for name in ("website", "company", "country", "expected_mrr", "currency", "expected_close_on"):
                fields[name].required = False

    def clean_website(self) -> str:
        """Ask for a whole domain: half of one decides nothing."""
        website = str(self.cleaned_data["website"])
        if website and not self.is_draft and not registrable_domain(website):
            raise forms.ValidationError(_now("Enter a complete domain, for example example.com."))
        return website

    def clean_expected_close_on(self) -> date | None:
        """Return the first day of the chosen month."""
        value = str(self.cleaned_data["expected_close_on"])
        return date.fromisoformat(f"{value}-01") if value else None

    def clean(self) -> dict[str, Any]:
        """Let a draft be nearly empty, not wholly."""
        cleaned = super().clean() or {}
        if self.is_draft and not (cleaned.get("website") or cleaned.get("company")):
            self.add_error("website", _now("Enter a website or a company name to save a draft."))
        return cleaned

    @property
    def deal(self) -> Deal:
        """Return what was typed, for the services; of a draft also what can be read beside what cannot."""
        typed = {name: self.cleaned_data[name] for name in Deal.__dataclass_fields__ if name in self.cleaned_data}
        return Deal(**{"website": "", "company": "", "country": "", **typed})


def initial_of(registration: Registration) -> dict[str, Any]:
    """Return a draft's values for the form."""
    choices = DraftChoices.objects.filter(draft=registration).first()
    closes = registration.expected_close_on
    amount = registration.expected_mrr
    return {
        "website": registration.website,
        "family": registration.family.code,
        "company": registration.company,
        "country": registration.country,
        "expected_mrr": "" if amount is None else formats.number(amount, places=2),
        "currency": registration.currency,
        "expected_close_on": f"{closes:%Y-%m}" if closes else "",
        "contact": registration.contact,
        "also": choices.families if choices else [],
        "wait": bool(choices and choices.wait),
    }


def months_ahead(today: date, initial: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return this month and the next ones, and the draft's own where it has passed."""
    months = []
    month = today.replace(day=1)
    for _count in range(MONTHS_AHEAD):
        months.append((f"{month:%Y-%m}", formats.month(month)))
        month = (month + timedelta(days=31)).replace(day=1)
    kept = str(initial.get("expected_close_on") or "")
    if kept and kept not in dict(months):
        months.insert(0, (kept, formats.month(date.fromisoformat(f"{kept}-01"))))
    return months


class FilesForm(forms.Form):
    """Files for a deal that was submitted already."""

    papers = PapersField()
