"""Checklists: templates per type in versions, and each partner's own steps, copied when its onboarding begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet, PartnerStatus, PartnerType
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from typing import Self

    from prm.actors import Actor

BY_ONE_WAY = _("A step completes itself by a fact, or asks for files, not both.")


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
    asks_files = models.BooleanField(
        _("asks for files"),
        default=False,
        db_default=False,
        help_text=_("The partner sends files, and the step is done once a channel manager has accepted them."),
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
        constraints = [
            models.UniqueConstraint(name="checklist_step_key", fields=["template", "title"]),
            models.CheckConstraint(
                name="checklist_step_one_way",
                condition=Q(asks_files=False) | Q(fact=""),
                violation_error_message=BY_ONE_WAY,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OnboardingQuerySet(PartnerOwnedQuerySet["Onboarding"]):
    """Named reads of onboardings."""

    def running(self) -> Self:
        """Return those that go on: neither ended nor closed, of a partner that no file has made active meanwhile."""
        return self.filter(ended_on=None, closed_at=None, partner__status=PartnerStatus.ONBOARDING)


class Onboarding(models.Model):
    """A partner's onboarding; it ends on the day the partner becomes active.

    One that leads nowhere is closed, which ends its mails and its lists, and can be opened again. The partner's status
    stays as it is: the table of steps knows no way from onboarding but to active.
    """

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, related_name="onboarding")
    template = models.ForeignKey(ChecklistTemplate, on_delete=models.PROTECT, related_name="+")
    began_on = models.DateField(_("begun"))
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=200, blank=True)
    closed_reason = models.TextField(_("reason"), blank=True)

    objects = OnboardingQuerySet.as_manager()

    class Meta:
        verbose_name = _("onboarding")
        constraints = [
            models.CheckConstraint(name="onboarding_ends_once", condition=Q(ended_on=None) | Q(closed_at=None)),
            models.CheckConstraint(
                name="onboarding_closed_has_reason", condition=Q(closed_at=None) | ~Q(closed_reason="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.partner)


class OnboardingStepQuerySet(models.QuerySet["OnboardingStep"]):
    """Named reads of steps."""

    def visible_to(self, actor: Actor) -> OnboardingStepQuerySet:
        """Return those of partners whose onboarding ``actor`` may see."""
        return self.filter(onboarding__in=Onboarding.objects.visible_to(actor))


class OnboardingStep(StepFields, PublicModel):
    """One step of one partner: when it is due, and when and by whom it was done."""

    onboarding = models.ForeignKey(Onboarding, on_delete=models.CASCADE, related_name="steps")
    due_on = models.DateField(_("due"))
    assignee_email = models.EmailField(_("assigned to"), blank=True)
    done_on = models.DateField(_("done"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=200, blank=True)

    objects = OnboardingStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a partner")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(name="onboarding_step_key", fields=["onboarding", "title"]),
            models.CheckConstraint(name="onboarding_step_one_way", condition=Q(asks_files=False) | Q(fact="")),
        ]

    def __str__(self) -> str:
        return self.title
