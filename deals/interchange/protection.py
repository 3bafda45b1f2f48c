"""What a loaded registration protects, and whom it would clash with (deal rules, section 4)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from psycopg.types.range import Range

from deals.models import RegistrationStatus
from deals.queries.rules import rules_in_force
from partners.models import Tier, TierAssignment
from prm.interchange import staging
from prm.interchange.checks import Stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prm.interchange.files import Key, Row, Sheet, Values
    from prm.interchange.loading import Load

APPROVED = RegistrationStatus.APPROVED.value


class TierTerms:
    """Who holds which tier when, and its window in days: the folder's rows over the stored ones."""

    def __init__(self, load: Load) -> None:
        self._zone = load.zone
        self._without_tier = rules_in_force(now=load.now).default_protection_days
        self._days = dict(Tier.objects.values_list("code", "protection_days"))
        self._days.update((r.values["code"], r.values["protection_days"]) for r in load.rows("tiers.csv"))
        self._held: defaultdict[str, list[Stretch]] = defaultdict(list)
        rows = load.rows("tier_assignments.csv")
        replaced = {row.id for row in rows}
        columns = ("pk", "partner__code", "tier__code", "valid_from", "valid_until")
        for pk, partner, tier, start, until in TierAssignment.objects.values_list(*columns):
            if pk not in replaced:
                self._held[partner].append(Stretch.of({"tier": tier, "from": start, "until": until}))
        for row in rows:
            self._held[row.values["partner"]].append(Stretch.of(row.values))

    def of(self, partner: str, moment: datetime) -> tuple[str | None, int]:
        """Return the partner's tier on the day of ``moment``, and its window in days."""
        day: date = moment.astimezone(self._zone).date()
        for stretch in self._held.get(partner, ()):
            if stretch.start <= day < stretch.end:
                tier = str(stretch.values["tier"])
                return tier, self._days[tier]
        return None, self._without_tier


def complete_protection(load: Load, sheet: Sheet, row: Row, terms: TierTerms) -> None:
    """Fill in ``protected`` and ``protected_tier``: a window once granted stays, history holds none."""
    values, stored = row.values, row.stored
    until = values["protected_until"]
    if values["status"] == APPROVED:
        _grant(load, sheet, row, terms, until)
    else:
        values["protected"] = _cut(stored, load.now) if stored is not None else None
        values["protected_tier"] = stored["protected_tier"] if stored is not None else None
    protected = values["protected"]
    values["protected_until"] = protected.upper if protected is not None else None


def _grant(load: Load, sheet: Sheet, row: Row, terms: TierTerms, until: datetime | None) -> None:
    values, stored = row.values, row.stored
    decided = values["decided_at"]
    values["protected"] = values["protected_tier"] = None
    if decided is None:
        load.wrong(sheet, row, "decided_at", _("an approved registration needs the moment of its decision"))
        return
    kept = stored is not None and stored["status"] == APPROVED and stored["decided_at"] == decided
    if kept and stored is not None and until in {None, stored["protected_until"]}:
        values["protected"], values["protected_tier"] = stored["protected"], stored["protected_tier"]
        return
    tier, days = terms.of(values["partner"], decided)
    values["protected_tier"] = tier
    if until is not None and until <= decided:
        load.wrong(sheet, row, "protected_until", _("is not after the decision"))
        return
    values["protected"] = Range(decided, until or decided + timedelta(days=days), "[)")


def _cut(stored: Values, now: datetime) -> Range[datetime] | None:
    """Return the window of a registration that is not approved: what left approved ends now."""
    protected: Range[datetime] | None = stored["protected"]
    if stored["status"] != APPROVED or protected is None or protected.upper is None:
        return protected
    if protected.lower is not None and protected.lower >= now:
        return None
    return Range(protected.lower, min(protected.upper, now), "[)")


def check_clashes(load: Load, sheet: Sheet) -> None:
    """Refuse approved registrations of two partners that protect one customer's family at a time."""
    held: defaultdict[Key, list[tuple[int, Values]]] = defaultdict(list)
    for line, values in _candidates(sheet, _protects):
        held[values["account"], values["family"]].append((line, values))
    for group in held.values():
        for line, values in group:
            for other_line, other in group if line else ():
                clash = other["partner"] != values["partner"] and _overlap(values, other)
                if clash and other_line < line:
                    message = _("protected already: “%(partner)s” holds this customer and family (%(place)s)")
                    place = {"partner": other["partner"], "place": _place(other_line, other)}
                    load.problems.add(sheet.spec.name, line, "status", message % place)
                    break


def _candidates(sheet: Sheet, keep: Callable[[Values], bool]) -> Iterator[tuple[int, Values]]:
    """Yield (line, values) of the stored rows beside the file's, line 0, then of the file's."""
    written = [row for row in sheet.written() if keep(row.values)]
    replaced = {row.id for row in sheet.rows}
    accounts: Iterable[str] = {row.values["account"] for row in written}
    for pk, values in staging.neighbours(sheet.spec, "account", accounts) if written else ():
        if pk not in replaced and keep(values):
            yield 0, values
    for row in sheet.rows:
        if keep(row.values):
            yield row.line, row.values


def _protects(values: Values) -> bool:
    return bool(values["status"] == APPROVED and values["exclusive"] and values["protected"] is not None)


def _overlap(one: Values, other: Values) -> bool:
    a, b = one["protected"], other["protected"]
    return bool(max(a.lower, b.lower) < min(a.upper, b.upper))


def _place(line: int, values: Values) -> str:
    if line:
        return _("line %(line)s") % {"line": line}
    return _("stored: %(id)s") % {"id": values["external_id"]}
