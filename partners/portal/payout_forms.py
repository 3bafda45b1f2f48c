"""The forms behind the portal's payout details."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from partners.models import MethodKind, TaxFormKind
from partners.services.payees import MethodEntry
from partners.services.tax import TaxFormEntry
from prm.ui.inputs import countries, currencies

PLAIN = {"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}
SENT_IN = [kind for kind in TaxFormKind if kind != TaxFormKind.NOT_NEEDED]


class AccountForm(forms.Form):
    """Where commission is paid to. The number is shown to nobody again, so it is typed whole each time."""

    kind = forms.ChoiceField(label=_("How"), choices=MethodKind.choices, widget=forms.RadioSelect)
    holder = forms.CharField(
        label=_("Account holder"),
        max_length=70,
        help_text=_("As the bank knows the company."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    account = forms.CharField(
        label=_("IBAN or account number"),
        max_length=120,
        help_text=_("SEPA takes an IBAN. For another way, say where the money goes."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    bic = forms.CharField(label=_("BIC"), max_length=14, required=False, widget=forms.TextInput(attrs=PLAIN))
    bank_code = forms.CharField(
        label=_("Bank code"),
        max_length=20,
        required=False,
        help_text=_("A routing number or sort code, where the account number has none in it."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False, help_text=_("SEPA pays in euro alone."))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _now("Any")), *((code, code) for code in currencies(currency))]
        field: Any = self.fields["currency"]
        field.choices = choices

    def entry(self) -> MethodEntry:
        """Return what was typed, as the service takes it."""
        return MethodEntry(**self.cleaned_data)


class TaxFormForm(forms.Form):
    """A tax form that the company sends in."""

    kind = forms.ChoiceField(
        label=_("Form"), choices=[(kind.value, kind.label) for kind in SENT_IN], widget=forms.RadioSelect
    )
    number = forms.CharField(
        label=_("VAT id or tax number"),
        max_length=30,
        required=False,
        help_text=_("Needed for a VAT id and a W-9. A tax number is stored sealed; only its end is shown."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    country = forms.ChoiceField(label=_("Country of taxation"), required=False)
    name = forms.CharField(
        label=_("Name on the form"), max_length=140, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    signed_on = forms.DateField(
        label=_("Signed on"),
        required=False,
        help_text=_("Needed for a W-8 and a W-9."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reference = forms.CharField(
        label=_("Where the signed form is"),
        max_length=200,
        required=False,
        help_text=_("How the program’s finance got it: the e-mail’s date, or a link."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["country"]
        field.choices = [("", _now("That of the company")), *countries()]

    def entry(self) -> TaxFormEntry:
        """Return what was typed, as the service takes it."""
        return TaxFormEntry(**self.cleaned_data)
