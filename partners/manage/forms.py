"""Forms of the console's pages about partners."""

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
