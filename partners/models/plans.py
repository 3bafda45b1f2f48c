"""Joint business plans: one of a partner for twelve months, in versions that both sides agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from partners.models.actions import ActionFields, JointAction
from partners.models.onboarding import StepSide
from partners.models.partners import Partner, PartnerOwnedQuerySet
from prm.models.base import PublicModel, currency_field

if TYPE_CHECKING:
    from prm.actors import Actor


class PlanStatus(models.TextChoices):
    """Where a version of a plan stands."""

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Waits for agreement")
    AGREED = "agreed", _("Agreed")
    SUPERSEDED = "superseded", _("Replaced")


OPEN = (PlanStatus.DRAFT, PlanStatus.PROPOSED)
SETTLED = (PlanStatus.AGREED, PlanStatus.SUPERSEDED)


class JointPlan(PublicModel):
    """A partner's plan for the days ``[valid_from, valid_until)``; no other plan of it covers any of them."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="plans")
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until (exclusive)"))
    valid = models.GeneratedField(
        expression=Func(F("valid_from"), F("valid_until"), function="daterange"),
        output_field=DateRangeField(),
        db_persist=True,
    )

    objects = PartnerOwnedQuerySet["JointPlan"].as_manager()

    class Meta:
        verbose_name = _("joint plan")
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                name="plan_has_days",
                condition=Q(valid_from__day=1, valid_from__lt=F("valid_until")),
            ),
            ExclusionConstraint(
                name="plan_one_per_period",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.valid_from:%Y-%m-%d}"


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    """Named reads of versions."""

    def visible_to(self, actor: Actor) -> Self:
        """Return what ``actor`` may see: a partner nothing that is still being drafted."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(plan__partner_id=scope).exclude(status=PlanStatus.DRAFT)
        return self.none()


class PlanVersion(PublicModel):
    """What a plan says. Once agreed it is kept as it is: a change is the next version, which asks to be agreed again.

    ``edits`` counts the changes while it is open, so that nobody agrees to what they were not shown. ``asked`` is the
    change that the partner asked for last, which made a draft of it again.
    """

    plan = models.ForeignKey(JointPlan, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=PlanStatus, default=PlanStatus.DRAFT)
    aims = models.TextField(_("what both want to reach"), blank=True)
    currency = currency_field()
    edits = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.CharField(max_length=200, blank=True)
    asked = models.TextField(_("change asked for"), blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.CharField(max_length=200, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.CharField(max_length=200, blank=True)
    agreed_user = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a joint plan")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(name="plan_version_key", fields=["plan", "number"]),
            models.UniqueConstraint(name="plan_one_current", fields=["plan"], condition=Q(status=PlanStatus.AGREED)),
            models.UniqueConstraint(name="plan_one_open", fields=["plan"], condition=Q(status__in=OPEN)),
            models.CheckConstraint(name="plan_status_known", condition=Q(status__in=PlanStatus.values)),
            models.CheckConstraint(
                name="plan_agreed_is_said",
                condition=Q(status__in=OPEN, agreed_at__isnull=True, agreed_user__isnull=True)
                | Q(status__in=SETTLED, agreed_at__isnull=False, agreed_user__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_superseded_is_dated",
                condition=Q(status=PlanStatus.SUPERSEDED, superseded_at__isnull=False)
                | (~Q(status=PlanStatus.SUPERSEDED) & Q(superseded_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="plan_proposed_is_dated", condition=Q(status=PlanStatus.DRAFT) | Q(proposed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="plan_change_is_said",
                condition=Q(asked="", asked_at__isnull=True) | (~Q(asked="") & Q(asked_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"


class PlanTarget(models.Model):
    """What a figure of the register is to be at the end of a quarter; rates are fractions."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="targets")
    figure = models.CharField(_("figure"), max_length=64)
    quarter = models.PositiveSmallIntegerField(_("quarter"))
    amount = models.DecimalField(_("target"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name = _("target")
        ordering = ["figure", "quarter"]
        constraints = [
            models.UniqueConstraint(name="plan_target_key", fields=["version", "figure", "quarter"]),
            models.CheckConstraint(name="plan_target_quarter", condition=Q(quarter__gte=1, quarter__lte=4)),
            models.CheckConstraint(name="plan_target_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.figure} Q{self.quarter}: {self.amount}"


class PlanAction(ActionFields):
    """An action as a version of a plan says it; ``action`` is what became of it, once the version is agreed."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="lines")
    action = models.ForeignKey(JointAction, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("action of a version")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(name="plan_action_side_known", condition=Q(side__in=StepSide.values)),
            models.CheckConstraint(name="plan_action_says_what", condition=~Q(what="") & ~Q(owner="")),
            models.UniqueConstraint(name="plan_action_once", fields=["version", "action"]),
        ]

    def __str__(self) -> str:
        return self.what
