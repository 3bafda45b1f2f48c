"""Customers and what identifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
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
            return self.current().filter(
                Q(pk__in=self._registered_by(actor)) | Q(pk__in=self._credited_to(actor)),
            )
        return self.none()

    def current(self) -> AccountQuerySet:
        """Return the customers themselves: one that was merged into another is that other."""
        return self.filter(merged_into__isnull=True)

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
    readings = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_("How the name is compared; a trigger keeps the search table by it."),
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_accounts",
        help_text=_("The customer that this one turned out to be; its external id leads there."),
    )
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
            models.CheckConstraint(
                name="account_merged_into_another", condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id"))
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


class KeptHost(models.Model):
    """A host that operations wrote down, over the lists that the product brings: in effect at once."""

    class Kind(models.TextChoices):
        """What the host says about who is behind it."""

        FREE_MAIL = "free_mail", _("Free mail: identifies nobody")
        SHARED_HOST = "shared_host", _("Shared host: identifies nobody")
        OWN = "own", _("A company’s own: identifies it, whatever the product’s list says")

    domain = models.CharField(_("host"), max_length=253, primary_key=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    added_at = models.DateTimeField(_("added"))
    added_by = models.CharField(_("added by"), max_length=200)

    class Meta:
        verbose_name = _("kept host")
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(
                name="kept_host_kind_known", condition=Q(kind__in=["free_mail", "shared_host", "own"])
            ),
            models.CheckConstraint(
                name="kept_host_in_small_letters", condition=Q(domain__regex=r"^[a-z0-9][a-z0-9.-]*\.[a-z0-9-]+$")
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class CandidateReason(models.TextChoices):
    """Why two customers may be one."""

    DUPLICATE_DOMAIN = "duplicate_domain", _("Same domain")
    SIMILAR_NAME = "similar_name", _("Similar name")


class AccountCandidate(PublicModel):
    """Two customers that may be one; a person decides, and is asked about two customers once.

    ``account`` is the newer record, the one that brought the question up; ``other`` was there before.
    """

    class Decision(models.TextChoices):
        """What the person said."""

        OPEN = "", _("Open")
        SAME = "same", _("The same")
        DIFFERENT = "different", _("Different")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="candidates")
    other = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="candidates_as_other")
    reason = models.CharField(_("reason"), max_length=32, choices=CandidateReason)
    score = models.DecimalField(_("score"), max_digits=4, decimal_places=3)
    created_at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(_("decision"), max_length=16, choices=Decision, blank=True, default=Decision.OPEN)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("duplicate candidate")
        constraints = [
            models.UniqueConstraint(Least("account", "other"), Greatest("account", "other"), name="candidate_once"),
            models.CheckConstraint(name="candidate_is_another", condition=~Q(account=F("other"))),
            models.CheckConstraint(
                name="candidate_decision_known", condition=Q(decision__in=["", "same", "different"])
            ),
            models.CheckConstraint(
                name="candidate_decision_dated",
                condition=Q(decision="", decided_at__isnull=True) | ~Q(decision="") & Q(decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-score", "id"], name="candidates_open", condition=Q(decision="")),
        ]

    def __str__(self) -> str:
        return f"{self.account} ~ {self.other}"


class AccountToCompare(models.Model):
    """A customer whose name is new or has changed and waits to be compared with the others of its country.

    The trigger that keeps the search table writes it; whoever has compared the customer deletes it.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")

    class Meta:
        verbose_name = _("customer to compare")

    def __str__(self) -> str:
        return str(self.account_id)
