"""What customers pay and to whom it is credited: the facts that commission is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, Q
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from deals.models.catalogue import Product
from deals.models.registrations import Registration
from prm.models.base import EffectiveDated, PublicModel, currency_field, ordered_dates

if TYPE_CHECKING:
    from prm.actors import Actor

MRR_LIMIT = 1_000_000_000_000


class CreditRole(models.TextChoices):
    """For what a partner is credited."""

    SOURCED = "sourced", _("Sourced")
    INFLUENCED = "influenced", _("Influenced")
    SERVICES = "services", _("Services")


class SubscriptionSource(models.TextChoices):
    """Through which way the customer buys."""

    PARTNER = "partner", _("Partner")
    DIRECT = "direct", _("Direct")
    MARKETPLACE = "marketplace", _("Marketplace")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Named reads of subscriptions."""

    def visible_to(self, actor: Actor) -> SubscriptionQuerySet:
        """Return what ``actor`` may see: a partner those on which it is, or was, credited."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            credits_of_partner = Credit.objects.filter(partner_id=scope, share__gt=0, valid__isempty=False)
            return self.filter(pk__in=credits_of_partner.values("subscription_id"))
        return self.none()


class Subscription(PublicModel):
    """A recurring contract of one customer for one product, in one currency."""

    source_system = models.CharField(_("source system"), max_length=32, blank=True)
    external_id = models.CharField(_("external id"), max_length=200)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="subscriptions")
    currency = currency_field()
    started_on = models.DateField(_("started on"))
    source = models.CharField(
        _("source"), max_length=16, choices=SubscriptionSource, default=SubscriptionSource.PARTNER
    )
    registration = models.ForeignKey(
        Registration, on_delete=models.SET_NULL, null=True, blank=True, related_name="subscriptions"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        constraints = [
            models.UniqueConstraint(name="subscription_external_id_once", fields=["source_system", "external_id"]),
            models.CheckConstraint(name="subscription_source_known", condition=Q(source__in=SubscriptionSource.values)),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="subscription_by_change")]

    def __str__(self) -> str:
        return self.external_id


class MrrChange(models.Model):
    """The MRR level from ``effective_on`` until the next change; 0 means ended."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="mrr_changes")
    effective_on = models.DateField(_("effective on"))
    mrr = models.DecimalField(_("MRR"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name = _("MRR change")
        ordering = ["subscription_id", "effective_on"]
        constraints = [
            models.UniqueConstraint(name="mrr_change_one_a_day", fields=["subscription", "effective_on"]),
            models.CheckConstraint(name="mrr_not_negative", condition=Q(mrr__gte=0)),
            models.CheckConstraint(name="mrr_not_absurd", condition=Q(mrr__lte=MRR_LIMIT)),
        ]

    def __str__(self) -> str:
        return f"{self.effective_on}: {self.mrr}"


class CreditQuerySet(models.QuerySet["Credit"]):
    """Named reads of deal credits."""

    def visible_to(self, actor: Actor) -> CreditQuerySet:
        """Return what ``actor`` may see: its own credits."""
        if actor.is_internal:
            return self.all()
        if (scope := actor.partner_scope) is not None:
            return self.filter(partner_id=scope)
        return self.none()


class Credit(EffectiveDated):
    """``partner`` is credited ``share`` per cent of a subscription in a role, on the days of the range.

    On any one day the ``sourced`` shares of a subscription add up to at most 100 %: a statement trigger
    refuses more, so that a split can be corrected in one statement (commission rules, section 2).
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="credits")
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="credits")
    role = models.CharField(_("role"), max_length=16, choices=CreditRole)
    share = models.DecimalField(_("share, %"), max_digits=7, decimal_places=4)
    registration = models.ForeignKey(
        Registration, on_delete=models.SET_NULL, null=True, blank=True, related_name="credits"
    )

    objects = CreditQuerySet.as_manager()

    class Meta:
        verbose_name = _("deal credit")
        constraints = [
            ordered_dates("credit_dates_in_order"),
            models.CheckConstraint(name="credit_share_0_to_100", condition=Q(share__gte=0, share__lte=100)),
            models.CheckConstraint(name="credit_role_known", condition=Q(role__in=CreditRole.values)),
            models.UniqueConstraint(
                name="credit_key", fields=["subscription", "partner", "role", "valid_from"], nulls_distinct=False
            ),
            ExclusionConstraint(
                name="credit_no_overlap",
                expressions=[
                    ("subscription", RangeOperators.EQUAL),
                    ("partner", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(share__gt=0),
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.share} % {self.role}"


class Collection(models.Model):
    """What was billed and paid for a subscription in a month."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="collections")
    month = models.DateField(_("month"))
    billed = models.DecimalField(_("billed"), max_digits=20, decimal_places=6)
    paid = models.DecimalField(_("paid"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name = _("collection")
        constraints = [
            models.UniqueConstraint(name="collection_once_a_month", fields=["subscription", "month"]),
            models.CheckConstraint(name="collection_month_first_day", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.paid} of {self.billed}"
