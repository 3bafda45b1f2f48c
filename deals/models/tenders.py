"""Tenders: several partners bid for one family of one customer, by a manager's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from deals.models.catalogue import Family
from deals.models.registrations import Registration
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from prm.actors import Actor


class TenderQuerySet(models.QuerySet["Tender"]):
    """Named reads of tenders."""

    def visible_to(self, actor: Actor) -> TenderQuerySet:
        """Return what ``actor`` may see: internal people all, partners none, since it tells of others."""
        return self.all() if actor.is_internal else self.none()

    def open(self) -> TenderQuerySet:
        """Return those that run."""
        return self.filter(closed_at__isnull=True)


class Tender(PublicModel):
    """While it is open, bidders on the customer and family are approved without excluding each other."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tenders", verbose_name=_("customer"))
    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="+", verbose_name=_("product family"))
    reason = models.TextField(_("reason"))
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(_("outcome"), blank=True)
    winner = models.ForeignKey(Registration, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = TenderQuerySet.as_manager()

    class Meta:
        verbose_name = _("tender")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="tender_open_once", fields=["account", "family"], condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="tender_closes_after_opening",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
            models.CheckConstraint(
                name="tender_winner_when_closed", condition=Q(winner__isnull=True) | Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}, {self.family}"
