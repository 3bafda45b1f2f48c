"""Key accounts: lists with a policy of their own, and who is on them from when until when."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from prm.models.base import EffectiveDated, PublicModel, ordered_dates


class NamedPolicy(models.TextChoices):
    """What happens to a registration on a named account."""

    BLOCK = "block", _("Block")
    REVIEW = "review", _("Review by the owner")
    CO_SELL = "co-sell", _("Co-sell")


class NamedAccountList(models.Model):
    """A list of key accounts that share a policy."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    policy = models.CharField(_("policy"), max_length=16, choices=NamedPolicy)
    owner_email = models.EmailField(_("owner"), blank=True, help_text=_("Of entries that name nobody."))

    class Meta:
        verbose_name = _("named-account list")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(name="named_list_policy_known", condition=Q(policy__in=NamedPolicy.values))
        ]

    def __str__(self) -> str:
        return self.name


class NamedAccount(PublicModel, EffectiveDated):
    """``account`` is a key account on the days of the range: by a list, or by itself with its own policy."""

    Policy = NamedPolicy

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="named", verbose_name=_("customer"))
    named_list = models.ForeignKey(
        NamedAccountList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("list"),
    )
    policy = models.CharField(
        _("policy"), max_length=16, choices=NamedPolicy, blank=True, help_text=_("Empty: that of the list.")
    )
    owner_email = models.EmailField(_("owner"), blank=True)

    class Meta:
        verbose_name = _("named account")
        constraints = [
            ordered_dates("named_account_dates_in_order"),
            models.CheckConstraint(
                name="named_account_policy_known",
                condition=Q(policy__in=["", *NamedPolicy.values]),
            ),
            models.CheckConstraint(
                name="named_account_has_one_policy",
                condition=Q(named_list__isnull=True, policy__gt="") | Q(named_list__isnull=False, policy=""),
            ),
            models.UniqueConstraint(
                name="named_account_key", fields=["account", "named_list", "valid_from"], nulls_distinct=False
            ),
            ExclusionConstraint(
                name="named_account_no_overlap",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (Coalesce("named_list", 0), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.named_list or self.policy}"

    @property
    def effective_policy(self) -> str:
        """Return what the list says, or the entry where it stands by itself."""
        return self.named_list.policy if self.named_list else self.policy
