"""The program: one row of settings, currencies, exchange rates, number series."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prm.calendar import BusinessHours
from prm.models.base import currency_field
from prm.ui.brand import AccentError, accent_of


class Currency(models.Model):
    """An ISO 4217 currency and its minor unit (JPY 0, EUR 2, KWD 3 digits)."""

    code = models.CharField(max_length=3, primary_key=True)
    minor_units = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = _("currencies")

    def __str__(self) -> str:
        return self.code


def validate_timezone(value: str) -> None:
    """Refuse a name that the time zone database does not know."""
    if value not in available_timezones():
        raise ValidationError(_("“%(value)s” is not a known time zone."), params={"value": value})


class ProgramManager(models.Manager["Program"]):
    """Reads the program together with its holidays: every clock needs them, and no page shall ask twice."""

    def get_queryset(self) -> models.QuerySet[Program]:
        """Return the program with the days of its holidays."""
        return (
            super().get_queryset().annotate(holiday_days=ArraySubquery(Holiday.objects.order_by("day").values("day")))
        )


class Program(models.Model):
    """The vendor's partner program. One row, made by the first migration."""

    name = models.CharField(_("program name"), max_length=120, default="Partner program")
    vendor_name = models.CharField(_("vendor's name"), max_length=120, default="Vendor")
    base_currency = currency_field(default="EUR")
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    first_period = models.DateField(
        _("first period"),
        null=True,
        blank=True,
        help_text=_("Nothing before this month is entitled. Empty: no limit."),
    )
    four_eyes = models.BooleanField(_("a second person approves commission runs"), default=True)
    minimum_expected_mrr = models.DecimalField(
        _("minimum expected MRR"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    decision_sla_business_days = models.PositiveSmallIntegerField(_("decision due in business days"), default=2)
    checks_per_day = models.PositiveSmallIntegerField(
        _("availability checks of customers per partner and day"), default=30
    )
    dispute_sla_business_days = models.PositiveSmallIntegerField(_("disputes answered in business days"), default=10)
    dispute_cutoff_days = models.PositiveSmallIntegerField(
        _("days after a statement in which it may be disputed"), default=60
    )
    calculation_day = models.PositiveSmallIntegerField(
        _("day on which the month before is calculated by itself"),
        default=2,
        help_text=_("A day of the month, 1 to 28, in the program's time zone. 0: only by hand."),
    )
    survey_month = models.PositiveSmallIntegerField(
        _("month in which the satisfaction survey opens by itself"),
        default=5,
        db_default=5,
        help_text=_("1 to 6, and again six months later, on the first day. 0: only by hand."),
    )
    tier_review_month = models.PositiveSmallIntegerField(
        _("month in which tiers are reviewed downwards"),
        default=1,
        db_default=1,
        help_text=_("1 to 6, and again six months later. Going up needs no review."),
    )
    gross_margin = models.DecimalField(
        _("gross margin, %"),
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("What is left of a euro of MRR; lifetime value and return are counted with it."),
    )
    accent_color = models.CharField(_("accent colour"), max_length=7, blank=True)

    objects = ProgramManager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="program_is_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="program_first_period_is_a_month",
                condition=Q(first_period__isnull=True) | Q(first_period__day=1),
            ),
            models.CheckConstraint(name="program_calculation_day_in_every_month", condition=Q(calculation_day__lte=28)),
            models.CheckConstraint(name="program_survey_month_of_half_year", condition=Q(survey_month__lte=6)),
            models.CheckConstraint(
                name="program_review_month_of_half_year",
                condition=Q(tier_review_month__gte=1, tier_review_month__lte=6),
            ),
            models.CheckConstraint(
                name="program_gross_margin_is_a_share",
                condition=Q(gross_margin__isnull=True) | Q(gross_margin__gte=0, gross_margin__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an accent on which nobody could read white."""
        if self.accent_color:
            try:
                accent_of(self.accent_color)
            except AccentError as error:
                raise ValidationError({"accent_color": str(error)}) from error

    @classmethod
    def current(cls) -> Program:
        """Return the program."""
        return cls.objects.get(pk=1)

    def day_of(self, instant: datetime) -> date:
        """Return the program's day at ``instant``: days are counted in its time zone, not in the reader's."""
        return instant.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def business_hours(self) -> BusinessHours:
        """Return when the program works: every deadline of its people is counted in these hours."""
        days: list[date] | None = getattr(self, "holiday_days", None)
        if days is None:
            days = list(Holiday.objects.values_list("day", flat=True))
        return BusinessHours(timezone=self.timezone, holidays=frozenset(days))


class Holiday(models.Model):
    """A day on which the program does not work. Deadlines that were given before it was written stay as they are."""

    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("public holiday")
        verbose_name_plural = _("public holidays")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(name="holiday_once", fields=["day"])]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}".strip()


class FxRate(models.Model):
    """A month's closing rate: how many units of ``currency`` one euro buys."""

    currency = currency_field()
    month = models.DateField(_("month"))
    per_eur = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="fx_rate_once", fields=["currency", "month"]),
            models.CheckConstraint(name="fx_rate_positive", condition=Q(per_eur__gt=0)),
            models.CheckConstraint(name="fx_rate_month_first_day", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.month:%Y-%m}"


class PriceIndex(models.Model):
    """A month's price index (any base): growth without it is real growth."""

    month = models.DateField(_("month"), unique=True)
    value = models.DecimalField(_("index"), max_digits=18, decimal_places=8)

    class Meta:
        verbose_name = _("price index")
        verbose_name_plural = _("price index")
        ordering = ["month"]
        constraints = [
            models.CheckConstraint(name="price_index_positive", condition=Q(value__gt=0)),
            models.CheckConstraint(name="price_index_month_first_day", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.value}"


class NumberSeries(models.Model):
    """A gap-free counter: the row is locked by the transaction that issues the number."""

    name = models.CharField(max_length=80, primary_key=True)
    last = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str, count: int = 1) -> int:
        """Take ``count`` consecutive numbers and return the first; the caller's transaction holds the row.

        A rolled-back transaction gives its numbers back, so the series has no gaps.
        """
        NumberSeries.objects.bulk_create([NumberSeries(name=name)], ignore_conflicts=True)
        row = cls.objects.select_for_update().get(name=name)
        first = row.last + 1
        row.last += count
        row.save(update_fields=["last"])
        return first
