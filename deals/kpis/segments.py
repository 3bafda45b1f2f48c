"""MRR and ARR by segment: of the program everything, of partners what they source (partner rules, section 4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from deals.kpis.revenue import MONTHS_OF_YEAR, grown, growth, money_part
from deals.models import Dimension, Family, Origin
from deals.queries.rollups.reading import readings_on
from partners.models import Tier
from prm import formats
from prm.metrics import Part, Unit
from prm.metrics.values import plain
from prm.models import PriceIndex
from prm.months import months_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from deals.queries.rollups.reading import Cut, Reading
    from prm.metrics import Scope, Value
    from prm.ui.states import Words

NO_INDEX = _("No price index is loaded for both dates.")
NO_TIER, DIRECT = "", "*"


def mrr_by_segment(scope: Scope, days: Sequence[date]) -> list[Value]:
    """Return MRR with its growth as of each day, and every segment's beside it."""
    side, words = "total" if scope.is_everyone else "sourced", _words()
    readings = readings_on(scope, days, cuts=days)
    return [_segmented(reading, side, prices, words) for reading, prices in zip(readings, _prices(days), strict=True)]


def _segmented(reading: Reading, side: str, prices: Decimal | None, words: Mapping[tuple[str, str], Words]) -> Value:
    now, month_ago, year_ago = (reading.amount(f"{side}{when}") for when in ("", "_month_ago", "_year_ago"))
    parts = (
        money_part("arr", _("ARR"), now * MONTHS_OF_YEAR, reading),
        *grown(now, month_ago, year_ago),
        *_real(now, year_ago, prices),
        *_segments(reading, prices, words),
    )
    return plain(
        now,
        n=reading.count("live"),
        currency=reading.base,
        parts=parts,
        notes=reading.notes(side, f"{side}_month_ago", f"{side}_year_ago"),
    )


def _segments(reading: Reading, prices: Decimal | None, words: Mapping[tuple[str, str], Words]) -> list[Part]:
    return [
        Part(
            f"{cut.dimension}:{cut.key}",
            words.get((cut.dimension, cut.key)) or _other(cut),
            plain(
                cut.mrr,
                n=0,
                currency=reading.base,
                parts=(
                    money_part("arr", _("ARR"), cut.mrr * MONTHS_OF_YEAR, reading),
                    *grown(cut.mrr, cut.month_ago, cut.year_ago),
                    *_real(cut.mrr, cut.year_ago, prices),
                ),
            ),
            Unit.MONEY,
        )
        for cut in sorted(reading.cuts(), key=lambda cut: (cut.dimension, -cut.mrr, cut.key))
    ]


def _words() -> Mapping[tuple[str, str], Words]:
    """Return what segments are called. Two queries."""
    found: dict[tuple[str, str], Words] = {
        (Dimension.TIER, NO_TIER): _("No tier"),
        (Dimension.TIER, DIRECT): _("Sourced by nobody"),
        (Dimension.ORIGIN, ""): _("No registration"),
    }
    found |= {(Dimension.FAMILY, code): name for code, name in Family.objects.values_list("code", "name")}
    found |= {(Dimension.TIER, code): name for code, name in Tier.objects.values_list("code", "name")}
    return found | {(Dimension.ORIGIN, origin.value): origin.label for origin in Origin}


def _other(cut: Cut) -> Words:
    if not cut.key:
        return _("Not known")
    return formats.country(cut.key) if cut.dimension == Dimension.COUNTRY else cut.key


def _real(now: Decimal, year_ago: Decimal, prices: Decimal | None) -> tuple[Part, ...]:
    """Return growth without the rise of prices, once an index is loaded."""
    if prices is None:
        return ()
    label = _("year over year, without price index")
    return (growth("real_growth", label, now / prices, year_ago, undefined=_("There was none a year before.")),)


def _prices(days: Sequence[date]) -> list[Decimal | None]:
    """Return the price index of each day ÷ that of a year before, each the last one known then. One query."""
    known = list(PriceIndex.objects.filter(month__lte=max(days)).order_by("month").values_list("month", "value"))

    def last(day: date) -> Decimal | None:
        return next((value for month, value in reversed(known) if month <= day), None)

    return [_risen(last(day), last(months_before(day, MONTHS_OF_YEAR))) for day in days]


def _risen(now: Decimal | None, then: Decimal | None) -> Decimal | None:
    return None if now is None or then is None else now / then
