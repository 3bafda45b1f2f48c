"""How partners come to their tiers: evaluations on frozen facts, warnings, and tiers by hand."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from partners.models.tiers import Tier
from prm.models.base import EffectiveDated, PublicModel, ordered_dates


class TierRun(models.Model):
    """One evaluation of everybody on the facts of ``as_of``; it counts from ``effective_on``. Never changed."""

    as_of = models.DateField(_("facts of"))
    evaluated_on = models.DateField(_("evaluated on"))
    effective_on = models.DateField(_("counts from"))
    is_review = models.BooleanField(_("half-yearly review"))
    ladder = models.JSONField(_("tiers and criteria"))
    created_at = models.DateTimeField()
    actor = models.CharField(_("by"), max_length=200)

    class Meta:
        verbose_name = _("tier evaluation run")
        constraints = [
            models.UniqueConstraint(name="tier_run_once", fields=["as_of"]),
            models.CheckConstraint(
                name="tier_run_never_back_dated", condition=Q(effective_on__gte=F("evaluated_on"), effective_on__day=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d}"


class TierEvaluation(models.Model):
    """What one run found about one partner: the figures used, each criterion, and what was decided. Never changed."""

    run = models.ForeignKey(TierRun, on_delete=models.PROTECT, related_name="evaluations")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tier_evaluations")
    held = models.CharField(_("computed before"), max_length=64, blank=True)
    tier = models.CharField(_("computed"), max_length=64, blank=True)
    move = models.CharField(_("move"), max_length=16)
    notice = models.CharField(_("warning"), max_length=16, blank=True)
    figures = models.JSONField(_("figures"))

    objects = PartnerOwnedQuerySet["TierEvaluation"].as_manager()

    class Meta:
        verbose_name = _("tier evaluation")
        constraints = [models.UniqueConstraint(name="tier_evaluation_once", fields=["run", "partner"])]

    def __str__(self) -> str:
        return f"{self.partner}: {self.run}"


class TierWarning(models.Model):
    """The partner was told that it may lose ``tier``; this stands until it is withdrawn or carried out."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tier_warnings")
    tier = models.ForeignKey(Tier, on_delete=models.CASCADE, related_name="warnings")
    warned_on = models.DateField(_("warned on"))
    run = models.ForeignKey(TierRun, on_delete=models.PROTECT, related_name="warnings")
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    carried_out_on = models.DateField(_("carried out on"), null=True, blank=True)

    objects = PartnerOwnedQuerySet["TierWarning"].as_manager()

    class Meta:
        verbose_name = _("tier warning")
        constraints = [
            models.UniqueConstraint(
                name="tier_warning_one_stands",
                fields=["partner"],
                condition=Q(withdrawn_on__isnull=True, carried_out_on__isnull=True),
            ),
            models.CheckConstraint(
                name="tier_warning_ends_once",
                condition=Q(withdrawn_on__isnull=True) | Q(carried_out_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.tier}"


class TierOverride(PublicModel, EffectiveDated):
    """``partner`` holds ``tier`` by hand on the days of the range, whatever is computed; one that is ended is cut."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tier_overrides")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="overrides")
    reason = models.CharField(_("reason"), max_length=300)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_label = models.CharField(max_length=200, blank=True)

    objects = PartnerOwnedQuerySet["TierOverride"].as_manager()

    class Meta:
        verbose_name = _("tier by hand")
        constraints = [
            ordered_dates("tier_override_dates_in_order"),
            models.CheckConstraint(
                name="tier_override_has_days", condition=Q(valid_from__isnull=False, valid_until__isnull=False)
            ),
            models.CheckConstraint(name="tier_override_has_reason", condition=~Q(reason="")),
            ExclusionConstraint(
                name="tier_override_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.tier}"
