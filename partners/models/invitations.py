"""Invitations: the way in for people of partners and of the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from partners.models.people import MembershipRole
from prm.actors import InternalRole
from prm.models.base import PublicModel

if TYPE_CHECKING:
    from datetime import datetime


INTERNAL = [str(role) for role in InternalRole]
ROLE_NAMES = {
    InternalRole.CHANNEL_MANAGER: _("channel manager"),
    InternalRole.FINANCE: _("finance"),
    InternalRole.ADMIN: _("administrator"),
    InternalRole.VIEWER: _("viewer"),
}
"""Internal roles as a sentence names them."""


class Invitation(PublicModel):
    """Somebody is asked by mail to join: a partner with ``role``, or, where there is none, the vendor with ``roles``.

    The link in the mail is signed and names ``sent_count``, so that the latest mail alone opens anything.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations", verbose_name=_("partner")
    )
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=160, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=MembershipRole, blank=True)
    roles = ArrayField(models.CharField(max_length=32), verbose_name=_("internal roles"), default=list, blank=True)
    language = models.CharField(
        _("language"), max_length=16, blank=True, db_default="", help_text=_("Of the mail; empty: the program's.")
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    sent_count = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    invited_by = models.ForeignKey(
        "prm.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    invited_label = models.CharField(_("invited by"), max_length=200)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey("prm.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = PartnerOwnedQuerySet["Invitation"].as_manager()

    class Meta:
        verbose_name = _("invitation")
        constraints = [
            models.CheckConstraint(name="invitation_email_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="invitation_to_a_partner_or_the_vendor",
                condition=Q(partner__isnull=False, role__in=MembershipRole.values, roles=[])
                | Q(partner__isnull=True, role="", roles__len__gt=0, roles__contained_by=INTERNAL),
            ),
            models.CheckConstraint(
                name="invitation_ends_once", condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="invitation_one_open",
                fields=["email", "partner"],
                nulls_distinct=False,
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.partner or '–'}"

    def is_open(self, *, now: datetime) -> bool:
        """Whether the link of its latest mail still lets somebody join."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now
