"""The desk of channel managers: the reasons they offer partners, and who decides while somebody is away."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext_lazy as _

from prm.models.base import EffectiveDated, PublicModel, ordered_dates


class ReasonTemplate(PublicModel):
    """A sentence that is offered for one of the decisions. What the partner reads is what stands in the field then."""

    class Act(models.TextChoices):
        """The decisions that carry words to the partner."""

        APPROVE = "approve", _("Approve")
        CO_SELL = "co_sell", _("Approve with co-sell")
        REJECT = "reject", _("Reject")
        RETURN = "return", _("Return")

    act = models.CharField(_("decision"), max_length=16, choices=Act)
    text = models.CharField(_("reason that the partner reads"), max_length=500)
    position = models.PositiveIntegerField(_("position"), default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("reason template")
        constraints = [
            models.UniqueConstraint(name="reason_template_once", fields=["act", "text"]),
            models.CheckConstraint(
                name="reason_template_act_known", condition=Q(act__in=["approve", "co_sell", "reject", "return"])
            ),
            models.CheckConstraint(name="reason_template_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text


class Delegation(PublicModel, EffectiveDated):
    """``deputy`` decides for ``away`` on the days ``[valid_from, valid_until)``; one who comes back early voids it."""

    away = models.ForeignKey(
        "prm.User", on_delete=models.PROTECT, related_name="delegations", verbose_name=_("who is away")
    )
    deputy = models.ForeignKey(
        "prm.User", on_delete=models.PROTECT, related_name="delegated", verbose_name=_("who decides")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("delegation")
        constraints = [
            ordered_dates("delegation_dates_in_order"),
            models.CheckConstraint(
                name="delegation_has_both_ends",
                condition=Q(valid_from__isnull=False, valid_until__isnull=False),
            ),
            models.CheckConstraint(name="delegation_to_another", condition=~Q(away=F("deputy"))),
            ExclusionConstraint(
                name="delegation_one_at_a_time",
                expressions=[("away", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.away} → {self.deputy}"

    @property
    def first_day(self) -> date | None:
        """Return the first day."""
        return self.valid_from

    @property
    def last_day(self) -> date | None:
        """Return the last day, which is still included."""
        return self.valid_until - timedelta(days=1) if self.valid_until else None
