"""How a run is being calculated, and what it found beside entries: ranges, parked partners, months without pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from commissions.models.runs import Run, RunStatus, derived_from

if TYPE_CHECKING:
    from prm.actors import Actor


class Calculation(models.Model):
    """A calculation that was asked for, until it has ended: what it reads, and why it was refused.

    It stands beside its run, whose row stays untouched while workers refer to it. ``shared_snapshot`` is the name by
    which they import ``snapshot``.
    """

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="calculation")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, related_name="+")
    is_full = models.BooleanField(default=False)
    snapshot = models.TextField(blank=True)
    shared_snapshot = models.TextField(blank=True)
    based_on = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    failure = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.run)


class RunChunk(models.Model):
    """A range of subscriptions, ``first_id`` <= id < ``until_id`` (None: open), computed in one transaction.

    Rows never change: a worker claims one by locking it. Number 0 is the accelerators, which are no subscription's.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    first_id = models.BigIntegerField()
    until_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="run_chunk_once", fields=["run", "number"])]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"


class RunChunkDone(models.Model):
    """A range that is computed: written in the transaction that wrote its entries, so that there is never a half."""

    chunk = models.OneToOneField(RunChunk, on_delete=models.CASCADE, primary_key=True, related_name="done")
    entries = models.IntegerField()
    done_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.chunk)


class RunScope(models.Model):
    """A subscription whose earlier months a run computed again, because something changed, and from which month on."""

    run = derived_from(Run, related_name="scope")
    subscription = derived_from("deals.Subscription")
    from_month = models.DateField()

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.from_month:%Y-%m}"


class ParkedPartner(models.Model):
    """A partner that a run leaves out, because an input of its own cannot be computed; the others are paid.

    ``reason`` is what the database said; ``subscription`` where it was found. At approval the partner stays marked
    from its first unpaid month.
    """

    run = derived_from(Run, related_name="parked")
    partner = derived_from("partners.Partner", on_delete=models.PROTECT)
    subscription = derived_from("deals.Subscription", on_delete=models.SET_NULL, null=True)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("partner on hold")
        verbose_name_plural = _("partners on hold")

    def __str__(self) -> str:
        return f"{self.partner}: {self.reason}"


class UnpaidReason(models.TextChoices):
    """Why a paying customer earned nothing in a month."""

    NO_CREDIT = "no_credit", _("Nobody is credited.")
    NO_PLAN = "no_plan", _("The partner is on no plan, and there is no default.")
    NO_RULE = "no_rule", _("No rule of the plan matches.")
    NO_RULE_FOR_AGE = "no_rule_for_age", _("The plan pays for other customer months only.")
    RATE_IS_ZERO = "rate_is_zero", _("The rule that applies pays 0 %.")
    NOT_COLLECTED = "not_collected", _("The customer has not paid for the month yet.")
    CAP_REACHED = "cap_reached", _("The cap on this subscription is used up.")
    ON_HOLD = "on_hold", _("The partner is on hold: an input has to be corrected before it can be computed.")
    BELOW_MINOR_UNIT = "below_minor_unit", _("The amount rounds to nothing.")


class UnpaidQuerySet(models.QuerySet["Unpaid"]):
    """Named reads of months without pay."""

    def visible_to(self, actor: Actor) -> UnpaidQuerySet:
        """Return what ``actor`` may see: money is for owners and finance; a partner its own, of approved runs."""
        if not actor.sees_money:
            return self.none()
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is None:
            return self.none()
        return self.filter(partner_id=scope, run__status=RunStatus.APPROVED)


class Unpaid(models.Model):
    """A subscription with MRR in the run's month for which nothing is earned, and why: a row of the leakage report.

    ``partner`` is empty where nobody is credited. ``mrr`` is the prorated MRR of the month.
    """

    run = derived_from(Run, related_name="unpaid")
    subscription = derived_from("deals.Subscription")
    partner = derived_from("partners.Partner", null=True)
    reason = models.CharField(_("reason"), max_length=24, choices=UnpaidReason)
    mrr = models.DecimalField(_("MRR"), max_digits=20, decimal_places=6)

    objects = UnpaidQuerySet.as_manager()

    class Meta:
        verbose_name = _("month without commission")
        verbose_name_plural = _("months without commission")

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.reason}"
