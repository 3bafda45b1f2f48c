"""What people decide beside the computation: manual adjustments, and differences outside the correction window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from commissions.models.runs import Run, RunStatus
from prm.models.base import PublicModel, currency_field

if TYPE_CHECKING:
    from decimal import Decimal

    from prm.actors import Actor


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    """Named reads of adjustments."""

    def visible_to(self, actor: Actor) -> AdjustmentQuerySet:
        """Return what ``actor`` may see: a partner only what an approved run has put on a statement of its own."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope, run__status=RunStatus.APPROVED)

    def pending(self) -> AdjustmentQuerySet:
        """Return those that no approved run has put on a statement yet."""
        return self.filter(withdrawn_at__isnull=True).exclude(run__status=RunStatus.APPROVED)


class Adjustment(PublicModel):
    """A manual entry with a reason and an author; it joins the statement of ``run`` and is approved with it.

    One that ``settles`` names a key and counts as posted for it; any other moves the balance alone. What it says
    never changes, a mistake is withdrawn and entered anew; once its run is approved nothing about it changes.
    """

    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="adjustments")
    currency = currency_field()
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    reason = models.TextField(_("reason"))
    settles = models.BooleanField(_("settles what was earned"), default=False)
    subscription = models.ForeignKey(
        "deals.Subscription", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, blank=True)
    earned_period = models.DateField(_("earned in"), null=True, blank=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="adjustments")
    created_at = models.DateTimeField(_("entered"))
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_label = models.CharField(_("entered by"), max_length=200)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="adjustment_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(name="adjustment_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="adjustment_kind_known", condition=Q(kind__in=["", *Kind.values])),
            models.CheckConstraint(
                name="adjustment_period_first_day",
                condition=Q(earned_period__isnull=True) | Q(earned_period__day=1),
            ),
            models.CheckConstraint(
                name="adjustment_settles_a_key",
                condition=Q(settles=False)
                | (
                    Q(earned_period__isnull=False)
                    & (
                        Q(kind=Kind.ACCELERATOR, subscription__isnull=True)
                        | (~Q(kind__in=["", Kind.ACCELERATOR]) & Q(subscription__isnull=False))
                    )
                ),
            ),
            models.CheckConstraint(
                name="adjustment_withdrawn_has_no_run", condition=Q(withdrawn_at__isnull=True) | Q(run__isnull=True)
            ),
        ]
        indexes = [
            # What waits for a run is a handful among all that were ever entered.
            models.Index(fields=["id"], name="adjustment_waiting", condition=Q(run__isnull=True, withdrawn_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Decision(models.TextChoices):
    """What was decided about a difference outside the correction window."""

    SETTLED = "settled", _("Settled by an adjustment")
    ACCEPTED = "accepted", _("Left as posted")


class StandingDifferenceQuerySet(models.QuerySet["StandingDifference"]):
    """Named reads of differences outside the correction window."""

    def visible_to(self, actor: Actor) -> StandingDifferenceQuerySet:
        """Return what ``actor`` may see: the vendor's people alone, since nothing of it is posted."""
        return self.all() if actor.is_internal and actor.sees_money else self.none()

    def undecided(self) -> StandingDifferenceQuerySet:
        """Return those that wait for a person."""
        return self.filter(decision="")


class StandingDifference(models.Model):
    """A difference that no run may post because its month lies before the correction window.

    One row per key for as long as the key differs; a decided row stays, and waits anew when its figures change.
    """

    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey("deals.Subscription", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    currency = currency_field()
    earned_period = models.DateField(_("earned in"))
    entitlement = models.DecimalField(_("earned"), max_digits=20, decimal_places=4)
    posted = models.DecimalField(_("posted"), max_digits=20, decimal_places=4)
    first_seen_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    seen_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(_("decision"), max_length=16, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_label = models.CharField(_("decided by"), max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    adjustment = models.OneToOneField(
        Adjustment, on_delete=models.PROTECT, null=True, blank=True, related_name="settles_difference"
    )

    amount: Decimal
    """What is left to settle; only on rows read by ``commissions.queries.differences``."""

    objects = StandingDifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference outside the correction window, as it stands")
        verbose_name_plural = _("differences outside the correction window, as they stand")
        ordering = ["earned_period", "partner__code", "id"]
        constraints = [
            models.UniqueConstraint(
                name="standing_difference_key",
                fields=["partner", "subscription", "kind", "currency", "earned_period"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="standing_difference_decided_whole",
                condition=Q(decision="", decided_at__isnull=True, adjustment__isnull=True)
                | Q(decision=Decision.SETTLED, decided_at__isnull=False, adjustment__isnull=False)
                | Q(decision=Decision.ACCEPTED, decided_at__isnull=False, adjustment__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.earned_period:%Y-%m}"
