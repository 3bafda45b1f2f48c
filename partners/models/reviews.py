"""Business reviews: prepared for a day, shared with the partner, and held with what was agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from prm.actors import Actor


class BusinessReviewQuerySet(models.QuerySet["BusinessReview"]):
    """Named reads of reviews."""

    def visible_to(self, actor: Actor) -> Self:
        """Return what ``actor`` may see: a partner's owners (and its key) what was shared with it, or held."""
        if actor.is_internal:
            return self.all()
        scope = actor.partner_scope
        if scope is None or not actor.speaks_for_partner:
            return self.none()
        return self.filter(partner_id=scope).filter(Q(shared_at__isnull=False) | Q(held_at__isnull=False))


class BusinessReview(PublicModel):
    """A review of a partner's business on a day. Once held it is kept as it is.

    Its figures, deals, targets and actions are those of the day, read from the facts; ``agenda`` is what the manager
    wants to speak about, ``summary`` what was agreed.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="reviews")
    day = models.DateField(_("day"))
    agenda = models.TextField(_("agenda"), blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True)
    shared_at = models.DateTimeField(_("shared"), null=True, blank=True)
    shared_by = models.CharField(max_length=200, blank=True)
    held_at = models.DateTimeField(_("recorded as held"), null=True, blank=True)
    held_by = models.CharField(max_length=200, blank=True)
    summary = models.TextField(_("what was agreed"), blank=True)

    objects = BusinessReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("business review")
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(name="review_once_a_day", fields=["partner", "day"]),
            models.CheckConstraint(
                name="review_held_is_said",
                condition=Q(held_at__isnull=True, summary="") | (Q(held_at__isnull=False) & ~Q(summary="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.day:%Y-%m-%d}"
