"""The console's form to close a deal as won."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from deals.models import Product, Subscription
from deals.services.winning import Sale
from prm.models import User
from prm.ui.inputs import Amount, currencies

if TYPE_CHECKING:
    from deals.models import Registration


NEW_SUBSCRIPTION = ("product", "mrr", "currency", "started_on")
"""Needed unless a subscription is linked."""


class WinForm(forms.Form):
    """Which subscription the deal became: one that is there already, or a new one."""

    subscription = forms.ModelChoiceField(
        label=_("Subscription"),
        queryset=Subscription.objects.none(),
        required=False,
        empty_label=_("Make a new one"),
        help_text=_("Choose one that billing or the CRM has brought already; then the fields below are not needed."),
    )
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none())
    mrr = Amount(label=_("Monthly revenue"))
    currency = forms.ChoiceField(label=_("Currency"))
    started_on = forms.DateField(
        label=_("Starts on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, registration: Registration, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["product"].queryset = Product.objects.filter(family=registration.family)
        fields["subscription"].queryset = Subscription.objects.filter(
            account=registration.account, product__family=registration.family, registration__isnull=True
        ).select_related("product")
        fields["product"].empty_label = _now("Choose")
        linked = bool(self.data.get("subscription"))
        for name in NEW_SUBSCRIPTION:
            fields[name].required = not linked
        first = registration.currency or currency
        fields["currency"].choices = [(code, code) for code in currencies(first)]

    @property
    def sale(self) -> Sale | None:
        """Return what was sold, unless a subscription was chosen."""
        if self.cleaned_data["subscription"] is not None:
            return None
        started_on: date = self.cleaned_data["started_on"]
        return Sale(
            product=self.cleaned_data["product"],
            mrr=self.cleaned_data["mrr"],
            currency=self.cleaned_data["currency"],
            started_on=started_on,
        )


class DelegationForm(forms.Form):
    """Who is away from when to when, both days included, and who decides meanwhile."""

    away = forms.ModelChoiceField(label=_("Who is away"), queryset=User.objects.none(), empty_label=None)
    deputy = forms.ModelChoiceField(label=_("Who decides"), queryset=User.objects.none())
    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )

    def __init__(self, *args: Any, away: list[User], deputies: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["deputy"].empty_label = _now("Choose")
        for name, people in (("away", away), ("deputy", deputies)):
            fields[name].queryset = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name")
