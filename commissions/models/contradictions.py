"""Answers of providers that contradict what is recorded: kept until the provider agrees or a person has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.models.payouts import Payout
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from prm.actors import Actor


class ContradictionQuerySet(models.QuerySet["PayoutContradiction"]):
    """Named reads of contradictions."""

    def visible_to(self, actor: Actor) -> ContradictionQuerySet:
        """Return what ``actor`` may see: the vendor's people alone."""
        return self.all() if actor.is_internal and actor.sees_money else self.none()

    def unsettled(self) -> ContradictionQuerySet:
        """Return those that wait for the provider or a person."""
        return self.filter(closed_at__isnull=True)


class PayoutContradiction(PublicModel):
    """What was recorded of a payout and what its provider says instead; nothing of the payout was changed.

    “Paid” after “failed” is the dangerous one: the money is owed again, and may have been paid.
    """

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="contradictions")
    recorded = models.CharField(_("recorded"), max_length=16)
    answer = models.CharField(_("the provider says"), max_length=16)
    reference = models.CharField(_("reference of the provider"), max_length=120, blank=True)
    found_at = models.DateTimeField(_("found"))
    closed_at = models.DateTimeField(_("settled"), null=True, blank=True)
    closed_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_label = models.CharField(_("settled by"), max_length=200, blank=True)
    closed_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = ContradictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contradiction of a provider")
        verbose_name_plural = _("contradictions of providers")
        ordering = ["found_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="contradiction_once", fields=["payout", "recorded", "answer"], condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="contradiction_closed_whole",
                condition=Q(closed_at__isnull=True, closed_label="", closed_reason="")
                | Q(closed_at__isnull=False) & ~Q(closed_label="") & ~Q(closed_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payout}: {self.recorded}, {self.answer}"
