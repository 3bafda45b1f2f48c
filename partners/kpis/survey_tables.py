"""The results of surveys as page and file show them: waves beside each other, one cut at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.kpis.surveys import Cell, value_of
from partners.models import Partner, PartnerType, Tier
from partners.policy.surveys import CUTS, PARTNER, TOTAL
from partners.queries.surveys import Result, closed_waves, results_of
from prm import formats
from prm.metrics import Value
from prm.models import User

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from partners.models import PsatWave

SHOWN_WAVES = 8
"""Waves beside each other on a page: four years. The file has them all."""


@dataclass(frozen=True, slots=True)
class Group:
    """One cell of a cut over the waves, oldest first; nothing where it had no part in a wave."""

    code: str
    name: str
    values: tuple[Value | None, ...]

    @property
    def last(self) -> Value | None:
        """Return its figure in the last wave."""
        return self.values[-1] if self.values else None


@dataclass(frozen=True, slots=True)
class Table:
    """Closed waves of a series, oldest first, with the total and the groups of one cut."""

    results: tuple[Result, ...]
    total: Group
    cut: str
    groups: tuple[Group, ...]


def table_of(*, on: date, series: str, cut: str) -> Table:
    """Return the last waves of a series that had closed on a day, by one cut; of partners those shown once."""
    results = tuple(results_of(closed_waves(on=on, series=series)[-SHOWN_WAVES:]))
    names = _names(cut)
    codes = {
        code
        for result in results
        for code, tally in result.published.cells[cut].items()
        if cut != PARTNER or tally is not None
    }
    groups = [_group(results, cut, code, names.get(code) or code or _without(cut)) for code in codes]
    return Table(
        results=results,
        total=_group(results, TOTAL, "", _("All partners")),
        cut=cut,
        groups=tuple(sorted(groups, key=lambda group: (not group.code, group.name.casefold()))),
    )


def _group(results: Sequence[Result], cut: str, code: str, name: str) -> Group:
    found = tuple(
        value_of(result, Cell(cut, code)) if cut == TOTAL or code in result.published.cells[cut] else None
        for result in results
    )
    return Group(code, name, found)


def _names(cut: str) -> dict[str, str]:
    if cut == "tier":
        return dict(Tier.objects.values_list("code", "name"))
    if cut == "type":
        return {code: str(name) for code, name in PartnerType.choices}
    if cut == "manager":
        return dict(User.objects.exclude(roles=[]).exclude(name="").values_list("email", "name"))
    if cut == PARTNER:
        return dict(Partner.objects.values_list("code", "name"))
    return _Countries()


class _Countries(dict[str, str]):
    """The names of countries in the reader's language."""

    def get(self, code: str, default: object = None) -> str:  # noqa: ARG002
        """Return a country's name; the code itself where there is none."""
        return formats.country(code) if code else ""


def _without(cut: str) -> str:
    words = {"manager": _("No manager"), "tier": _("No tier"), "country": _("No country"), "type": _("No type")}
    return words.get(cut, "")


Line = tuple[str, str, Value]
"""Cut, code of the group, figure."""


def lines_of_waves(waves: Sequence[PsatWave]) -> dict[int, list[Line]]:
    """Return every cell of closed waves, hidden ones too, by wave. One query."""
    return {result.wave.pk: list(_lines(result)) for result in results_of(waves)}


def _lines(result: Result) -> Iterator[Line]:
    yield TOTAL, "", value_of(result, Cell(TOTAL))
    for cut in (*CUTS, PARTNER):
        for code in result.published.cells[cut]:
            yield cut, code, value_of(result, Cell(cut, code))
