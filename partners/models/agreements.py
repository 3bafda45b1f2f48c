"""What partners have signed: which agreement, in which version, by whom, and until when it holds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from prm.models.base import EffectiveDated, PublicModel, ordered_dates


class SignedAgreement(EffectiveDated):
    """``partner`` signed ``agreement``; it holds on the days of the range."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="agreements")
    agreement = models.CharField(_("agreement"), max_length=120)
    text_version = models.CharField(_("version of the text"), max_length=40, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=200, blank=True)

    objects = PartnerOwnedQuerySet["SignedAgreement"].as_manager()

    class Meta:
        verbose_name = _("signed agreement")
        constraints = [
            ordered_dates("agreement_dates_in_order"),
            models.UniqueConstraint(
                name="agreement_key", fields=["partner", "agreement", "valid_from"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.agreement}"


class AgreementText(PublicModel):
    """The exact text of a version of an agreement; kept as it was published."""

    agreement = models.CharField(_("agreement"), max_length=120)
    version = models.CharField(_("version"), max_length=40)
    text = models.TextField(_("text"))
    sha256 = models.CharField(max_length=64, editable=False)
    published_at = models.DateTimeField(_("published"))
    accept_by = models.DateField(
        _("accept before"),
        null=True,
        blank=True,
        help_text=_("From this day on owners see nothing before they accept."),
    )

    class Meta:
        verbose_name = _("text of an agreement")
        verbose_name_plural = _("texts of agreements")
        ordering = ["-published_at", "-id"]
        constraints = [models.UniqueConstraint(name="agreement_text_key", fields=["agreement", "version"])]

    def __str__(self) -> str:
        return f"{self.agreement} {self.version}"


class AgreementAcceptance(models.Model):
    """Who accepted which text for a partner, when and from where; never changed."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="acceptances")
    text = models.ForeignKey(AgreementText, on_delete=models.PROTECT, related_name="acceptances")
    user = models.ForeignKey("prm.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("accepted by"), max_length=200)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(_("at"))
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)

    objects = PartnerOwnedQuerySet["AgreementAcceptance"].as_manager()

    class Meta:
        verbose_name = _("acceptance of an agreement")
        verbose_name_plural = _("acceptances of agreements")
        constraints = [models.UniqueConstraint(name="agreement_accepted_once", fields=["partner", "text"])]

    def __str__(self) -> str:
        return f"{self.partner}: {self.text}"
