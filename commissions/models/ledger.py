"""The ledger: every movement of money is one row with two accounts, so that it balances by its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commissions.models.payouts import Payout
from commissions.models.statements import Statement
from prm.models.base import currency_field

if TYPE_CHECKING:
    from prm.actors import Actor


class LedgerAccount(models.TextChoices):
    """Where money is, seen from the vendor."""

    PARTNER_PAYABLE = "partner_payable", _("Owed to partners")
    COMMISSION_EXPENSE = "commission_expense", _("Commission expense")
    ADJUSTMENT_EXPENSE = "adjustment_expense", _("Adjustments")
    PAYOUT_CLEARING = "payout_clearing", _("Payouts under way")
    BANK = "bank", _("Bank")
    WITHHOLDING_PAYABLE = "withholding_payable", _("Withheld tax")


class Cause(models.TextChoices):
    """What a posting is for; a statement or payout has each at most once."""

    EARNED = "earned", _("Commission of a statement")
    ADJUSTED = "adjusted", _("Adjustments of a statement")
    PREPARED = "prepared", _("Payout prepared")
    PAID = "paid", _("Payout paid")
    WITHHELD = "withheld", _("Tax withheld")
    SENT_BACK = "sent_back", _("Payout sent back by the bank")
    NOT_WITHHELD = "not_withheld", _("Tax of a payout that came back")
    OWED_AGAIN = "owed_again", _("Owed again after a payout that was not paid")


class PostingQuerySet(models.QuerySet["Posting"]):
    """Named reads of the ledger."""

    def visible_to(self, actor: Actor) -> PostingQuerySet:
        """Return what ``actor`` may see: the vendor's people alone; a partner reads statements and payouts."""
        return self.all() if actor.is_internal and actor.sees_money else self.none()


class Posting(models.Model):
    """``amount`` > 0 moves from the account in ``credit`` to the one in ``debit``. Only ever inserted."""

    debit = models.CharField(_("debit"), max_length=20, choices=LedgerAccount)
    credit = models.CharField(_("credit"), max_length=20, choices=LedgerAccount)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=4)
    currency = currency_field()
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = models.CharField(_("for"), max_length=16, choices=Cause)
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", db_index=False
    )
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="postings", db_index=False
    )
    posted_at = models.DateTimeField(_("posted"))

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="posting_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="posting_two_accounts", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(
                name="posting_accounts_known",
                condition=Q(debit__in=LedgerAccount.values, credit__in=LedgerAccount.values),
            ),
            models.CheckConstraint(
                name="posting_has_one_source",
                condition=Q(statement__isnull=False, payout__isnull=True, cause__in=["earned", "adjusted"])
                | Q(
                    statement__isnull=True,
                    payout__isnull=False,
                    cause__in=["prepared", "paid", "withheld", "sent_back", "not_withheld", "owed_again"],
                ),
            ),
            models.UniqueConstraint(
                name="posting_once_a_statement", fields=["statement", "cause"], condition=Q(statement__isnull=False)
            ),
            models.UniqueConstraint(
                name="posting_once_a_payout", fields=["payout", "cause"], condition=Q(payout__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["partner", "currency"], name="posting_by_partner")]

    def __str__(self) -> str:
        return f"{self.debit} ← {self.credit} {self.amount} {self.currency}"
