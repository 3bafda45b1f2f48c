"""Rollups of MRR by day: what dashboards, scorecards and tiers read instead of every subscription.

A day is a month's last day, or the last day that was rolled up of the month that runs. All of it is computed from the
facts and nothing else: thrown away and made again it is the same, row by row. Amounts stand in the subscription's
currency, except where several subscriptions of a customer are compared (``kept``), which the day's rate makes possible.
Rows without a partner are the whole program's.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.models.base import currency_field


def _amount() -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=30, decimal_places=10, default=0)


def _count() -> models.IntegerField[Any, Any]:
    return models.IntegerField(default=0)


class RollupDay(models.Model):
    """A day that has rollups; ``stale`` ones are made again, since a fact of a day up to it has changed."""

    day = models.DateField(_("day"), primary_key=True)
    stale = models.BooleanField(_("to be made again"), default=True)
    built_ms = models.IntegerField(_("milliseconds that it took"), default=0)

    class Meta:
        verbose_name = _("rollup")

    def __str__(self) -> str:
        return f"{self.day}"


class RollupMark(models.Model):
    """Facts have changed from ``from_day`` on (empty: from the beginning); triggers write it, the refresh takes it."""

    from_day = models.DateField(_("from"), null=True)

    class Meta:
        verbose_name = _("change to roll up")

    def __str__(self) -> str:
        return f"{self.from_day}"


class MoneyRollup(models.Model):
    """The sums of one partner (or of the program) in one currency on one day.

    The suffixes say of which day: none the day itself, ``month_ago`` and ``year_ago`` a month and a year before it.
    ``year_opening`` and ``year_closing`` are NRR's denominator and numerator; ``opening`` to ``fresh`` are the month's
    movements from its eve on; ``begun`` is new MRR of twelve months; ``term_…`` belong to renewals.
    """

    day = models.DateField()
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, null=True, related_name="+")
    currency = currency_field()
    sourced = _amount()
    sourced_month_ago = _amount()
    sourced_year_ago = _amount()
    influenced = _amount()
    services = _amount()
    co_sell = _amount()
    co_sell_month_ago = _amount()
    co_sell_year_ago = _amount()
    total = _amount()
    total_month_ago = _amount()
    total_year_ago = _amount()
    begun = _amount()
    opening = _amount()
    churned = _amount()
    contracted = _amount()
    expanded = _amount()
    fresh = _amount()
    year_opening = _amount()
    year_closing = _amount()
    term_opening = _amount()
    term_expanded = _amount()

    class Meta:
        verbose_name = _("MRR of a partner on a day")
        constraints = [
            models.UniqueConstraint(
                name="money_rollup_key", fields=["partner", "day", "currency"], nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["day"], name="money_rollup_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.partner_id} {self.currency}"


class CustomerRollup(models.Model):
    """What is counted of one partner (or of the program) on one day; ``kept`` is GRR's numerator in ``base_currency``.

    ``unrated`` counts subscriptions in a currency without a rate: they are in no comparison of customers.
    """

    day = models.DateField()
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, null=True, related_name="+")
    base_currency = currency_field()
    live = _count()
    begun = _count()
    opening = _count()
    churned = _count()
    contracted = _count()
    expanded = _count()
    year_opening = _count()
    terms = _count()
    renewed = _count()
    unrated = _count()
    year_opened = _amount()
    kept = _amount()

    class Meta:
        verbose_name = _("customers of a partner on a day")
        constraints = [
            models.UniqueConstraint(name="customer_rollup_key", fields=["partner", "day"], nulls_distinct=False),
        ]
        indexes = [models.Index(fields=["day"], name="customer_rollup_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.partner_id}"


class Dimension(models.TextChoices):
    """By what MRR is cut into segments."""

    FAMILY = "family", _("Product family")
    SEGMENT = "segment", _("Customer segment")
    COUNTRY = "country", _("Country")
    TIER = "tier", _("Tier")
    ORIGIN = "origin", _("Origin")


class SegmentRollup(models.Model):
    """MRR of one segment: of a partner what is sourced by it, of the program everything."""

    day = models.DateField()
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, null=True, related_name="+")
    dimension = models.CharField(max_length=8, choices=Dimension)
    key = models.CharField(max_length=80, blank=True)
    currency = currency_field()
    mrr = _amount()
    month_ago = _amount()
    year_ago = _amount()

    class Meta:
        verbose_name = _("MRR of a segment on a day")
        constraints = [
            models.UniqueConstraint(
                name="segment_rollup_key",
                fields=["partner", "day", "dimension", "key", "currency"],
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["day"], name="segment_rollup_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.partner_id} {self.dimension} {self.key}"


class InfluenceRollup(models.Model):
    """MRR of subscriptions that exactly ``partners`` influence and nobody sources: whole ones, each once."""

    day = models.DateField()
    partners = ArrayField(models.BigIntegerField())
    currency = currency_field()
    mrr = _amount()
    subscriptions = _count()

    class Meta:
        verbose_name = _("influenced MRR on a day")
        constraints = [
            models.UniqueConstraint(name="influence_rollup_key", fields=["day", "partners", "currency"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.partners}"


def _exact() -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=60, decimal_places=30, default=0)


class SharedCustomerRollup(models.Model):
    """One partner's part of a customer that several partners have, in the program's currency, unrounded.

    Of a selection of partners a customer counts once, and moved as all their parts together did: what the counts of
    each partner say too much is read from here.
    """

    day = models.DateField()
    account_id = models.BigIntegerField()
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="+")
    is_live = models.BooleanField()
    is_new = models.BooleanField()
    opening = _exact()
    closing = _exact()
    year_opening = _exact()
    year_closing = _exact()

    class Meta:
        verbose_name = _("shared customer on a day")
        constraints = [
            models.UniqueConstraint(name="shared_customer_rollup_key", fields=["day", "account_id", "partner"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.account_id} {self.partner_id}"


class SharedTermRollup(models.Model):
    """Terms that ended in the year and that exactly ``partners``, several of them, sourced at their beginning."""

    day = models.DateField()
    partners = ArrayField(models.BigIntegerField())
    terms = _count()
    renewed = _count()

    class Meta:
        verbose_name = _("shared terms on a day")
        constraints = [
            models.UniqueConstraint(name="shared_term_rollup_key", fields=["day", "partners"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.partners}"
