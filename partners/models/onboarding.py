"""Checklists: templates per type in versions, and each partner's own steps, copied when its onboarding begins."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet, PartnerType
from prm.models.base import PublicModel


class StepSide(models.TextChoices):
    """Who has to do a step."""

    PARTNER = "partner", _("Partner")
    VENDOR = "vendor", _("Us")


class ChecklistTemplate(models.Model):
    """The steps for a type of partner; the highest version is in force for those who begin from now on."""

    type = models.CharField(_("type"), max_length=24, choices=PartnerType)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("onboarding checklist")
        ordering = ["type", "-version"]
        constraints = [
            models.UniqueConstraint(name="checklist_template_key", fields=["type", "version"]),
            models.CheckConstraint(name="checklist_type_known", condition=Q(type__in=PartnerType.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.version}"


class StepFields(models.Model):
    """What a step is, in a template and at a partner."""

    title = models.CharField(_("step"), max_length=200)
    fact = models.CharField(
        _("completes itself by"), max_length=40, blank=True, help_text=_("Empty: somebody marks it as done.")
    )
    side = models.CharField(_("whose"), max_length=8, choices=StepSide, default=StepSide.PARTNER)
    required = models.BooleanField(_("required"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True


class ChecklistStep(StepFields):
    """A step of a template, due a number of days after onboarding begins."""

    template = models.ForeignKey(ChecklistTemplate, on_delete=models.CASCADE, related_name="steps")
    due_days = models.PositiveSmallIntegerField(_("due after days"), default=14)

    class Meta:
        verbose_name = _("step")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(name="checklist_step_key", fields=["template", "title"])]

    def __str__(self) -> str:
        return self.title


class Onboarding(models.Model):
    """A partner's onboarding; it ends on the day the partner becomes active."""

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, related_name="onboarding")
    template = models.ForeignKey(ChecklistTemplate, on_delete=models.PROTECT, related_name="+")
    began_on = models.DateField(_("begun"))
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)

    objects = PartnerOwnedQuerySet["Onboarding"].as_manager()

    class Meta:
        verbose_name = _("onboarding")

    def __str__(self) -> str:
        return str(self.partner)


class OnboardingStep(StepFields, PublicModel):
    """One step of one partner: when it is due, and when and by whom it was done."""

    onboarding = models.ForeignKey(Onboarding, on_delete=models.CASCADE, related_name="steps")
    due_on = models.DateField(_("due"))
    assignee_email = models.EmailField(_("assigned to"), blank=True)
    done_on = models.DateField(_("done"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("step of a partner")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(name="onboarding_step_key", fields=["onboarding", "title"])]

    def __str__(self) -> str:
        return self.title
