"""Forms of the console's pages about partners."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _


class StatusForm(forms.Form):
    """Why a partnership is suspended, or why the suspension is lifted."""

    reason = forms.CharField(
        label=_("Reason that the partner reads"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the partner's log and in the audit trail."),
    )


class ClosingForm(forms.Form):
    """Why an onboarding is closed."""

    reason = forms.CharField(
        label=_("Reason that the partner reads"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Its owners get it by mail; it stands in the partner's log and in the audit trail."),
    )


class TerminationForm(StatusForm):
    """Why a partnership ends, and when its deal credits do."""

    credits_end_on = forms.DateField(
        label=_("Credits end on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The first day for which nothing is earned any more; today or later."),
    )
    field_order = ("credits_end_on", "reason")


class WithholdingForm(forms.Form):
    """How many per cent are withheld from payouts, from a day on."""

    rate = forms.DecimalField(
        label=_("Withheld, %"), min_value=Decimal(0), max_value=Decimal(100), max_digits=6, decimal_places=3
    )
    valid_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Why"), max_length=200, help_text=_("The treaty or the rule that says so."))
