"""PSAT: the share of 4 and 5 among a closed wave's answers, as far as it may be shown (partner rules, section 4).

One filter at a time: managers, tiers, countries and types are each protected against every other, but what two
filters have in common could single somebody out, so that is not answered. Nor are cohorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from partners.policy.surveys import CUTS, ONBOARDING, PARTNER, TOTAL, Tally
from partners.queries.surveys import Result, closed_waves, results_of
from prm.metrics import Direction, Metric, Part, Rows, Scope, Unit, Value, register
from prm.metrics.values import count, not_defined, plain, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from partners.models import PsatWave

NO_WAVE = _("No survey has closed yet.")
TOO_FEW = _("Not shown: fewer than five people answered, or their answers could be worked out from other figures.")
FORMULA = _(
    "Answers of 4 or 5 ÷ answers, with Wilson's 95 % interval. Shown once a survey has closed, and never for fewer than"
    " five people, nor so that those could be worked out: while the partners that are not shown are fewer than five"
    " people together, the smallest one that is shown is left out too."
)
ONE_FILTER = _("Satisfaction is shown by one filter at a time, so that nobody can be singled out.")
GROUP = "partners"


@dataclass(frozen=True, slots=True)
class Cell:
    """Which cell of a wave a question is about."""

    cut: str
    code: str = ""


def cell_of(scope: Scope, *, partners: Mapping[int, str]) -> Cell | None:
    """Return the cell that a question is about; nothing where it combines filters. ``partners`` are codes by id."""
    wanted = [Cell(cut, getattr(scope, cut)) for cut in CUTS if getattr(scope, cut)]
    if scope.partner_id is not None:
        wanted.append(Cell(PARTNER, partners.get(scope.partner_id, "")))
    if scope.cohort or len(wanted) > 1:
        return None
    cell = wanted[0] if wanted else Cell(TOTAL)
    return Cell(cell.cut, cell.code.lower()) if cell.cut == "manager" else cell


def value_of(result: Result, cell: Cell) -> Value:
    """Return the figure of one cell of a wave."""
    tally = result.published.cell(cell.cut, cell.code)
    wave = result.wave
    closed = _("Survey %(wave)s, opened on %(day)s.") % {"wave": wave.code, "day": f"{wave.opened_on:%Y-%m-%d}"}
    suppressed = (count("suppressed", _("partners not shown by themselves"), result.published.hidden(PARTNER)),)
    if tally is None:
        return not_defined(TOO_FEW, parts=suppressed if cell.cut == TOTAL else (), notes=(closed,))
    parts = _beside(tally) + (suppressed if cell.cut == TOTAL else ())
    return ratio(tally.satisfied, tally.answers, undefined=TOO_FEW, with_interval=True, parts=parts, notes=(closed,))


def _beside(tally: Tally) -> tuple[Part, ...]:
    response = ratio(tally.answers, tally.invited, undefined=TOO_FEW)
    return (
        Part("mean", _("mean score"), plain(tally.mean, n=tally.answers), Unit.SCORE),
        Part("response_rate", _("response rate"), response, Unit.RATIO),
        count("invited", _("invitations"), tally.invited),
        count("people", _("people who answered"), tally.people),
    )


def psat(scope: Scope, *, series: str = "") -> Value:
    """Return the figure of the last wave of a series that had closed on the as-of date. Three queries."""
    return psat_series(scope, [scope.as_of], series=series)[0]


def psat_series(scope: Scope, days: Sequence[date], *, series: str = "") -> list[Value]:
    """Return it as of several days, each by the last wave closed then. Three queries."""
    cell = cell_of(scope, partners=_codes([scope.partner_id]))
    if cell is None:
        return [not_defined(ONE_FILTER) for _day in days]
    waves = closed_waves(on=max(days), series=series)
    last = [_last_closed(waves, day) for day in days]
    wanted = {wave.pk: wave for wave in last if wave is not None}
    results = {result.wave.pk: result for result in results_of(list(wanted.values()))}
    return [not_defined(NO_WAVE) if wave is None else value_of(results[wave.pk], cell) for wave in last]


def _last_closed(waves: Sequence[PsatWave], day: date) -> PsatWave | None:
    closed = (wave for wave in reversed(waves) if wave.opened_on <= day and wave.is_closed(day))
    return next(closed, None)


def psat_by_partner(scope: Scope, partner_ids: Sequence[int], *, series: str = "") -> dict[int, Value]:
    """Return it for many partners; the other filters play no part. Three queries."""
    waves = closed_waves(on=scope.as_of, series=series)
    if not waves:
        return {pk: not_defined(NO_WAVE) for pk in partner_ids}
    result = results_of(waves[-1:])[0]
    codes = _codes(partner_ids)
    return {pk: value_of(result, Cell(PARTNER, codes.get(pk, ""))) for pk in partner_ids}


def psat_by_wave(scope: Scope, *, series: str = "") -> list[tuple[PsatWave, Value]]:
    """Return the figure of each wave that had closed on the as-of date, oldest first; none where filters combine."""
    cell = cell_of(scope, partners=_codes([scope.partner_id]))
    if cell is None:
        return []
    results = results_of(closed_waves(on=scope.as_of, series=series))
    return [(result.wave, value_of(result, cell)) for result in results]


def psat_rows(scope: Scope, *, series: str = "") -> Rows:
    """Return the figure of each wave up to the as-of date; never an answer by itself."""
    columns = (_("Survey"), _("Opened"), _("Satisfied"), _("Answers"), _("Share"))
    rows = tuple(
        (wave.code, wave.opened_on, value.numerator, value.denominator, value.value)
        for wave, value in psat_by_wave(scope, series=series)
    )
    return Rows(columns, rows)


def _codes(partner_ids: Sequence[int | None]) -> dict[int, str]:
    wanted = [pk for pk in partner_ids if pk is not None]
    return dict(Partner.objects.filter(pk__in=wanted).values_list("pk", "code")) if wanted else {}


def psat_onboarding(scope: Scope) -> Value:
    """Return the figure of the onboarding series."""
    return psat(scope, series=ONBOARDING)


def _onboarding_series(scope: Scope, days: Sequence[date]) -> list[Value]:
    return psat_series(scope, days, series=ONBOARDING)


def _onboarding_by_partner(scope: Scope, partner_ids: Sequence[int]) -> dict[int, Value]:
    return psat_by_partner(scope, partner_ids, series=ONBOARDING)


def _onboarding_rows(scope: Scope) -> Rows:
    return psat_rows(scope, series=ONBOARDING)


def register_metrics() -> None:
    """Add both series to the register; called when the app is ready."""
    register(
        Metric(
            "psat",
            _("Partner satisfaction"),
            _("Of the answers to the last half-yearly survey, the share that is satisfied or very satisfied."),
            FORMULA,
            Unit.RATIO,
            Direction.UP,
            GROUP,
            psat,
            rows=psat_rows,
            by_partner=psat_by_partner,
            series=psat_series,
            position=40,
        ),
        Metric(
            "psat_onboarding",
            _("Satisfaction with onboarding"),
            _("The same of people whose partner became active 30 days before; a series of its own, a survey a month."),
            FORMULA,
            Unit.RATIO,
            Direction.UP,
            GROUP,
            psat_onboarding,
            rows=_onboarding_rows,
            by_partner=_onboarding_by_partner,
            series=_onboarding_series,
            position=41,
        ),
    )
