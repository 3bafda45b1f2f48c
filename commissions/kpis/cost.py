"""What commission cost: the part that the lower apps' figures of cost and return ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from commissions.models import Adjustment, Entry, RunStatus
from partners.queries.selection import partners_of
from prm.exchange import rates_of_days
from prm.metrics import Direction, Metric, Rows, Unit, over_days, register
from prm.metrics.at_once import rows_of_each
from prm.metrics.values import plain
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

    from prm.exchange import Rates
    from prm.metrics import Scope, Value

MONTHS = 12


def entries_of(scope: Scope) -> QuerySet[Entry]:
    """Return what approved runs posted for months that began in the 12 months up to the day."""
    rows = Entry.objects.filter(
        run__status=RunStatus.APPROVED,
        earned_period__gt=months_before(scope.as_of, MONTHS),
        earned_period__lte=scope.as_of,
    ).order_by()
    return rows if scope.is_everyone else rows.filter(partner_id__in=partners_of(scope))


def adjustments_of(scope: Scope) -> QuerySet[Adjustment]:
    """Return the manual entries that approved runs of these months carried."""
    rows = Adjustment.objects.filter(
        withdrawn_at__isnull=True,
        run__status=RunStatus.APPROVED,
        run__period__gt=months_before(scope.as_of, MONTHS),
        run__period__lte=scope.as_of,
    ).order_by()
    return rows if scope.is_everyone else rows.filter(partner_id__in=partners_of(scope))


def commission_cost(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return posted commission of 12 months, adjustments included, in the program's currency. Four queries."""
    rates, sums = rates_of_days(days), {"sum": Sum("amount"), "count": Count("amount")}
    posted = rows_of_each([entries_of(one).values_list("currency").annotate(**sums) for one in scope.on_each(days)])
    by_hand = rows_of_each(
        [adjustments_of(one).values_list("currency").annotate(**sums) for one in scope.on_each(days)]
    )
    return [_cost(rates[day], rows + more) for day, rows, more in zip(days, posted, by_hand, strict=True)]


def _cost(rates: Rates, rows: Sequence[tuple[Any, ...]]) -> Value:
    amount = rates.total((currency, total) for currency, total, _count in rows)
    number = sum(number for _currency, _total, number in rows)
    return plain(amount, n=number, currency=rates.base, notes=rates.notes(currency for currency, *_rest in rows))


def commission_rows(scope: Scope) -> Rows:
    """Return the sums behind it, a row per partner, kind and currency."""
    rows = (
        entries_of(scope)
        .values_list("partner__name", "kind", "currency")
        .annotate(sum=Sum("amount"), count=Count("amount"))
        .order_by("partner__name", "kind", "currency")
    )
    columns = (_("Partner"), _("Kind"), _("Currency"), _("Amount"), _("Entries"))
    by_hand = (
        adjustments_of(scope)
        .values_list("partner__name", "currency")
        .annotate(sum=Sum("amount"), count=Count("amount"))
        .order_by("partner__name", "currency")
    )
    adjusted = [(name, _("adjustment"), currency, total, number) for name, currency, total, number in by_hand]
    return Rows(columns, (*rows, *adjusted))


def register_metrics() -> None:
    """Add the figure to the register; called when the app is ready."""
    register(
        Metric(
            code="commission_cost_12m",
            name=_("Commission, 12 months"),
            definition=_("Commission of the 12 months up to the day, as approved runs posted it, with adjustments."),
            formula=_("Σ posted amounts earned in (day − 12 months, day], at the day's closing rates"),
            unit=Unit.MONEY,
            direction=Direction.NEUTRAL,
            group="value",
            rows=commission_rows,
            internal=True,
            position=10,
            **over_days(commission_cost),
        )
    )
