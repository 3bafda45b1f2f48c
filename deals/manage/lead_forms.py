"""The console's forms of leads, co-sell awards and direct sellers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from deals.models import AwardBasis, Family
from deals.services.leads import NewLead
from prm.ui.inputs import Amount, countries, currencies

if TYPE_CHECKING:
    from datetime import date


class LeadForm(forms.Form):
    """Somebody who may buy: the customer by its website or name, and what is known."""

    website = forms.CharField(
        label=_("Customer’s website"),
        max_length=253,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url", "dir": "ltr"}),
    )
    company = forms.CharField(label=_("Company name"), max_length=250, widget=forms.TextInput(attrs={"dir": "auto"}))
    country = forms.ChoiceField(label=_("Country"))
    segment = forms.CharField(label=_("Segment"), max_length=80, required=False)
    family = forms.ModelChoiceField(
        label=_("Product family"), queryset=Family.objects.none(), to_field_name="code", empty_label=None
    )
    source = forms.CharField(
        label=_("Where it came from"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Web form, event, campaign"), "dir": "auto"}),
    )
    expected_mrr = Amount(label=_("Expected monthly revenue"), required=False)
    currency = forms.ChoiceField(label=_("Currency"))
    contact = forms.CharField(
        label=_("Contact at the customer"),
        max_length=250,
        required=False,
        help_text=_("The partner reads it once it has accepted the lead."),
        widget=forms.TextInput(attrs={"placeholder": _("Name and work e-mail"), "dir": "auto"}),
    )
    note = forms.CharField(
        label=_("What the customer wants"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["family"].queryset = Family.objects.all()
        fields["country"].choices = [("", _now("Choose")), *countries()]
        fields["currency"].choices = [(code, code) for code in currencies(currency)]

    def new(self, *, manager_email: str) -> NewLead:
        """Return what was typed, for the service."""
        return NewLead(**self.cleaned_data, manager_email=manager_email)


class SellerForm(forms.Form):
    """Which colleague of direct sales helps on a deal."""

    name = forms.CharField(label=_("Seller’s name"), max_length=160, widget=forms.TextInput(attrs={"dir": "auto"}))
    email = forms.EmailField(label=_("Work e-mail"))


class AwardTermsForm(forms.Form):
    """What a co-sell win brings the direct seller, from a day on."""

    family = forms.ModelChoiceField(
        label=_("Product family"), queryset=Family.objects.none(), required=False, empty_label=_("Every family")
    )
    basis = forms.ChoiceField(label=_("Basis"), choices=AwardBasis.choices)
    value = Amount(label=_("Amount, or per cent"))
    currency = forms.ChoiceField(label=_("Currency of an amount"))
    valid_from = forms.DateField(
        label=_("For deals won from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, currency: str, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"valid_from": today})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["family"].queryset = Family.objects.all()
        fields["currency"].choices = [(code, code) for code in currencies(currency)]
