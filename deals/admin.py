"""The catalogue and key accounts to configure; customers, registrations and subscriptions to look at."""

from __future__ import annotations

from deals.models import (
    Account,
    AccountDomain,
    Credit,
    Family,
    FamilyRequirement,
    MrrChange,
    NamedAccount,
    NamedAccountList,
    Opportunity,
    Product,
    Registration,
    RegistrationEvaluation,
    RegistrationEvent,
    RegistrationFinding,
    RulesOfEngagement,
    Subscription,
)
from prm.adminsite.pages import (
    ConfigurationAdmin,
    DeletableAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    register,
)


@register(Family)
class FamilyAdmin(DeletableAdmin):
    """Product families."""

    list_display = ("name", "code")
    search_fields = ("name", "code")


@register(Product)
class ProductAdmin(DeletableAdmin):
    """Products."""

    list_display = ("name", "code", "family")
    list_filter = ("family",)
    search_fields = ("name", "code")
    list_select_related = ("family",)


@register(FamilyRequirement)
class FamilyRequirementAdmin(DeletableAdmin):
    """What a partner needs before it may register a family."""

    list_display = ("family", "kind", "name", "people")
    list_filter = ("family", "kind")
    search_fields = ("name",)
    list_select_related = ("family",)


@register(NamedAccountList)
class NamedAccountListAdmin(DeletableAdmin):
    """Lists of key accounts and their policy."""

    list_display = ("name", "code", "policy", "owner_email")
    search_fields = ("name", "code")


@register(NamedAccount)
class NamedAccountAdmin(DeletableAdmin):
    """Key accounts: on a list, or with a policy of their own."""

    list_display = ("account", "named_list", "policy", "owner_email", "valid_from", "valid_until")
    list_filter = ("named_list", "policy")
    search_fields = ("account__name",)
    autocomplete_fields = ("account",)
    list_select_related = ("account", "named_list")


@register(Opportunity)
class OpportunityAdmin(ReadOnlyAdmin):
    """What direct sales works on; the CRM writes it."""

    list_display = ("external_id", "account", "family", "opened_at", "closed_at", "stage", "seller_name")
    search_fields = ("external_id", "account__name", "seller_name")
    list_select_related = ("account", "family")


@register(RegistrationEvaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    """On which facts the rules were asked, and what they answered."""

    list_display = ("registration", "evaluated_at", "moment", "outcome", "rules")
    list_filter = ("moment", "outcome")
    ordering = ("-evaluated_at",)
    list_select_related = ("registration", "rules")


class DomainInline(ReadOnlyInline):
    """What identifies a customer."""

    model = AccountDomain


@register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Customers."""

    list_display = ("name", "country", "segment", "website", "source_system", "external_id", "is_prospect")
    list_filter = ("is_prospect", "source_system")
    search_fields = ("name", "website", "external_id")
    list_select_related = ("parent",)
    inlines = (DomainInline,)


class EventInline(ReadOnlyInline):
    """What happened to a registration."""

    model = RegistrationEvent
    fields = ("at", "kind", "from_status", "to_status", "actor", "channel", "reason")
    ordering = ("-at",)


class FindingInline(ReadOnlyInline):
    """What the rules found on a registration."""

    model = RegistrationFinding
    fields = ("evaluated_at", "moment", "code", "severity", "partner_text", "internal")
    ordering = ("-evaluated_at",)


@register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    """Registrations; they are decided in the console."""

    list_display = ("reference", "holder", "account", "family", "status", "submitted_at", "due_at")
    list_filter = ("status", "origin", "family")
    search_fields = ("number", "account__name", "holder__name")
    ordering = ("-number",)
    list_select_related = ("holder", "account", "family")
    inlines = (EventInline, FindingInline)


class MrrChangeInline(ReadOnlyInline):
    """A subscription's levels."""

    model = MrrChange


class CreditInline(ReadOnlyInline):
    """Who is credited on a subscription."""

    model = Credit
    fields = ("partner", "role", "share", "valid_from", "valid_until")


@register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Subscriptions; CRM and billing write them."""

    list_display = ("external_id", "account", "product", "currency", "started_on", "source")
    list_filter = ("source", "product")
    search_fields = ("external_id", "account__name")
    list_select_related = ("account", "product")
    inlines = (MrrChangeInline, CreditInline)


@register(Credit)
class CreditAdmin(ConfigurationAdmin):
    """Deal credits, for repair; the next run posts what a correction changes."""

    list_display = ("subscription", "partner", "role", "share", "valid_from", "valid_until")
    list_filter = ("role",)
    search_fields = ("subscription__external_id", "partner__name")
    autocomplete_fields = ("subscription", "partner", "registration")
    list_select_related = ("subscription", "partner")


@register(RulesOfEngagement)
class RulesOfEngagementAdmin(ReadOnlyAdmin):
    """Versions of the rules of engagement."""

    list_display = ("version", "effective_from", "effective_until", "reason", "created_by")
    ordering = ("-version",)
    list_select_related = ("created_by",)
