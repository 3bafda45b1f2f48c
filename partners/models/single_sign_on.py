"""Single sign-on: the OpenID Connect provider that vouches for the people of a mail domain."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner
from partners.models.people import MembershipRole
from prm import vault
from prm.actors import InternalRole
from prm.models.base import PublicModel

PURPOSE = "single sign-on"
BY_ITSELF = [InternalRole.VIEWER, InternalRole.CHANNEL_MANAGER, InternalRole.FINANCE]
"""Internal roles that a provider may bring: never ``admin``, which a person gives."""


class SignInDomain(PublicModel):
    """Whose addresses end in ``domain`` sign in at ``issuer``: people of ``partner``, or of the vendor without one."""

    domain = models.CharField(_("mail domain"), max_length=200, unique=True)
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_in_domains"
    )
    issuer = models.URLField(_("issuer"), max_length=300)
    client_id = models.CharField(_("client id"), max_length=200)
    secret_sealed = models.TextField(editable=False)
    is_active = models.BooleanField(_("on"), default=True)
    admits_new = models.BooleanField(_("lets in people who are not here yet"), default=False)
    default_role = models.CharField(_("role of those"), max_length=32, blank=True)
    trusts_second_factor = models.BooleanField(_("asks for a second factor itself"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("domain for single sign-on")
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(name="sign_in_domain_lower_case", condition=Q(domain=Lower("domain"))),
            models.CheckConstraint(
                name="sign_in_domain_role_known",
                condition=Q(admits_new=False)
                | Q(partner__isnull=False, default_role__in=MembershipRole.values)
                | Q(partner__isnull=True, default_role__in=[str(role) for role in BY_ITSELF]),
            ),
        ]

    def __str__(self) -> str:
        return self.domain

    def seal_secret(self, secret: str) -> None:
        """Store the client's secret encrypted, tied to the domain."""
        self.secret_sealed = vault.seal(secret, purpose=PURPOSE, bound_to=self.domain)

    def secret(self) -> str:
        """Return the client's secret; for the exchange with the provider, never for a page."""
        return vault.unseal(self.secret_sealed, purpose=PURPOSE, bound_to=self.domain)
