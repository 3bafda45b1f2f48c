"""Wins: what direct sellers get for helping a partner, and wins that a person has to decide."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from deals.models.catalogue import Family
from deals.models.opportunities import Opportunity
from deals.models.registrations import Registration
from deals.models.subscriptions import Subscription
from prm.models.base import EffectiveDated, NextValue, currency_field, ordered_dates


class CoSeller(models.Model):
    """The direct seller with whom a partner sells: named by a person, or taken from the CRM's opportunity."""

    registration = models.OneToOneField(Registration, on_delete=models.CASCADE, related_name="co_seller")
    name = models.CharField(_("seller"), max_length=160)
    email = models.EmailField(_("e-mail"))
    opportunity = models.ForeignKey(Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("direct seller")

    def __str__(self) -> str:
        return self.name


class AwardBasis(models.TextChoices):
    """What an award is computed from."""

    AMOUNT = "amount", _("An amount per deal")
    PERCENT = "percent", _("A percentage of the first monthly revenue")


class AwardTerms(EffectiveDated):
    """What a direct seller gets for a won co-sell deal on the days of the range; a family's own terms come first."""

    family = models.ForeignKey(
        Family, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text=_("Empty: every family.")
    )
    basis = models.CharField(_("basis"), max_length=16, choices=AwardBasis)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True, blank=True)
    currency = currency_field(blank=True)
    percent = models.DecimalField(_("per cent"), max_digits=7, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = _("terms of co-sell awards")
        verbose_name_plural = _("terms of co-sell awards")
        constraints = [
            ordered_dates("award_terms_dates_in_order"),
            models.CheckConstraint(
                name="award_terms_complete",
                condition=(
                    Q(basis="amount", amount__gt=0, percent__isnull=True) & ~Q(currency="")
                    | Q(basis="percent", percent__gt=0, percent__lte=1200, amount__isnull=True, currency="")
                ),
            ),
            ExclusionConstraint(
                name="award_terms_no_overlap",
                expressions=[
                    (Coalesce("family", Value(0)), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %" if self.basis == AwardBasis.PERCENT else f"{self.amount} {self.currency}"


class AwardExport(models.Model):
    """One file for payroll: numbered, and never changed; an award stands in exactly one."""

    number = models.BigIntegerField(_("number"), unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_label = models.CharField(max_length=200)
    count = models.PositiveIntegerField(_("awards"))

    class Meta:
        verbose_name = _("payroll export")
        ordering = ["-number"]
        constraints = [models.CheckConstraint(name="award_export_not_empty", condition=Q(count__gte=1))]

    def __str__(self) -> str:
        return str(self.number)


class CoSellAward(models.Model):
    """What a direct seller gets, by payroll and never by payouts, because a co-sell deal was won.

    ``amount`` is empty until terms and revenue are known. Exported ones never change: a win that is undone
    afterwards is answered by a second award that takes the first back (``reverses``).
    """

    number = models.BigIntegerField(unique=True, editable=False, db_default=NextValue(Value("deals_award_number_seq")))
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="awards")
    subscription = models.ForeignKey(Subscription, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    seller_name = models.CharField(_("seller"), max_length=160)
    seller_email = models.EmailField(_("e-mail"))
    earned_on = models.DateField(_("won on"))
    terms = models.ForeignKey(AwardTerms, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mrr = models.DecimalField(_("first monthly revenue"), max_digits=20, decimal_places=6, null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True, blank=True)
    currency = currency_field(blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal")
    export = models.ForeignKey(AwardExport, on_delete=models.PROTECT, null=True, blank=True, related_name="awards")
    voided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("co-sell award")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="award_one_pending",
                fields=["registration"],
                condition=Q(export__isnull=True, voided_at__isnull=True, reverses__isnull=True),
            ),
            models.CheckConstraint(
                name="award_exported_is_complete",
                condition=Q(export__isnull=True) | (Q(amount__isnull=False, voided_at__isnull=True) & ~Q(currency="")),
            ),
        ]
        indexes = [models.Index(fields=["id"], name="award_to_export", condition=Q(export__isnull=True))]

    def __str__(self) -> str:
        return f"A-{self.number}"


class LateWinDecision(models.TextChoices):
    """What a person decided."""

    ACCEPTED = "accepted", _("Won all the same")
    REFUSED = "refused", _("Not the partner's win")


class LateWin(models.Model):
    """A registration that a system reported as won after its protection had ended: a person decides.

    ``subscription`` is what it became; ``sale`` is what it would become, where the report brought no subscription.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="late_wins")
    subscription = models.ForeignKey(Subscription, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sale = models.JSONField(null=True, blank=True)
    reported_at = models.DateTimeField(_("reported"))
    reported_by = models.CharField(_("by"), max_length=200)
    due_at = models.DateTimeField(_("due"))
    decision = models.CharField(_("decision"), max_length=16, choices=LateWinDecision, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("late win")
        constraints = [
            models.UniqueConstraint(name="late_win_waits_once", fields=["registration"], condition=Q(decision="")),
            models.CheckConstraint(
                name="late_win_decision_known", condition=Q(decision="") | Q(decision__in=LateWinDecision.values)
            ),
            models.CheckConstraint(
                name="late_win_decided_when",
                condition=Q(decision="", decided_at__isnull=True) | (~Q(decision="") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], name="late_win_queue", condition=Q(decision=""))]

    def __str__(self) -> str:
        return str(self.registration)
