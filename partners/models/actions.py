"""What one side promised the other, in a joint plan or in a business review."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.onboarding import StepSide
from partners.models.partners import Partner, PartnerOwnedQuerySet
from prm.models.base import PublicModel


class ActionFields(models.Model):
    """Who does what until when."""

    what = models.CharField(_("what"), max_length=200)
    side = models.CharField(_("whose"), max_length=8, choices=StepSide)
    owner = models.CharField(_("who"), max_length=120)
    due_on = models.DateField(_("due"))

    class Meta:
        abstract = True


class JointAction(PublicModel, ActionFields):
    """Something that one side promised the other, in a plan or in a business review, done or not.

    One of a plan reads as the agreed version says; one that a later version leaves out is dropped.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="joint_actions")
    plan = models.ForeignKey(
        "partners.JointPlan", on_delete=models.PROTECT, null=True, blank=True, related_name="actions"
    )
    review = models.ForeignKey(
        "partners.BusinessReview", on_delete=models.PROTECT, null=True, blank=True, related_name="actions"
    )
    agreed_on = models.DateField(_("agreed"))
    done_on = models.DateField(_("done"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=200, blank=True)
    dropped_on = models.DateField(_("dropped"), null=True, blank=True)

    objects = PartnerOwnedQuerySet["JointAction"].as_manager()

    class Meta:
        verbose_name = _("action agreed on")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(name="action_side_known", condition=Q(side__in=StepSide.values)),
            models.CheckConstraint(
                name="action_has_one_origin",
                condition=Q(plan__isnull=True, review__isnull=False) | Q(plan__isnull=False, review__isnull=True),
            ),
            models.CheckConstraint(name="action_says_what", condition=~Q(what="") & ~Q(owner="")),
            models.CheckConstraint(
                name="action_done_or_dropped", condition=Q(done_on__isnull=True) | Q(dropped_on__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "due_on"],
                name="action_open",
                condition=Q(done_on__isnull=True, dropped_on__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.what
