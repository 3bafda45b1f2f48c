"""``partners.csv``, ``partner_territories.csv``: and the history that a partner without rows of its own gets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.interchange.lookups import PARTNER
from partners.models import ParentAssignment, Partner, PartnerStatus, PartnerType, StatusPeriod
from prm.interchange.cells import Choice, Code, Country, Day, Email, Reference, Text
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from datetime import date

    from prm.interchange.files import Row, Sheet
    from prm.interchange.loading import Load

STATUSES = "partner_statuses.csv"
PARENTS = "parent_assignments.csv"
TYPE_NAMES = {
    "managed service provider": "msp",
    "managed_service_provider": "msp",
    "referral partner": "referral",
    "software vendor": "software_vendor",
    "isv": "software_vendor",
}
DEFAULT_PARENT = """(SELECT d.code FROM partners_parentassignment a JOIN partners_partner d ON d.id = a.parent_id
    WHERE a.partner_id = t.id AND a.valid_from IS NULL AND a.valid_until IS NULL)"""
"""The parent that counts from the beginning and is open: what the column ``parent`` stores."""


def complete_partners(load: Load, sheet: Sheet) -> None:
    """Fill in the first active day where the cell is empty, and leave parents with dates of their own alone."""
    history = _history(load, sheet)
    dated = _dated_parents(sheet)
    in_file = {row.values["partner"] for row in load.rows(PARENTS)}
    for row in sheet.rows:
        code = row.values["code"]
        if row.values["activated_on"] is None:
            row.values["activated_on"] = _first_active_day(history[code])
        if code in in_file or code in dated:
            _keep_dated_parent(load, sheet, row, None if code in in_file else dated[code])


def _history(load: Load, sheet: Sheet) -> defaultdict[str, dict[date | None, str]]:
    """Return the statuses by partner and first day: the stored ones, replaced by the folder's."""
    history: defaultdict[str, dict[date | None, str]] = defaultdict(dict)
    known = [row.values["code"] for row in sheet.rows]
    stored = StatusPeriod.objects.filter(partner__code__in=known).exclude(valid__isempty=True)
    for code, start, status in stored.values_list("partner__code", "valid_from", "status"):
        history[code][start] = status
    for row in load.rows(STATUSES):
        until = row.values.get("until")
        if until is None or until != row.values["from"]:
            history[row.values["partner"]][row.values["from"]] = row.values.get("status", "")
    return history


def _first_active_day(history: dict[date | None, str]) -> date | None:
    days = [start for start, status in history.items() if status == PartnerStatus.ACTIVE]
    return None if not days or None in days else min(day for day in days if day is not None)


def _dated_parents(sheet: Sheet) -> dict[str, str]:
    """Return the latest parent of those partners whose stored parents have dates."""
    known = [row.values["code"] for row in sheet.rows]
    stored = ParentAssignment.objects.filter(
        Q(valid_from__isnull=False) | Q(valid_until__isnull=False), partner__code__in=known
    )
    return dict(stored.order_by("valid_from").values_list("partner__code", "parent__code"))


def _keep_dated_parent(load: Load, sheet: Sheet, row: Row, latest: str | None) -> None:
    given = row.values["parent"]
    if "parent" in sheet.header and given is not None and latest is not None and given != latest:
        message = _("the stored parents of this partner have dates; change them in %(file)s")
        load.wrong(sheet, row, "parent", message % {"file": PARENTS})
    row.values["parent"] = row.stored["parent"] if row.stored is not None else None


def check_terminated(load: Load, sheet: Sheet) -> None:
    """Refuse a terminated partner about whom nothing says since when."""
    history = _history(load, sheet)
    for row in sheet.rows:
        code = row.values["code"]
        ended = PartnerStatus.TERMINATED.value
        if row.values["status"] == ended and ended not in history[code].values():
            message = _("“terminated” needs a row in %(file)s that says since when") % {"file": STATUSES}
            load.wrong(sheet, row, "status", message)


def take_any_step(_load: Load, _sheet: Sheet) -> None:
    """Let the file bring any status: what another system says is taken as it is."""
    _any_step("on")


def _any_step(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('partners.any_step', %s, true)", [value])


def write_history(load: Load, sheet: Sheet) -> None:
    """Give partners without rows of their own a status history and a parent (interchange rules)."""
    _any_step("")
    rows = sheet.written()
    ids = dict(Partner.objects.filter(code__in=[r.values["code"] for r in rows]).values_list("code", "pk"))
    in_file = {row.values["partner"] for row in load.rows(STATUSES)}
    _write_statuses(load, [row for row in rows if row.values["code"] not in in_file], ids)
    _write_parents(rows, ids)


def _write_statuses(load: Load, rows: list[Row], ids: dict[str, int]) -> None:
    periods: defaultdict[int, list[StatusPeriod]] = defaultdict(list)
    wanted = [ids[row.values["code"]] for row in rows]
    for period in StatusPeriod.objects.filter(partner_id__in=wanted).order_by("valid_from"):
        periods[period.partner_id].append(period)
    new: list[StatusPeriod] = []
    changed: list[StatusPeriod] = []
    today = load.now.astimezone(load.zone).date()
    for row in rows:
        partner = ids[row.values["code"]]
        status, start = row.values["status"], row.values["activated_on"]
        held = periods[partner]
        if not held:
            new.append(StatusPeriod(partner_id=partner, status=status, valid_from=start))
        elif len(held) == 1 and _is_default(held[0], row):
            held[0].status, held[0].valid_from = status, start
            changed.append(held[0])
        elif row.stored is not None and row.stored["status"] != status:
            changed += _close(held, today)
            new.append(StatusPeriod(partner_id=partner, status=status, valid_from=today))
    StatusPeriod.objects.bulk_update(changed, ["status", "valid_from", "valid_until"], batch_size=5000)
    StatusPeriod.objects.bulk_create(new, batch_size=5000)


def _is_default(period: StatusPeriod, row: Row) -> bool:
    """Whether a period is what an earlier load made of this very row: its status since ``activated_on``."""
    before: dict[str, Any] = row.stored or row.values
    return (
        period.status == before["status"] and period.valid_from == before["activated_on"] and period.valid_until is None
    )


def _close(held: list[StatusPeriod], today: date) -> list[StatusPeriod]:
    """End today what is open; what begins later, or begins today, is voided."""
    closed = []
    for period in held:
        if period.valid_until is None or period.valid_until > today:
            late = period.valid_from is not None and period.valid_from >= today
            period.valid_until = period.valid_from if late else today
            closed.append(period)
    return closed


def _write_parents(rows: list[Row], ids: dict[str, int]) -> None:
    """Write the parents that count from the beginning: those taken away first, so that two may swap places."""
    moved = [r for r in rows if r.values["parent"] != (r.stored or {}).get("parent")]
    gone = [ids[r.values["code"]] for r in moved if r.stored is not None]
    ParentAssignment.objects.filter(partner_id__in=gone, valid_from__isnull=True, valid_until__isnull=True).delete()
    named = {r.values["parent"] for r in moved} - {None}
    parents = dict(Partner.objects.filter(code__in=named).values_list("code", "pk"))
    ParentAssignment.objects.bulk_create(
        ParentAssignment(partner_id=ids[r.values["code"]], parent_id=parents[r.values["parent"]])
        for r in moved
        if r.values["parent"] is not None
    )


PARTNER_TERRITORIES = FileSpec(
    "partner_territories.csv",
    "partners_territory",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("country", Country(), key=True),
        Column("segment", Text(most=80), key=True),
    ),
)
PARTNERS = FileSpec(
    "partners.csv",
    "partners_partner",
    (
        Column("code", Code(), key=True, needed=True),
        Column("name", Text(), needed=True),
        Column("type", Choice(allowed=tuple(PartnerType.values), also=TYPE_NAMES), needed=True),
        Column("status", Choice(allowed=tuple(PartnerStatus.values)), needed=True),
        Column("country", Country()),
        Column("parent", Reference(to=PARTNER), stored=False, read=DEFAULT_PARENT),
        Column("manager_email", Email()),
        Column("activated_on", Day()),
        Column("website", Text(most=253)),
    ),
    on_insert={"created_at": "%(now)s"},
    complete=complete_partners,
    checks=(check_terminated,),
    before=take_any_step,
    after=write_history,
)
