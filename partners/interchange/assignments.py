"""``partner_statuses.csv``, ``parent_assignments.csv``, and the check that nobody is above itself."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.interchange.lookups import PARTNER
from partners.interchange.partners import PARENTS, PARTNERS
from partners.models import ParentAssignment, PartnerStatus
from prm.interchange.cells import Choice, Day, Reference
from prm.interchange.checks import Stretch, check_dates_in_order, check_no_overlap
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load


def check_parents(load: Load, sheet: Sheet) -> None:
    """Refuse a partner that is, over however many steps and on a common day, above itself."""
    if sheet.spec.name != PARENTS and PARENTS in load.sheets:
        return
    up: defaultdict[str, list[Stretch]] = defaultdict(list)
    for stretch in _assignments(load, sheet):
        up[stretch.values["partner"]].append(stretch)
    for stretch in [s for held in up.values() for s in held if s.line]:
        if stretch.values["partner"] == stretch.values["parent"]:
            load.problems.add(sheet.spec.name, stretch.line, "parent", _("a partner cannot be its own parent"))
        elif _leads_back(stretch, up):
            message = _("“%(code)s” would be above itself") % {"code": stretch.values["partner"]}
            load.problems.add(sheet.spec.name, stretch.line, "parent", message)


def _assignments(load: Load, sheet: Sheet) -> Iterator[Stretch]:
    """Yield every assignment as it would be: the file's with its line, the others with line 0."""
    own = sheet.spec.name == PARENTS
    replaced = {row.id for row in sheet.rows} if own else set()
    by_default = {row.values["code"]: row for row in load.rows(PARTNERS.name)}
    columns = ("pk", "partner__code", "parent__code", "valid_from", "valid_until")
    for pk, partner, parent, start, until in ParentAssignment.objects.values_list(*columns):
        default = start is None and until is None and partner in by_default
        if pk not in replaced and not default:
            yield _stretch(partner, parent, start, until, 0)
    for row in by_default.values():
        if row.values["parent"] is not None:
            yield _stretch(row.values["code"], row.values["parent"], None, None, 0 if own else row.line)
    for row in sheet.rows if own else ():
        values = row.values
        yield _stretch(values["partner"], values["parent"], values["from"], values["until"], row.line)


def _stretch(partner: str, parent: str, start: object, until: object, line: int) -> Stretch:
    return Stretch.of({"partner": partner, "parent": parent, "from": start, "until": until}, line)


def _leads_back(first: Stretch, up: dict[str, list[Stretch]]) -> bool:
    """Whether, going up on days that all steps share, one comes back to where one began."""
    todo = [(first.values["parent"], first.start, first.end)]
    seen = set(todo)
    while todo:
        partner, start, end = todo.pop()
        for step in up.get(partner, ()):
            place = (step.values["parent"], max(start, step.start), min(end, step.end))
            if place[1] >= place[2] or place in seen:
                continue
            if place[0] == first.values["partner"]:
                return True
            seen.add(place)
            todo.append(place)
    return False


PARTNER_STATUSES = FileSpec(
    "partner_statuses.csv",
    "partners_statusperiod",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("status", Choice(allowed=tuple(PartnerStatus.values)), needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
    ),
    checks=(
        check_dates_in_order,
        check_no_overlap("partner", what=lambda: _("a partner has one status at a time")),
    ),
)
PARENT_ASSIGNMENTS = FileSpec(
    PARENTS,
    "partners_parentassignment",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("parent", Reference(to=PARTNER), "parent_id", needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
    ),
    checks=(
        check_dates_in_order,
        check_no_overlap("partner", what=lambda: _("a partner has one parent at a time")),
        check_parents,
    ),
)
