"""Tiers, what they ask for, and who holds which when."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from prm.models.base import EffectiveDated, ordered_dates


class Tier(models.Model):
    """A step of the program with the benefits that other parts read; rank 1 is the lowest."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)
    protection_days = models.PositiveSmallIntegerField(_("protection in days"), default=90)
    live_cap = models.PositiveSmallIntegerField(
        _("limit on open registrations"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    auto_approve = models.BooleanField(_("clean registrations are approved at once"), default=False)

    mdf_share = models.DecimalField(
        _("share of market development funds, %"),
        max_digits=6,
        decimal_places=3,
        default=0,
        db_default=0,
        help_text=_("How much of its sourced MRR a partner may ask for as market development funds (MDF)."),
    )

    class Meta:
        verbose_name = _("tier")
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(name="tier_rank_from_1", condition=Q(rank__gte=1)),
            models.CheckConstraint(name="tier_mdf_share_sane", condition=Q(mdf_share__gte=0, mdf_share__lte=100)),
            models.CheckConstraint(name="tier_protects_a_day", condition=Q(protection_days__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class TierCriterion(models.Model):
    """``figure`` (a code of the metrics registry) must be at least ``at_least`` for the tier."""

    tier = models.ForeignKey(Tier, on_delete=models.CASCADE, related_name="criteria")
    figure = models.CharField(_("figure"), max_length=64)
    at_least = models.DecimalField(_("at least"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name = _("tier criterion")
        verbose_name_plural = _("tier criteria")
        constraints = [models.UniqueConstraint(name="tier_criterion_key", fields=["tier", "figure"])]

    def __str__(self) -> str:
        return f"{self.tier}: {self.figure} >= {self.at_least}"


class TierAssignment(EffectiveDated):
    """``partner`` holds ``tier`` on the days of the range."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tier_assignments")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="assignments")

    objects = PartnerOwnedQuerySet["TierAssignment"].as_manager()

    class Meta:
        verbose_name = _("tier assignment")
        constraints = [
            ordered_dates("tier_dates_in_order"),
            models.UniqueConstraint(name="tier_assignment_key", fields=["partner", "valid_from"], nulls_distinct=False),
            ExclusionConstraint(
                name="tier_no_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.tier}"
