"""Customers and what identifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prm.models.base import PublicModel

if TYPE_CHECKING:
    from prm.actors import Actor


class AccountQuerySet(models.QuerySet["Account"]):
    """Named reads of customers."""

    def visible_to(self, actor: Actor) -> AccountQuerySet:
        """Return what ``actor`` may see: a partner customers that it was approved for or is credited on."""
        if actor.is_internal:
            return self.all()
        if actor.partner_scope is not None:
            return self.filter(
                Q(pk__in=self._registered_by(actor)) | Q(pk__in=self._credited_to(actor)),
            )
        return self.none()

    @staticmethod
    def _registered_by(actor: Actor) -> models.QuerySet[Any, Any]:
        from deals.models.registrations import Registration  # noqa: PLC0415 - both tables name each other

        # Only what was approved once: a refused submission must not open the record of a competitor's customer.
        return Registration.objects.visible_to(actor).filter(protected__isnull=False).values("account_id")

    @staticmethod
    def _credited_to(actor: Actor) -> models.QuerySet[Any, Any]:
        from deals.models.subscriptions import Subscription  # noqa: PLC0415 - both tables name each other

        return Subscription.objects.visible_to(actor).values("account_id")


class Account(PublicModel):
    """A customer. ``source_system`` and ``external_id`` name it in the system that it came from."""

    source_system = models.CharField(_("source system"), max_length=32, blank=True)
    external_id = models.CharField(_("external id"), max_length=200, null=True, blank=True)  # noqa: DJ001 - no id differs from an empty one
    name = models.CharField(_("name"), max_length=250)
    name_key = models.CharField(max_length=250, blank=True, help_text=_("The name without accents and legal form."))
    website = models.CharField(_("website"), max_length=253, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    segment = models.CharField(_("segment"), max_length=80, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    is_prospect = models.BooleanField(_("prospect"), default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(name="account_external_id_once", fields=["source_system", "external_id"]),
            models.CheckConstraint(
                name="account_parent_is_another", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))
            ),
        ]
        indexes = [
            models.Index(fields=["name_key", "country"], name="account_by_name_key"),
            models.Index(fields=["updated_at", "id"], name="account_by_change"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountDomain(models.Model):
    """Holds each identifying domain once: two accounts can never share one."""

    domain = models.CharField(_("domain"), max_length=253, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")

    class Meta:
        verbose_name = _("customer domain")

    def __str__(self) -> str:
        return self.domain


class AccountCandidate(models.Model):
    """Two accounts that may be one customer; a person decides."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="candidates")
    other = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=32)
    score = models.DecimalField(_("score"), max_digits=4, decimal_places=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("duplicate candidate")
        constraints = [
            models.UniqueConstraint(name="candidate_once", fields=["account", "other", "reason"]),
            models.CheckConstraint(name="candidate_is_another", condition=~Q(account=F("other"))),
        ]

    def __str__(self) -> str:
        return f"{self.account} ~ {self.other}"
