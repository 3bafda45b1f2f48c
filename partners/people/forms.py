"""Forms of people: whom to invite, which role, who leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.models import MembershipRole
from prm.actors import InternalRole

INTERNAL_ROLES = (
    (InternalRole.CHANNEL_MANAGER.value, _("Channel manager: decides registrations and applications")),
    (InternalRole.FINANCE.value, _("Finance: approves runs, payouts and adjustments")),
    (InternalRole.ADMIN.value, _("Administrator: settings, rules and people")),
    (InternalRole.VIEWER.value, _("Viewer: reads the console")),
)


class GuestForm(forms.Form):
    """The language in which an invitation is written; the one of the page stands first."""

    language = forms.ChoiceField(
        label=_("Language of the mail"),
        choices=settings.LANGUAGES,
        initial=get_language,
        required=False,
        help_text=_("Who has an account already gets it in their own."),
    )


class InviteForm(GuestForm):
    """Whom to invite to a partner."""

    email = forms.EmailField(label=_("Work e-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=MembershipRole.choices,
        initial=MembershipRole.SELLER,
        help_text=_("Owners see everything and manage people; sellers see deals, finance sees money as well."),
    )
    field_order = ("email", "name", "role", "language")


class RoleForm(forms.Form):
    """Another role at the partner."""

    role = forms.ChoiceField(label=_("Role"), choices=MembershipRole.choices)


class LeaveForm(forms.Form):
    """Why somebody leaves."""

    reason = forms.CharField(
        label=_("Why"), max_length=200, required=False, help_text=_("Stands in the audit trail alone.")
    )


class ResetForm(forms.Form):
    """How somebody was recognized whose second factor is taken away."""

    reason = forms.CharField(
        label=_("How you made sure who asks for it"), max_length=200, help_text=_("Stands in the audit trail alone.")
    )


class RolesForm(forms.Form):
    """Internal roles that add up."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=INTERNAL_ROLES, widget=forms.CheckboxSelectMultiple, required=False
    )


class ColleagueForm(RolesForm, GuestForm):
    """Whom to invite to the program's own people."""

    email = forms.EmailField(label=_("Work e-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    field_order = ("email", "name", "roles", "language")


class WelcomeForm(forms.Form):
    """Who joins, and the password of their choice."""

    name = forms.CharField(label=_("Your name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not a common one. Several words make a good one."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a password of those who did not choose a passkey."""
        values = super().clean() or {}
        if self.data.get("act") != "passkey" and not values.get("password"):
            self.add_error("password", _("Choose a password, or set up a passkey instead."))
        return values
