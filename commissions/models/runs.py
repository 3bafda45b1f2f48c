"""Runs, the entries that they post, and what a reviewer must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from prm.models.base import CurrentTransactionId, NextValue, PublicModel, Xid8Field, currency_field

if TYPE_CHECKING:
    from prm.actors import Actor


class RunStatus(models.TextChoices):
    """`draft` → `calculated` → `approved` | `rejected` (commission rules, section 5)."""

    DRAFT = "draft", _("Calculating")
    CALCULATED = "calculated", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Run(PublicModel):
    """One computation of a period: what all facts, as known in one snapshot, add to what was posted.

    ``based_on`` is the last approved run when it was computed; approval refuses if another has been approved
    since. ``snapshot`` (``pg_current_snapshot()``) says exactly which facts it has seen. ``digest`` is of the
    entries that were reviewed. An approved run refuses change in the database.
    """

    number = models.BigIntegerField(_("number"), unique=True)
    period = models.DateField(_("period"))
    status = models.CharField(_("state"), max_length=16, choices=RunStatus, default=RunStatus.DRAFT)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    window_from = models.DateField(null=True, blank=True)
    snapshot = models.TextField(blank=True)
    entry_count = models.IntegerField(default=0)
    partner_count = models.IntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    calculated_at = models.DateTimeField(null=True, blank=True)
    calculated_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    calculated_label = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_label = models.CharField(max_length=200, blank=True)
    decision_reason = models.TextField(blank=True)
    four_eyes = models.BooleanField(default=True, help_text=_("Whether a second person had to approve."))

    class Meta:
        verbose_name = _("commission run")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(name="run_status_known", condition=Q(status__in=RunStatus.values)),
            models.CheckConstraint(name="run_period_first_day", condition=Q(period__day=1)),
            models.UniqueConstraint(
                name="run_one_draft_a_period", fields=["period"], condition=Q(status__in=["draft", "calculated"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m} #{self.number}"


class EntryQuerySet(models.QuerySet["Entry"]):
    """Named reads of entries."""

    def visible_to(self, actor: Actor) -> EntryQuerySet:
        """Return what ``actor`` may see: money is for owners and finance; a partner sees approved runs only."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope, run__status=RunStatus.APPROVED)


class Entry(models.Model):
    """A posted difference: ``amount`` = ``entitlement`` − ``posted_before`` of its key.

    The table is partitioned by run; a partition, once attached, refuses every change. ``working`` holds the
    inputs that the entitlement was computed from, enough to print the sentence years later; ids only.
    """

    pk = models.CompositePrimaryKey("run_id", "id")
    id = models.BigIntegerField(db_default=NextValue(Value("commissions_entry_id_seq")))
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="entries")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey("deals.Subscription", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    currency = currency_field()
    earned_period = models.DateField(_("earned in"))
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    entitlement = models.DecimalField(_("earned"), max_digits=20, decimal_places=4)
    posted_before = models.DecimalField(_("posted before"), max_digits=20, decimal_places=4)
    is_true_up = models.BooleanField(_("true-up"))
    working = models.JSONField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission entry")
        verbose_name_plural = _("commission entries")

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class OpenItem(models.Model):
    """A difference outside the correction window: it waits until someone decides."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="open_items")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey("deals.Subscription", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    currency = currency_field()
    earned_period = models.DateField(_("earned in"))
    entitlement = models.DecimalField(_("earned"), max_digits=20, decimal_places=4)
    posted = models.DecimalField(_("posted"), max_digits=20, decimal_places=4)

    class Meta:
        verbose_name = _("difference outside the correction window")
        verbose_name_plural = _("differences outside the correction window")

    def __str__(self) -> str:
        return f"{self.kind} {self.earned_period:%Y-%m}"


class RunWarning(models.Model):
    """Something a reviewer should look at before approving."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="warnings")
    code = models.CharField(max_length=32)
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, null=True, related_name="+")
    subscription = models.ForeignKey("deals.Subscription", on_delete=models.CASCADE, null=True, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("warning")

    def __str__(self) -> str:
        return self.code


class ChangedFact(models.Model):
    """Change tracking: a fact touched a subscription, a partner, or everything, from a month on.

    Written by statement triggers on every table of facts. ``xid`` is the transaction that wrote it: approval
    clears only rows visible in the run's snapshot, so a late commit is never lost (commission rules, section 4).
    """

    xid = Xid8Field(db_default=CurrentTransactionId())
    source = models.CharField(max_length=63)
    subscription_id = models.BigIntegerField(null=True)
    partner_id = models.BigIntegerField(null=True)
    from_month = models.DateField(null=True)

    class Meta:
        verbose_name = _("changed fact")

    def __str__(self) -> str:
        return f"{self.source} {self.from_month}"
