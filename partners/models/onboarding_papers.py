"""Files that a partner sends in for a step of its onboarding, and what was decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.onboarding import OnboardingStep
from prm.actors import ActorKind, InternalRole
from prm.models.files import StoredFile

if TYPE_CHECKING:
    from prm.actors import Actor

READERS = (InternalRole.CHANNEL_MANAGER, InternalRole.FINANCE, InternalRole.ADMIN)
"""Who of the program's own people reads papers of partners: a viewer does not."""


class PaperState(models.TextChoices):
    """What became of a paper."""

    WAITING = "waiting", _("Being looked at")
    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Sent back")


STANDING = (PaperState.WAITING, PaperState.ACCEPTED)


def reads_papers(actor: Actor) -> bool:
    """Whether somebody reads papers at all: owners (and their key) their own, our people by role, a system's key."""
    if actor.is_partner:
        return actor.owns_portal or actor.kind is ActorKind.PARTNER_KEY
    return actor.kind is ActorKind.SYSTEM_KEY or actor.has_role(*READERS)


class OnboardingPaperQuerySet(models.QuerySet["OnboardingPaper"]):
    """Named reads of papers."""

    def visible_to(self, actor: Actor) -> OnboardingPaperQuerySet:
        """Return what ``actor`` may read: contracts and registers of a company are its owners' matter, and ours."""
        if not reads_papers(actor):
            return self.none()
        return self.filter(step__in=OnboardingStep.objects.visible_to(actor))


class OnboardingPaper(StoredFile):
    """A file for one step. Its content never changes; once it is accepted the database keeps it."""

    step = models.ForeignKey(OnboardingStep, on_delete=models.CASCADE, related_name="papers")
    state = models.CharField(_("state"), max_length=8, choices=PaperState, default=PaperState.WAITING)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_label = models.CharField(_("decided by"), max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects = OnboardingPaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper of an onboarding")
        verbose_name_plural = _("papers of onboardings")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="onboarding_paper_once", fields=["step", "digest"]),
            models.CheckConstraint(name="onboarding_paper_has_content", condition=Q(size__gt=0)),
            models.CheckConstraint(name="onboarding_paper_state_known", condition=Q(state__in=PaperState.values)),
            models.CheckConstraint(
                name="onboarding_paper_decided_is_said",
                condition=Q(state="waiting", decided_at=None) | (~Q(state="waiting") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="onboarding_paper_return_has_reason", condition=~Q(state="returned") | ~Q(reason="")
            ),
        ]

    @property
    def is_standing(self) -> bool:
        """Whether it counts: waiting or accepted, not sent back."""
        return self.state in STANDING
