"""Forms of the console's page of partner satisfaction."""

from django import forms
from django.utils.translation import gettext_lazy as _


class OpenSurveyForm(forms.Form):
    """The name of a survey, and until when it takes answers."""

    code = forms.CharField(
        label=_("Name of the survey"),
        max_length=63,
        help_text=_("Small letters, digits and hyphens. It stands beside the figures."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )
    closes_on = forms.DateField(
        label=_("Closes on"),
        help_text=_("It takes answers until the end of the day before."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class FollowUpForm(forms.Form):
    """What came of a talk."""

    note = forms.CharField(
        label=_("What came of it"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
