"""Loads a folder of CSV files: all of it, or nothing and a list of everything that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from prm import audit
from prm.errors import as_domain_error
from prm.interchange import staging
from prm.interchange.files import checks_of, known_files
from prm.interchange.parsing import read_sheet
from prm.interchange.problems import Problem, Problems
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from prm.actors import Actor
    from prm.interchange.files import FileSpec, Row, Sheet

SETTINGS = "settings.csv"


@dataclass(frozen=True)
class FileCount:
    """What a load did, or would do, with one file: numbers of rows."""

    file: str
    new: int
    changed: int
    same: int
    wrong: int


@dataclass(frozen=True)
class Outcome:
    """What a load did, or would do. ``applied`` is False for a dry run and when anything is wrong."""

    counts: list[FileCount]
    problems: list[Problem]
    applied: bool


@dataclass
class Load:
    """A load under way: what the files' own code (``Step``) works with."""

    actor: Actor
    now: datetime
    zone: tzinfo
    problems: Problems = field(default_factory=Problems)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    current: str = ""

    def wrong(self, sheet: Sheet, row: Row, column: str, message: str) -> None:
        """Note that a row is wrong."""
        self.problems.add(sheet.spec.name, row.line, column, message)

    def rows(self, file: str) -> list[Row]:
        """Return the good rows of a file of this folder, none if it is not there."""
        sheet = self.sheets.get(file)
        return sheet.rows if sheet is not None else []


def load_folder(
    files: Mapping[str, bytes],
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _file: None,
) -> Outcome:
    """Load ``files`` (name → content) in one transaction, in the order of their dependencies.

    Anything wrong is noted and nothing is loaded; a dry run does all the same work and takes it back. One load
    runs at a time. Raises nothing for bad input.
    """
    specs = [spec for spec in known_files() if spec.name in files]
    load = Load(actor=actor, now=now, zone=ZoneInfo("UTC"))
    _note_unknown(files, load)
    applied = False
    try:
        with transaction.atomic():
            _one_at_a_time()
            _read(load, specs, files, progress)
            for spec in specs:
                _compare(load, spec, progress)
            if not load.problems:
                for spec in specs:
                    _store(load, spec, progress)
            applied = not load.problems and not dry_run
            if applied:
                _record(load, specs)
            else:
                transaction.set_rollback(True)
    except (IntegrityError, DataError) as error:
        applied = False
        load.problems.add(load.current, 0, "", _refusal(error))
    names = [spec.name for spec in known_files()]
    problems = load.problems.in_order(names)
    return Outcome([_count(load, spec, problems) for spec in specs], problems, applied)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('prm.interchange'))")


def _note_unknown(files: Mapping[str, bytes], load: Load) -> None:
    known = [spec.name for spec in known_files()]
    for name in sorted(set(files) - set(known)):
        load.problems.add(name, 0, "", _("unknown file; known are: %(known)s") % {"known": ", ".join(known)})


def _read(load: Load, specs: list[FileSpec], files: Mapping[str, bytes], progress: Callable[[str], None]) -> None:
    load.zone = ZoneInfo(Program.current().timezone)
    for spec in specs:
        progress(spec.name)
        load.current = spec.name
        sheet = read_sheet(spec, files[spec.name], load.zone, load.problems)
        if sheet is None:
            continue
        load.sheets[spec.name] = sheet
        if spec.name == SETTINGS:
            load.zone = _zone_of(sheet) or load.zone


def _zone_of(sheet: Sheet) -> tzinfo | None:
    """Return the time zone that the folder sets: its moments are meant in that one."""
    for row in sheet.rows:
        if row.values["key"] == "timezone":
            try:
                return ZoneInfo(row.values.get("value", ""))
            except (KeyError, ValueError, OSError):
                return None
    return None


def _compare(load: Load, spec: FileSpec, progress: Callable[[str], None]) -> None:
    """Resolve references, find what is stored, complete the rows, and check them together."""
    sheet = load.sheets.get(spec.name)
    if sheet is None:
        return
    progress(spec.name)
    load.current = spec.name
    _check_references(load, sheet)
    stored = staging.stored_rows(spec, sheet.rows) if spec.fetch is None else spec.fetch(sheet)
    for row in sheet.rows:
        row.id, row.stored = stored.get(row.line, (None, None))
    _fill_absent(load, sheet)
    if spec.complete is not None:
        spec.complete(load, sheet)
    for row in sheet.rows:
        row.changed = row.stored is None or any(row.stored[name] != value for name, value in row.values.items())
    for check in checks_of(spec):
        check(load, sheet)


def _check_references(load: Load, sheet: Sheet) -> None:
    bad: set[int] = set()
    for column in sheet.spec.columns:
        lookup = column.lookup
        if lookup is None or column.name not in sheet.header:
            continue
        asked = {row.values[column.name] for row in sheet.rows} - {None}
        other = load.sheets.get(lookup.file)
        if other is not None:
            asked -= other.given.get(lookup.file_column, set())
        unknown = asked - staging.known_keys(lookup, list(asked))
        for row in sheet.rows if unknown else ():
            value = row.values[column.name]
            if value in unknown:
                message = _("“%(value)s” is unknown: neither in %(file)s nor stored")
                load.wrong(sheet, row, column.name, message % {"value": value, "file": lookup.file})
                bad.add(row.line)
    sheet.rows = [row for row in sheet.rows if row.line not in bad]


def _fill_absent(load: Load, sheet: Sheet) -> None:
    """Give absent columns what is stored; a new row gets what an empty cell would store."""
    absent = [c for c in (*sheet.spec.columns, *sheet.spec.computed) if c.name not in sheet.header and not c.key]
    first_new = next((row for row in sheet.rows if row.is_new), None)
    for column in absent:
        if column.needed and first_new is not None:
            message = _("the column is missing, and line %(line)s is a new row") % {"line": first_new.line}
            load.problems.add(sheet.spec.name, 1, column.name, message)
        for row in sheet.rows:
            row.values[column.name] = column.if_empty if row.stored is None else row.stored[column.name]


def _store(load: Load, spec: FileSpec, progress: Callable[[str], None]) -> None:
    sheet = load.sheets[spec.name]
    rows = sheet.written()
    if not rows:
        return
    progress(spec.name)
    load.current = spec.name
    if spec.store is not None:
        spec.store(load, sheet)
        return
    if spec.before is not None:
        spec.before(load, sheet)
    table = staging.stage(spec, rows)
    staging.upsert(spec, table, now=load.now)
    staging.drop(table)
    if spec.after is not None:
        spec.after(load, sheet)


def _refusal(error: IntegrityError | DataError) -> str:
    """Say what the database refused; its own trigger's words are meant for people."""
    if isinstance(error, DataError):
        return _("the database refused a value")
    diag = getattr(error.__cause__, "diag", None)
    if diag is not None and diag.context and "RAISE" in diag.context:
        return diag.message_primary or ""
    return str(as_domain_error(error).sentence)


def _count(load: Load, spec: FileSpec, problems: list[Problem]) -> FileCount:
    wrong = {problem.line for problem in problems if problem.file == spec.name}
    sheet = load.sheets.get(spec.name)
    if sheet is None:
        return FileCount(spec.name, 0, 0, 0, len(wrong))
    good = [row for row in sheet.rows if row.line not in wrong]
    new = sum(row.is_new for row in good)
    changed = sum(row.changed and not row.is_new for row in good)
    return FileCount(spec.name, new, changed, len(good) - new - changed, len(wrong))


def _record(load: Load, specs: list[FileSpec]) -> None:
    """Note the load: counts by file that it changed (four eyes look for files of money), and what stayed."""
    counts = [_count(load, spec, []) for spec in specs]
    changed = {c.file: {"new": c.new, "changed": c.changed, "same": c.same} for c in counts if c.new or c.changed}
    same = {c.file: c.same for c in counts if c.file not in changed}
    audit.record(action="csv.load", actor=load.actor, now=load.now, data={**changed, "same": same})
