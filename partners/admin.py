"""Partners, their people, tiers and keys: configuration and repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import (
    Activity,
    AgreementText,
    ApiKey,
    ApplicationReason,
    Certification,
    ChecklistStep,
    ChecklistTemplate,
    Membership,
    ParentAssignment,
    Partner,
    PartnerSettings,
    PayoutMethod,
    ReportingRule,
    ScreeningChoice,
    ScreeningQuestion,
    SelfBillingAgreement,
    SignedAgreement,
    StatusPeriod,
    TaxForm,
    Territory,
    Tier,
    TierAssignment,
    TierCriterion,
    WithholdingRate,
)
from partners.services.agreements import publish_text
from partners.services.status import begin_history
from prm.adminsite.pages import (
    ConfigurationAdmin,
    ConfigurationInline,
    DeletableAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    register,
)
from prm.doors import actor_of
from prm.models import Program

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import Model
    from django.http import HttpRequest


class CriterionInline(ConfigurationInline):
    """What a tier asks for."""

    model = TierCriterion

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Let a criterion go."""
        return self._is_admin(request)


@register(Tier)
class TierAdmin(DeletableAdmin):
    """Steps of the program, their benefits and criteria."""

    list_display = ("rank", "name", "code", "protection_days", "live_cap", "auto_approve", "mdf_share")
    list_display_links = ("name",)
    ordering = ("rank",)
    inlines = (CriterionInline,)


class TerritoryInline(ConfigurationInline):
    """Where a partner may register."""

    model = Territory

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Let a territory go."""
        return self._is_admin(request)


class StatusPeriodInline(ReadOnlyInline):
    """The status history."""

    model = StatusPeriod
    verbose_name_plural = _("status history")
    fields = ("status", "valid_from", "valid_until")
    ordering = ("-valid_from",)


@register(Partner)
class PartnerAdmin(ConfigurationAdmin):
    """Companies. The status of one that exists is changed in the console, where it leaves a history."""

    list_display = ("name", "code", "type", "status", "country", "manager_email", "activated_on")
    list_filter = ("status", "type", "country")
    search_fields = ("name", "code", "website")
    inlines = (TerritoryInline, StatusPeriodInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's signature
        """Fix what others refer to, once it exists."""
        return ("code", "status") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save, and begin the status history of a new partner."""
        super().save_model(request, obj, form, change)
        if not change:
            begin_history(partner=obj, on=obj.activated_on or Program.current().day_of(timezone.now()))


@register(TierAssignment)
class TierAssignmentAdmin(ConfigurationAdmin):
    """Who holds which tier when."""

    list_display = ("partner", "tier", "valid_from", "valid_until")
    list_filter = ("tier",)
    search_fields = ("partner__name", "partner__code")
    autocomplete_fields = ("partner",)
    list_select_related = ("partner", "tier")


@register(ParentAssignment)
class ParentAssignmentAdmin(ConfigurationAdmin):
    """Who sells under which distributor when."""

    list_display = ("partner", "parent", "valid_from", "valid_until")
    search_fields = ("partner__name", "parent__name")
    autocomplete_fields = ("partner", "parent")
    list_select_related = ("partner", "parent")


@register(Membership)
class MembershipAdmin(ConfigurationAdmin):
    """Who belongs to which partner, in which role."""

    list_display = ("user", "partner", "role", "is_active", "last_seen_at")
    list_filter = ("role", "is_active")
    search_fields = ("user__email", "user__name", "partner__name")
    autocomplete_fields = ("user", "partner")
    readonly_fields = ("last_seen_at", "previous_seen_at")
    list_select_related = ("user", "partner")


@register(SignedAgreement)
class SignedAgreementAdmin(ConfigurationAdmin):
    """What partners have signed; a product family may need it."""

    list_display = ("partner", "agreement", "text_version", "signed_by", "valid_from", "valid_until")
    list_filter = ("agreement",)
    search_fields = ("partner__name", "agreement")
    autocomplete_fields = ("partner",)
    list_select_related = ("partner",)


@register(Certification)
class CertificationAdmin(ConfigurationAdmin):
    """Who passed what."""

    list_display = ("user", "certification", "valid_from", "valid_until")
    search_fields = ("user__email", "certification")
    autocomplete_fields = ("user",)
    list_select_related = ("user",)


@register(ApiKey)
class ApiKeyAdmin(ConfigurationAdmin):
    """Keys, without their secret; ``manage.py create_api_key`` makes them, this page ends them."""

    list_display = ("name", "prefix", "partner", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    fields = ("name", "prefix", "partner", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    readonly_fields = ("prefix", "partner", "scopes", "created_at", "last_used_at")
    search_fields = ("name", "prefix")
    list_select_related = ("partner",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds here: a key is shown once, where it is made, in the shell."""
        return False


@register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """The log of what partners did."""

    list_display = ("occurred_at", "partner", "kind", "object", "user")
    list_filter = ("kind",)
    search_fields = ("partner__name", "object")
    ordering = ("-occurred_at", "-id")
    list_select_related = ("partner", "user")


class SealedAdmin(ReadOnlyAdmin):
    """Payout details to look at; what is sealed stays sealed here."""

    hidden: tuple[str, ...] = ()
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__code")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Leave out sealed columns and what the database computes."""
        names = super().get_fields(request, obj)
        return [name for name in names if isinstance(name, str) and name not in {*self.hidden, "valid"}]


@register(PayoutMethod)
class PayoutMethodAdmin(SealedAdmin):
    """Where partners are paid to, masked."""

    list_display = ("partner", "kind", "currency", "masked", "status", "valid_from", "valid_until", "decided_label")
    list_filter = ("kind", "status", "currency")
    hidden = ("account_sealed", "account_print")


@register(TaxForm)
class TaxFormAdmin(SealedAdmin):
    """Tax forms and their state."""

    list_display = ("partner", "kind", "status", "number", "expires_on", "decided_label")
    list_filter = ("kind", "status")
    hidden = ("number_sealed",)


@register(WithholdingRate)
class WithholdingRateAdmin(SealedAdmin):
    """Withholding over time; the console sets it."""

    list_display = ("partner", "rate", "valid_from", "valid_until", "reason")


@register(SelfBillingAgreement)
class SelfBillingAgreementAdmin(SealedAdmin):
    """Who agreed to self-billing, to which text."""

    list_display = ("partner", "version", "accepted_label", "accepted_at", "valid_from", "valid_until")


@register(ReportingRule)
class ReportingRuleAdmin(ConfigurationAdmin):
    """Thresholds of yearly reports; a new year's figure is another row."""

    list_display = ("country", "form", "report", "from_year", "threshold", "currency", "source")
    list_filter = ("country", "form")


class ScreeningChoiceInline(ConfigurationInline):
    """Answers of a question and their points."""

    model = ScreeningChoice


@register(ScreeningQuestion)
class ScreeningQuestionAdmin(ConfigurationAdmin):
    """What applicants are asked: a new wording or weight is a new row from a day on, the old one ends before it."""

    list_display = ("text", "code", "weight", "valid_from", "valid_until")
    inlines = (ScreeningChoiceInline,)


@register(ApplicationReason)
class ApplicationReasonAdmin(ConfigurationAdmin):
    """Sentences that are offered to whoever decides."""

    list_display = ("text", "kind", "position", "is_active")
    list_filter = ("kind", "is_active")


@register(PartnerSettings)
class PartnerSettingsAdmin(ConfigurationAdmin):
    """Deadlines, and which kinds of activity count."""

    list_display = ("application_business_days", "stalled_after_days")


class ChecklistStepInline(ConfigurationInline):
    """Steps of a checklist."""

    model = ChecklistStep


@register(ChecklistTemplate)
class ChecklistTemplateAdmin(ConfigurationAdmin):
    """Checklists per type: a change is a new version, which those have who begin from then on."""

    list_display = ("type", "version")
    list_filter = ("type",)
    inlines = (ChecklistStepInline,)


@register(AgreementText)
class AgreementTextAdmin(ConfigurationAdmin):
    """Texts of agreements: published here, and kept as they were published."""

    list_display = ("agreement", "version", "published_at", "accept_by")
    fields = ("agreement", "version", "text", "accept_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's signature
        """Fix what was published."""
        return ("agreement", "version", "text") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: AgreementText, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Publish a new text by the service; of an old one only the day may change."""
        if change:
            super().save_model(request, obj, form, change)
            return
        published = publish_text(
            agreement=obj.agreement,
            version=obj.version,
            text=obj.text,
            accept_by=obj.accept_by,
            actor=actor_of(request),
            now=timezone.now(),
        )
        obj.pk = published.pk
        obj.refresh_from_db()
