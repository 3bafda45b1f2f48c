"""The kinds of commission, in the order in which a cap is used up (commission rules, section 3)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """For what commission is paid."""

    RECURRING = "recurring", _("Recurring")
    UPFRONT = "upfront", _("Upfront")
    SPIFF = "spiff", _("SPIFF bonus")
    EXPANSION = "expansion", _("Expansion")
    RENEWAL = "renewal", _("Renewal")
    OVERRIDE = "override", _("Override")
    ACCELERATOR = "accelerator", _("Accelerator")


KIND_ORDER = {kind.value: position for position, kind in enumerate(Kind)}
