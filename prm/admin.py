"""The program's settings, people, currencies, and the trail of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from prm.actors import InternalRole
from prm.adminsite.pages import ConfigurationAdmin, ReadOnlyAdmin, RefusalForm, register
from prm.models import AuditEvent, Currency, FxRate, Holiday, OutboxMessage, PriceIndex, Program, User

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

admin.site.unregister([Group, EmailAddress])  # rights are roles, and addresses stand on the person
admin.site.unregister([Authenticator, SocialAccount, SocialApp, SocialToken, UserSession])  # each person's own

ROLE_NAMES = {
    InternalRole.CHANNEL_MANAGER: _("Channel manager: decides registrations, calculates runs"),
    InternalRole.FINANCE: _("Finance: approves runs and payouts"),
    InternalRole.ADMIN: _("Administrator: settings, rules, people"),
    InternalRole.VIEWER: _("Viewer: sees everything, changes nothing"),
}


@register(Program)
class ProgramAdmin(ConfigurationAdmin):
    """The one row of settings."""

    list_display = ("name", "vendor_name", "base_currency", "timezone", "four_eyes")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """There is one program."""
        return False


@register(Currency)
class CurrencyAdmin(ReadOnlyAdmin):
    """The ISO list, as installed."""

    list_display = ("code", "minor_units")
    search_fields = ("code",)


@register(FxRate)
class FxRateAdmin(ConfigurationAdmin):
    """Closing rates of months."""

    list_display = ("currency", "month", "per_eur")
    list_filter = ("currency",)
    ordering = ("-month", "currency")


@register(Holiday)
class HolidayAdmin(ConfigurationAdmin):
    """Days on which no deadline runs; deadlines that were given before stay as they are."""

    list_display = ("day", "name")
    search_fields = ("name",)
    date_hierarchy = "day"
    ordering = ("day",)


@register(PriceIndex)
class PriceIndexAdmin(ConfigurationAdmin):
    """The price index that real growth leaves out."""

    list_display = ("month", "value")
    ordering = ("-month",)


class RolesField(forms.MultipleChoiceField):
    """Roles to tick; they add up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Internal roles"),
            required=False,
            choices=[(role.value, name) for role, name in ROLE_NAMES.items()],
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text=_("None for people of partners: they get a membership at their partner instead."),
            **options,
        )


class PersonForm(RefusalForm):
    """A person's account; e-mail addresses are kept in lower case."""

    roles = RolesField()

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return str(self.cleaned_data["email"]).lower()


class NewPersonForm(RefusalForm, UserCreationForm):  # type: ignore[misc]
    """A new person with a first password."""

    roles = RolesField()

    class Meta:
        model = User
        fields = ("email", "name", "roles", "is_staff")

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return str(self.cleaned_data["email"]).lower()


@register(User)
class PersonAdmin(ConfigurationAdmin, UserAdmin):  # type: ignore[misc,type-arg]
    """People who sign in."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    change_user_password_template = "admin/auth/user/change_password.html"  # noqa: S105 - a path
    fieldsets = (
        (None, {"fields": ("email", "name", "language", "shortcuts_enabled")}),
        (_("Rights"), {"fields": ("is_active", "roles", "is_staff")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2", "roles", "is_staff")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("email", "name", "roles", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()


@register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what, when, and through which door."""

    list_display = ("at", "actor", "channel", "action", "object_type", "object_id", "reason")
    list_filter = ("channel", "action")
    search_fields = ("actor", "action", "reason")
    ordering = ("-at", "-id")
    list_select_related: ClassVar[list[str]] = ["user"]


@register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What has left for the outside world, or waits to."""

    list_display = ("topic", "created_at", "available_at", "attempts", "sent_at", "failed_at")
    list_filter = ("topic",)
    ordering = ("-id",)
