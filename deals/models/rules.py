"""Versions of the rules of engagement, what they found on registrations, and looks at the live verdict."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from deals.models.catalogue import Family
from deals.models.registrations import Registration


class RulesOfEngagement(models.Model):
    """A version of the program's rule settings: severities, windows, thresholds.

    Versions follow each other without overlap. One that is or was in force is never edited: a trigger refuses it.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    effective_from = models.DateTimeField(_("effective from"))
    effective_until = models.DateTimeField(_("effective until"), null=True, blank=True)
    in_force = models.GeneratedField(
        expression=Func(F("effective_from"), F("effective_until"), function="tstzrange"),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    settings = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("rules of engagement")
        verbose_name_plural = _("rules of engagement")
        constraints = [
            models.CheckConstraint(name="rules_version_from_1", condition=Q(version__gte=1)),
            models.CheckConstraint(
                name="rules_dates_in_order",
                condition=Q(effective_until__isnull=True) | Q(effective_until__gt=F("effective_from")),
            ),
            ExclusionConstraint(name="rules_no_overlap", expressions=[("in_force", RangeOperators.OVERLAPS)]),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class RegistrationEvaluation(models.Model):
    """The rules were asked about a registration: on which facts, under which version, with which outcome.

    The facts are kept as they were, so that a past decision can be read again, and judged under other settings.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="evaluations")
    evaluated_at = models.DateTimeField(_("evaluated"))
    moment = models.CharField(max_length=16, help_text=_("submission or decision"))
    rules = models.ForeignKey(RulesOfEngagement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=16)
    waits_by_choice = models.BooleanField(default=False, help_text=_("The partner chose to wait where protected."))
    facts = models.JSONField()

    class Meta:
        verbose_name = _("evaluation")
        indexes = [
            models.Index(fields=["registration", "-evaluated_at"], name="evaluation_order"),
            models.Index(
                fields=["evaluated_at", "id"], name="evaluation_of_submission", condition=Q(moment="submission")
            ),
        ]
        constraints = [
            models.CheckConstraint(name="evaluation_moment_known", condition=Q(moment__in=["submission", "decision"]))
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.outcome}"


class RegistrationFinding(models.Model):
    """What a rule of engagement found on submission or decision, with the partner's and our words."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="findings")
    evaluation = models.ForeignKey(
        RegistrationEvaluation, on_delete=models.CASCADE, null=True, blank=True, related_name="findings"
    )
    evaluated_at = models.DateTimeField()
    moment = models.CharField(max_length=16, help_text=_("submission or decision"))
    code = models.CharField(max_length=32)
    severity = models.CharField(max_length=8)
    rules = models.ForeignKey(RulesOfEngagement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    partner_text = models.TextField()
    internal = models.JSONField(default=dict, help_text=_("The evidence: which record, since when."))

    class Meta:
        verbose_name = _("finding")
        indexes = [models.Index(fields=["registration", "-evaluated_at"], name="finding_order")]

    def __str__(self) -> str:
        return self.code


class AvailabilityCheck(models.Model):
    """A look at the live verdict; logged against fishing for competitors' customers."""

    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="availability_checks")
    user = models.ForeignKey("prm.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    domain = models.CharField(max_length=253)
    family = models.ForeignKey(Family, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    verdict = models.CharField(max_length=16)
    checked_at = models.DateTimeField()
    told_manager = models.BooleanField(default=False, help_text=_("The manager was told at this one."))

    class Meta:
        verbose_name = _("availability check")
        indexes = [models.Index(fields=["partner", "-checked_at"], name="check_by_partner")]

    def __str__(self) -> str:
        return f"{self.domain}: {self.verdict}"
