"""The form of an adjustment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from commissions.queries.adjustments import Key
from commissions.services.adjustments import About
from deals.models import Subscription
from partners.models import Partner
from prm import formats
from prm.ui.inputs import LARGEST_AMOUNT, currencies

LONGEST_REASON = 500


class SignedAmount(forms.Field):
    """An amount as people of the page's language type it, negative to take something back."""

    def to_python(self, value: Any) -> Decimal | None:
        """Read the number, or say how to type it."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            amount = formats.parse_number(text)
        except formats.NumberError as error:
            raise forms.ValidationError(str(error)) from error
        if abs(amount) > LARGEST_AMOUNT:
            raise forms.ValidationError(_now("This amount is too large."))
        return amount


class Month(forms.Field):
    """A month as ``YYYY-MM``; cleans to its first day."""

    widget = forms.DateInput(attrs={"type": "month"})

    def to_python(self, value: Any) -> date | None:
        """Read the month, or say how to type it."""
        text = formats.latin_digits(str(value or "").strip())
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise forms.ValidationError(_now("Enter a month, for example 2026-03.")) from error


class AdjustmentForm(forms.Form):
    """To whom, how much and why; and, where it is about something that was earned, about what."""

    partner = forms.ModelChoiceField(
        label=_("Partner"), queryset=Partner.objects.order_by("name"), to_field_name="code", empty_label=_("Choose")
    )
    amount = SignedAmount(label=_("Amount"), help_text=_("Negative to take something back."))
    currency = forms.ChoiceField(label=_("Currency"))
    reason = forms.CharField(
        label=_("Reason that the partner reads"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands on the statement."),
    )
    subscription = forms.CharField(
        label=_("Subscription"), required=False, max_length=200, help_text=_("Its id in the CRM or billing.")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("None")), *Kind.choices])
    earned_period = Month(label=_("Earned in"), required=False)
    settles = forms.BooleanField(
        label=_("It settles what was earned"),
        required=False,
        help_text=_("It counts as posted for subscription, kind and month: no run posts the same again."),
    )

    def __init__(self, *args: Any, first_currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        typed = str(self.data.get("currency") or self.initial.get("currency") or "")
        offered = dict.fromkeys([*([typed] if typed else []), *currencies(first_currency)])
        fields["currency"].choices = [(code, code) for code in offered]

    def clean_subscription(self) -> Subscription | None:
        """Find the subscription by its id; two systems may use the same."""
        text = self.cleaned_data["subscription"].strip()
        if not text:
            return None
        found = list(Subscription.objects.select_related("account").filter(external_id=text)[:2])
        if not found:
            raise forms.ValidationError(_now("No subscription has this id."))
        if len(found) > 1:
            raise forms.ValidationError(_now("Two subscriptions have this id. Name it in the reason."))
        return found[0]

    @property
    def about(self) -> About:
        """Return what the adjustment is about."""
        typed = self.cleaned_data
        return About(subscription=typed["subscription"], kind=typed["kind"], earned_period=typed["earned_period"])

    @property
    def key(self) -> Key | None:
        """Return the whole key, or None while something of it is missing; it needs no amount and no reason."""
        typed = getattr(self, "cleaned_data", {})
        partner, kind, month = typed.get("partner"), typed.get("kind"), typed.get("earned_period")
        subscription, currency = typed.get("subscription"), typed.get("currency")
        if not (partner and kind and month and currency) or (kind == Kind.ACCELERATOR) != (subscription is None):
            return None
        return Key(partner.pk, subscription.pk if subscription else None, kind, currency, month)
