"""Statements: numbered without gaps, immutable once issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commissions.models.runs import Run
from prm.models.base import PublicModel, currency_field

if TYPE_CHECKING:
    from prm.actors import Actor


class StatementQuerySet(models.QuerySet["Statement"]):
    """Named reads of statements."""

    def visible_to(self, actor: Actor) -> StatementQuerySet:
        """Return what ``actor`` may see: its own, if its role sees money."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope)


class Statement(PublicModel):
    """What one approved run means for one partner in one currency.

    ``closing`` = ``opening`` + ``earned`` + ``true_up`` + ``adjustments`` − ``paid``, all in ``currency``.
    """

    number = models.CharField(_("number"), max_length=32, unique=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="statements", db_index=False)
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="statements", db_index=False)
    currency = currency_field()
    opening = models.DecimalField(_("opening balance"), max_digits=20, decimal_places=4)
    earned = models.DecimalField(_("earned"), max_digits=20, decimal_places=4)
    true_up = models.DecimalField(_("true-ups"), max_digits=20, decimal_places=4)
    adjustments = models.DecimalField(_("adjustments"), max_digits=20, decimal_places=4, default=0)
    paid = models.DecimalField(_("paid"), max_digits=20, decimal_places=4, default=0)
    closing = models.DecimalField(_("closing balance"), max_digits=20, decimal_places=4)
    entry_count = models.IntegerField(default=0)
    issued_at = models.DateTimeField(_("issued"))

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        ordering = ["-issued_at", "-number"]
        # The next statement begins with the balance of the last one.
        indexes = [models.Index(fields=["partner", "currency", "-id"], name="statement_last")]
        constraints = [
            models.UniqueConstraint(name="statement_once", fields=["run", "partner", "currency"]),
            models.CheckConstraint(
                name="statement_adds_up",
                condition=Q(closing=F("opening") + F("earned") + F("true_up") + F("adjustments") - F("paid")),
            ),
        ]

    def __str__(self) -> str:
        return self.number
