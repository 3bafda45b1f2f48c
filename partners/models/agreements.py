"""What partners have signed: which agreement, in which version, by whom, and until when it holds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.partners import Partner, PartnerOwnedQuerySet
from prm.models.base import EffectiveDated, ordered_dates


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
