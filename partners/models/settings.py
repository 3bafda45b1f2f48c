"""What administrators set for the life of partners: one row, and defaults while there is none."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PartnerSettings(models.Model):
    """Deadlines of recruiting and onboarding, and which kinds of activity count."""

    application_business_days = models.PositiveSmallIntegerField(_("applications decided in business days"), default=5)
    stalled_after_days = models.PositiveSmallIntegerField(
        _("days without a finished step after which onboarding is stalled"), default=14
    )
    qualifying_kinds = ArrayField(
        models.CharField(max_length=64),
        verbose_name=_("kinds of activity that count"),
        null=True,
        blank=True,
        help_text=_("Codes, separated by commas. Empty: those of the rules."),
    )

    class Meta:
        verbose_name = _("settings of partners")
        verbose_name_plural = _("settings of partners")
        constraints = [models.CheckConstraint(name="partner_settings_are_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(_("Settings of partners"))

    @classmethod
    def current(cls) -> PartnerSettings:
        """Return what is set, or the defaults."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
