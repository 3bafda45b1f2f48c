"""What direct sales works on, as the CRM keeps it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from deals.models.catalogue import Family
from prm.models.base import PublicModel


class Opportunity(PublicModel):
    """A deal of direct sales. ``opened_at`` is the CRM's own stamp; without ``closed_at`` it is open.

    Partners never see one: there is no ``visible_to`` for them, and no sentence of ours names one.
    """

    source_system = models.CharField(_("source system"), max_length=32, blank=True)
    external_id = models.CharField(_("external id"), max_length=200)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="opportunities", verbose_name=_("customer")
    )
    family = models.ForeignKey(
        Family,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("product family"),
        help_text=_("Empty: any."),
    )
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    stage = models.CharField(_("stage"), max_length=80, blank=True)
    owner_email = models.EmailField(_("owner"), blank=True)
    seller_name = models.CharField(_("seller"), max_length=160, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("opportunity of direct sales")
        verbose_name_plural = _("opportunities of direct sales")
        constraints = [
            models.UniqueConstraint(name="opportunity_external_id_once", fields=["source_system", "external_id"]),
            models.CheckConstraint(
                name="opportunity_dates_in_order",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "family"], name="opportunity_open", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["updated_at", "id"], name="opportunity_by_change"),
        ]

    def __str__(self) -> str:
        return self.external_id
