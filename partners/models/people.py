"""People at partners: memberships, certifications, API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from prm.models.base import EffectiveDated, PublicModel, ordered_dates

if TYPE_CHECKING:
    from datetime import datetime


class MembershipRole(models.TextChoices):
    """What a person may do at one partner: a seller sees no money."""

    OWNER = "owner", _("Owner")
    SELLER = "seller", _("Seller")
    FINANCE = "finance", _("Finance")
    MARKETING = "marketing", _("Marketing")


class Membership(models.Model):
    """A person's role at one partner; an inactive one gives no access at once."""

    user = models.ForeignKey("prm.User", on_delete=models.CASCADE, related_name="memberships")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=MembershipRole)
    is_active = models.BooleanField(_("active"), default=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    previous_seen_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Start of the visit before this one: “since your last visit”.")
    )

    objects = PartnerOwnedQuerySet["Membership"].as_manager()

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(name="membership_key", fields=["user", "partner"]),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=MembershipRole.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.partner}"


class Certification(EffectiveDated):
    """A person passed ``certification``; it holds on the days of the range."""

    user = models.ForeignKey("prm.User", on_delete=models.CASCADE, related_name="certifications")
    certification = models.CharField(_("certification"), max_length=120)
    expiry_told_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the person was told that it expires soon.")
    )

    class Meta:
        verbose_name = _("certification")
        constraints = [
            ordered_dates("certification_dates_in_order"),
            models.UniqueConstraint(
                name="certification_key", fields=["user", "certification", "valid_from"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.certification}"


class ApiKey(PublicModel):
    """A key of a system (no partner) or of one partner; only its hash is stored."""

    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
    key_hash = models.CharField(max_length=64)
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, null=True, blank=True, related_name="api_keys", verbose_name=_("partner")
    )
    scopes = ArrayField(models.CharField(max_length=64), verbose_name=_("scopes"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = PartnerOwnedQuerySet["ApiKey"].as_manager()

    class Meta:
        verbose_name = _("API key")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, *, now: datetime) -> bool:
        """Whether the key opens anything at ``now``."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
