"""Plans and their rules to configure; runs and statements to look at.

Entries have no page here: their key is made of two columns, which Django's admin cannot address. The
console shows them on their run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from commissions.models import (
    AccountingTreatment,
    OpenItem,
    Payer,
    Plan,
    PlanAssignment,
    Rule,
    Run,
    SelfBillingDocument,
    Statement,
    VatRate,
)
from commissions.services.rules import RULE_FIELDS, add_rule, correct_rule
from prm.adminsite.pages import (
    ConfigurationAdmin,
    DeletableAdmin,
    ReadOnlyAdmin,
    RefusalForm,
    register,
)
from prm.doors import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise


@register(Plan)
class PlanAdmin(DeletableAdmin):
    """Plans and their terms."""

    list_display = ("code", "name", "basis", "clawback", "true_up_months", "is_default")
    search_fields = ("code", "name")


@register(PlanAssignment)
class PlanAssignmentAdmin(ConfigurationAdmin):
    """Who is on which plan when."""

    list_display = ("partner", "plan", "valid_from", "valid_until")
    list_filter = ("plan",)
    search_fields = ("partner__name", "partner__code")
    autocomplete_fields = ("partner",)
    list_select_related = ("partner", "plan")


class RuleForm(RefusalForm):
    """A rule as people edit it; saving a changed one asks why."""

    reason = forms.CharField(
        label=_("reason for the correction"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Saving keeps the present version as it is and puts a new one in force."),
    )

    class Meta:
        model = Rule
        fields = RULE_FIELDS

    def clean(self) -> dict[str, Any] | None:
        """Ask for the reason of a correction."""
        values = super().clean()
        if self.instance.pk and self.has_changed() and not self.cleaned_data.get("reason", "").strip():
            self.add_error("reason", _("Say why the rule is corrected."))
        return values


class VersionFilter(SimpleListFilter):
    """Rules in force, unless somebody asks for the versions before them."""

    title = _("version")
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, _StrPromise]]:  # noqa: ARG002 - Django's signature
        """Return the other choices."""
        return [("retired", _("Earlier versions")), ("every", _("Every version"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Name the default for what it is."""
        first, *rest = super().choices(changelist)
        yield {**first, "display": _("In force")}
        yield from rest

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> QuerySet[Rule]:  # noqa: ARG002 - Django's signature
        """Return the rules of the choice."""
        if self.value() == "every":
            return queryset
        return queryset.filter(retired_at__isnull=self.value() != "retired")


@register(Rule)
class RuleAdmin(ConfigurationAdmin):
    """What plans pay. A correction is a new version; versions are never deleted."""

    form = RuleForm
    list_display = (
        "plan",
        "kind",
        "product",
        "family",
        "tier",
        "role",
        "age_from",
        "age_until",
        "rate",
        "amount",
        "currency",
        "valid_from",
        "valid_until",
    )
    list_display_links = ("plan", "kind")
    list_filter = (VersionFilter, "plan", "kind", "tier")
    list_select_related = ("plan", "product", "family", "tier")
    readonly_fields = ("created_at", "created_by", "retired_at", "retired_by", "retired_reason", "replaces")
    fieldsets = (
        (_("Pays for"), {"fields": ("plan", "kind", "product", "family", "tier", "role", "currency")}),
        (_("Customer months"), {"fields": ("age_from", "age_until")}),
        (_("Pays"), {"fields": ("rate", "amount", "threshold", "minimum_mrr")}),
        (_("In force"), {"fields": ("valid_from", "valid_until", "reason")}),
        (
            _("Versions"),
            {"fields": ("created_at", "created_by", "retired_at", "retired_by", "retired_reason", "replaces")},
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Keep earlier versions as they were."""
        retired = isinstance(obj, Rule) and obj.retired_at is not None
        return super().has_change_permission(request, obj) and not retired

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show neither reason nor versions of a new rule, and no reason for an earlier version."""
        shown = super().get_fieldsets(request, obj)
        if obj is None:
            shown = shown[:-1]
        if obj is None or not self.has_change_permission(request, obj):
            return [
                (name, {**options, "fields": tuple(f for f in options["fields"] if f != "reason")})
                for name, options in shown
            ]
        return shown

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Write by the services: a new rule, or a new version in place of this one."""
        values = {name: form.cleaned_data[name] for name in RULE_FIELDS}
        actor, now = actor_of(request), timezone.now()
        if not change:
            obj.pk = add_rule(values=values, actor=actor, now=now).pk
        elif form.has_changed():
            correct_rule(rule_id=obj.pk, values=values, reason=form.cleaned_data["reason"], actor=actor, now=now)

    def response_change(self, request: HttpRequest, obj: Rule) -> HttpResponse:
        """Go on at the version that is in force now."""
        current = obj.replaced_by.order_by("-id").first()
        if "_continue" in request.POST and current is not None:
            return HttpResponseRedirect(reverse("admin:commissions_rule_change", args=[current.pk]))
        return super().response_change(request, obj)  # type: ignore[no-any-return]


@register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs; they are reviewed and approved in the console."""

    list_display = ("number", "period", "status", "entry_count", "partner_count", "calculated_at", "decided_at")
    list_filter = ("status",)
    list_select_related = ("calculated_by", "decided_by")


@register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """Statements as issued."""

    list_display = (
        "number",
        "partner",
        "run",
        "currency",
        "opening",
        "earned",
        "true_up",
        "paid",
        "closing",
        "issued_at",
    )
    list_filter = ("currency",)
    search_fields = ("number", "partner__name")
    list_select_related = ("partner", "run")


@register(OpenItem)
class OpenItemAdmin(ReadOnlyAdmin):
    """Differences outside the correction window."""

    list_display = ("run", "partner", "subscription", "kind", "currency", "earned_period", "entitlement", "posted")
    search_fields = ("partner__name", "subscription__external_id")
    list_select_related = ("run", "partner", "subscription")


@register(Payer)
class PayerAdmin(ConfigurationAdmin):
    """The vendor as banks and tax offices know it; one row."""

    list_display = ("legal_name", "country", "vat_id", "iban")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Offer a row while there is none."""
        return super().has_add_permission(request, obj) and not Payer.objects.exists()


@register(AccountingTreatment)
class AccountingTreatmentAdmin(ConfigurationAdmin):
    """How the accounting export books each kind."""

    list_display = ("kind", "treatment", "account", "reason")
    readonly_fields = ("kind",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds: every kind has its row."""
        return False


@register(VatRate)
class VatRateAdmin(ConfigurationAdmin):
    """Standard VAT rates by date."""

    list_display = ("country", "rate", "valid_from", "valid_until", "source")
    list_filter = ("country",)


@register(SelfBillingDocument)
class SelfBillingDocumentAdmin(ReadOnlyAdmin):
    """Invoices and credit notes written for partners."""

    list_display = ("number", "partner", "kind", "currency", "net", "vat", "total", "issued_on")
    list_filter = ("kind", "currency")
    search_fields = ("number", "partner__name", "partner__code")
    list_select_related = ("partner",)
