"""Change tracking: which facts changed since the last approved run saw them (commission rules, section 4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.models.base import CurrentTransactionId, Xid8Field


class ChangedFact(models.Model):
    """Change tracking: a fact touched a subscription, a partner, or everything, from a month on.

    Written by statement triggers on every table of facts. ``xid`` is the transaction that wrote it: approval
    clears only rows visible in the run's snapshot, so a late commit is never lost (commission rules, section 4).
    """

    xid = Xid8Field(db_default=CurrentTransactionId())
    source = models.CharField(max_length=63)
    subscription_id = models.BigIntegerField(null=True)
    partner_id = models.BigIntegerField(null=True)
    from_month = models.DateField(null=True)

    class Meta:
        verbose_name = _("changed fact")
        indexes = [
            models.Index(fields=["subscription_id"], name="changed_fact_subscription"),
            models.Index(fields=["partner_id"], name="changed_fact_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.from_month}"
