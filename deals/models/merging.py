"""Two customers made one: who did it, which rows moved, and whether it was undone."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from prm.models.base import PublicModel


class AccountMerge(PublicModel):
    """``merged`` turned out to be ``survivor``. Undone at most once, within 30 days (deal rules, section 2)."""

    survivor = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="merges_as_merged")
    merged_at = models.DateTimeField(_("merged"))
    merged_by = models.CharField(_("merged by"), max_length=200)
    user = models.ForeignKey("prm.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        ordering = ["-merged_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="merged_once", fields=["merged"], condition=Q(undone_at__isnull=True)),
            models.CheckConstraint(name="merge_of_two", condition=~Q(survivor=F("merged"))),
            models.CheckConstraint(
                name="merge_undone_later", condition=Q(undone_at__isnull=True) | Q(undone_at__gte=F("merged_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.survivor}"


class AccountMove(models.Model):
    """One row that a merge changed: which, and the columns as they were before and after."""

    merge = models.ForeignKey(AccountMerge, on_delete=models.CASCADE, related_name="moves")
    row_type = models.CharField(_("what"), max_length=64, help_text=_("The row's model, such as deals.registration."))
    row_key = models.CharField(_("which"), max_length=253, help_text=_("The row's primary key."))
    label = models.CharField(_("name"), max_length=250, blank=True)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)

    class Meta:
        verbose_name = _("row moved by a merge")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="moved_once_by_a_merge", fields=["merge", "row_type", "row_key"]),
        ]

    def __str__(self) -> str:
        return f"{self.row_type} {self.row_key}"
