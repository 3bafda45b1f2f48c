"""Plans, who is on which, and the rules that say what is paid."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from deals.models import CreditRole
from partners.models import PartnerOwnedQuerySet
from prm.models.base import EffectiveDated, PublicModel, currency_field, ordered_dates


class Basis(models.TextChoices):
    """Whether commission follows the contract or the customer's payments."""

    CONTRACTED = "contracted", _("Contracted")
    COLLECTED = "collected", _("Collected")


class Clawback(models.TextChoices):
    """What happens to one-off commission when the customer leaves early."""

    NONE = "none", _("None")
    FULL = "full", _("Full")
    PRORATED = "prorated", _("Prorated")


class Plan(models.Model):
    """A set of commission rules and the terms around them."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    basis = models.CharField(_("basis"), max_length=16, choices=Basis, default=Basis.CONTRACTED)
    clawback = models.CharField(_("clawback"), max_length=16, choices=Clawback, default=Clawback.NONE)
    clawback_days = models.PositiveSmallIntegerField(_("clawback days"), default=0)
    cap_per_subscription = models.DecimalField(
        _("cap per subscription"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    cap_currency = currency_field(blank=True)
    minimum_payout = models.DecimalField(_("minimum payout"), max_digits=20, decimal_places=6, default=0)
    minimum_currency = currency_field(blank=True)
    true_up_months = models.PositiveSmallIntegerField(_("correction window in months"), default=12)
    is_default = models.BooleanField(_("plan of partners without a plan"), default=False)

    class Meta:
        verbose_name = _("plan")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="plan_basis_known", condition=Q(basis__in=Basis.values)),
            models.CheckConstraint(name="plan_clawback_known", condition=Q(clawback__in=Clawback.values)),
            models.CheckConstraint(
                name="plan_cap_not_negative",
                condition=Q(cap_per_subscription__isnull=True) | Q(cap_per_subscription__gte=0),
            ),
            models.CheckConstraint(name="plan_minimum_not_negative", condition=Q(minimum_payout__gte=0)),
            models.UniqueConstraint(name="plan_one_default", fields=["is_default"], condition=Q(is_default=True)),
        ]

    def __str__(self) -> str:
        return self.name


class PlanAssignment(EffectiveDated):
    """``partner`` is on ``plan`` on the days of the range; otherwise on the default plan."""

    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="plan_assignments")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="assignments")

    objects = PartnerOwnedQuerySet["PlanAssignment"].as_manager()

    class Meta:
        verbose_name = _("plan assignment")
        constraints = [
            ordered_dates("plan_dates_in_order"),
            models.UniqueConstraint(name="plan_assignment_key", fields=["partner", "valid_from"], nulls_distinct=False),
            ExclusionConstraint(
                name="plan_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.plan}"


def _or_nothing(column: str, nothing: object) -> Coalesce:
    """Return the column with its empty value made comparable: empty equals empty in a tie."""
    return Coalesce(F(column), Value(nothing))


class Rule(PublicModel, EffectiveDated):
    """What a plan pays for one kind, where its fields match; an empty field matches anything.

    A row is one version: a correction retires it (``retired_at``, who and why) and writes another. Two rules
    in force tie, and the database refuses the second, when their fields are the same and dates and ages overlap.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rules")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    product = models.ForeignKey("deals.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    family = models.ForeignKey("deals.Family", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tier = models.ForeignKey("partners.Tier", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(_("role"), max_length=16, choices=CreditRole, blank=True)
    currency = currency_field(blank=True)
    age_from = models.PositiveSmallIntegerField(_("from customer month"), default=1)
    age_until = models.PositiveSmallIntegerField(_("until customer month (exclusive)"), null=True, blank=True)
    ages = models.GeneratedField(
        expression=Func(F("age_from"), F("age_until"), function="int4range"),
        output_field=IntegerRangeField(),
        db_persist=True,
    )
    rate = models.DecimalField(_("rate, %"), max_digits=12, decimal_places=6, null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True, blank=True)
    threshold = models.DecimalField(_("threshold"), max_digits=20, decimal_places=6, null=True, blank=True)
    minimum_mrr = models.DecimalField(_("minimum MRR"), max_digits=20, decimal_places=6, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_reason = models.TextField(blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        verbose_name = _("commission rule")
        ordering = ["plan", "kind", "age_from", "id"]
        constraints = [
            ordered_dates("rule_dates_in_order"),
            models.CheckConstraint(name="rule_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="rule_role_known", condition=Q(role__in=["", *CreditRole.values])),
            models.CheckConstraint(
                name="rule_product_or_family", condition=Q(product__isnull=True) | Q(family__isnull=True)
            ),
            models.CheckConstraint(
                name="rule_ages_in_order",
                condition=Q(age_from__gte=1) & (Q(age_until__isnull=True) | Q(age_until__gt=F("age_from"))),
            ),
            models.CheckConstraint(
                name="rule_rate_or_amount",
                condition=Q(kind="spiff", amount__isnull=False, rate__isnull=True)
                | (~Q(kind="spiff") & Q(rate__isnull=False, amount__isnull=True)),
            ),
            models.CheckConstraint(
                name="rule_rate_sane", condition=Q(rate__isnull=True) | Q(rate__gte=0, rate__lte=10_000)
            ),
            models.CheckConstraint(
                name="rule_amount_sane", condition=Q(amount__isnull=True) | Q(amount__gte=0, amount__lte=10**12)
            ),
            models.CheckConstraint(
                name="rule_amount_has_currency", condition=~Q(kind__in=["spiff", "accelerator"]) | ~Q(currency="")
            ),
            models.CheckConstraint(
                name="rule_threshold_only_accelerator",
                condition=Q(threshold__isnull=True) | Q(kind="accelerator", threshold__gte=0),
            ),
            models.CheckConstraint(
                name="rule_minimum_mrr_only_spiff",
                condition=Q(minimum_mrr__isnull=True) | Q(kind="spiff", minimum_mrr__gte=0),
            ),
            models.CheckConstraint(
                name="rule_accelerator_is_plain",
                condition=~Q(kind="accelerator")
                | Q(product__isnull=True, family__isnull=True, role="", age_from=1, age_until__isnull=True),
            ),
            ExclusionConstraint(
                name="rule_no_tie",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (_or_nothing("product", 0), RangeOperators.EQUAL),
                    (_or_nothing("family", 0), RangeOperators.EQUAL),
                    (_or_nothing("tier", 0), RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    (_or_nothing("threshold", 0), RangeOperators.EQUAL),  # an empty threshold is 0
                    ("ages", RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(retired_at__isnull=True),
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(
                name="rule_key",
                fields=[
                    "plan",
                    "kind",
                    "product",
                    "family",
                    "tier",
                    "role",
                    "currency",
                    "threshold",
                    "age_from",
                    "valid_from",
                ],
                condition=Q(retired_at__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}/{self.kind}"
