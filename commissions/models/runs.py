"""Runs, the entries that they post, and what a reviewer must know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from prm.models.base import NextValue, PublicModel, currency_field

if TYPE_CHECKING:
    from decimal import Decimal

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
    computed_from = models.DateField(
        null=True, blank=True, help_text=_("The first month that was computed of all subscriptions.")
    )
    is_full = models.BooleanField(default=False, help_text=_("Whether change tracking was ignored."))
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

    The table is partitioned by run; a partition, once attached, refuses every change. The columns from ``role`` on
    are the inputs that the entitlement was computed from, enough to print the sentence years later; ids only.
    The base is mrr · share · days ÷ ``divisor``, share in per cent; ``mrr`` and ``share`` are empty where several
    stretches or roles add up: these stand in ``details``, with what took something away.
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
    role = models.CharField(max_length=16, blank=True)
    rule_id = models.BigIntegerField(null=True)
    rate = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    mrr = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    share = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    days = models.SmallIntegerField(null=True)
    divisor = models.SmallIntegerField(null=True)
    from_on = models.DateField(null=True)
    below_id = models.BigIntegerField(null=True)
    age = models.SmallIntegerField(null=True)
    tier_id = models.BigIntegerField(null=True)
    plan_id = models.BigIntegerField(null=True)
    details = models.JSONField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission entry")
        verbose_name_plural = _("commission entries")

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"

    @property
    def working(self) -> dict[str, Any] | None:
        """Return the inputs of the entitlement as one document, or None for a key that vanished.

        ``commissions_working`` in the database says the same.
        """
        if self.rule_id is None:
            return None
        stretch = {
            "mrr": _plain(self.mrr),
            "share": _plain(self.share),
            "days": self.days,
            "from": self.from_on.isoformat() if self.from_on else None,
            "partner": self.below_id,
        }
        part = {
            "role": self.role,
            "rule": self.rule_id,
            "rate": _plain(self.rate),
            "stretches": [{name: value for name, value in stretch.items() if value is not None}],
        }
        working = {"days_in_month": self.divisor, "age": self.age, "tier": self.tier_id, "plan": self.plan_id}
        known = {name: value for name, value in working.items() if value is not None}
        return {**known, "parts": [part], **(self.details or {})}


def _plain(number: Decimal | None) -> str | None:
    """Return a number without needless zeros."""
    return None if number is None else f"{number.normalize():f}"


def derived_from(
    to: type[models.Model] | str, *, on_delete: Any = models.CASCADE, related_name: str = "+", null: bool = False
) -> models.ForeignKey[Any, Any]:
    """Return a reference of a row that a calculation writes from facts, in sets, without the database's own check.

    The check would lock each row that is referred to as it was when the calculation began, and fail for every one
    that somebody has touched since.
    """
    return models.ForeignKey(to, on_delete=on_delete, related_name=related_name, null=null, db_constraint=False)


class OpenItem(models.Model):
    """A difference outside the correction window: it waits until someone decides."""

    run = derived_from(Run, related_name="open_items")
    partner = derived_from("partners.Partner", on_delete=models.PROTECT)
    subscription = derived_from("deals.Subscription", on_delete=models.PROTECT, null=True)
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

    run = derived_from(Run, related_name="warnings")
    code = models.CharField(max_length=32)
    partner = derived_from("partners.Partner", null=True)
    subscription = derived_from("deals.Subscription", null=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("warning")

    def __str__(self) -> str:
        return self.code
