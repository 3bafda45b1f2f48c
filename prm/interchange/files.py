"""What a file of the interchange folder is: its columns, its table, its own checks; and the list of all.

Each app declares its files in ``<app>/interchange`` and registers them in ``AppConfig.ready``, in the order
in which they are loaded: a file comes after those to which its rows refer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prm.interchange.cells import Kind, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prm.interchange.loading import Load

Values = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Lookup:
    """Where a reference leads: a natural key of a table, and the file whose rows make new ones."""

    table: str
    column: str
    file: str
    file_column: str
    where: str = ""
    """An SQL condition on ``{alias}``, where the natural key alone is not unique."""
    leads_to: str = "{alias}.id"
    """SQL for the id that is meant: a row may stand for another one."""

    def target(self, alias: str) -> str:
        """Return the id that a row under ``alias`` stands for."""
        return self.leads_to.format(alias=alias)

    def condition(self, alias: str) -> str:
        """Return the condition for a join under ``alias``."""
        return f" AND {self.where.format(alias=alias)}" if self.where else ""


@dataclass(frozen=True)
class Column:
    """One column: its name in the file, what it holds, and the table's column that it fills."""

    name: str
    kind: Kind
    into: str = ""
    """The table's column; the name itself when empty."""
    key: bool = False
    needed: bool = False
    """Whether an empty cell is wrong."""
    default: Any = None
    """What a new row stores when the cell is empty; the kind's own empty value when None."""
    stored: bool = True
    """False for a cell that fills no column of the table (the file's own code reads it)."""
    read: str = ""
    """SQL on ``t`` that gives the stored value, where it is not simply the column."""

    @property
    def target(self) -> str:
        """Return the table's column."""
        return self.into or self.name

    @property
    def lookup(self) -> Lookup | None:
        """Return where the column's references lead."""
        return self.kind.to if isinstance(self.kind, Reference) else None

    @property
    def if_empty(self) -> Any:
        """Return what an empty cell stores."""
        return self.kind.empty if self.default is None else self.default


@dataclass(slots=True, eq=False)
class Row:
    """A line of a file: what its cells say, and what is stored under its key."""

    line: int
    values: Values
    id: int | None = None
    stored: Values | None = None
    changed: bool = True

    @property
    def is_new(self) -> bool:
        """Whether nothing is stored under the row's key."""
        return self.stored is None


@dataclass
class Sheet:
    """A file as read: its columns and its good rows."""

    spec: FileSpec
    header: list[str]
    rows: list[Row] = field(default_factory=list)
    lines: int = 0
    given: dict[str, set[Any]] = field(default_factory=dict)
    """All values of a needed column, of bad rows too: a reference to a bad row is not a second mistake."""

    def written(self) -> list[Row]:
        """Return the rows that are new or change something."""
        return [row for row in self.rows if row.changed]


Step = Callable[["Load", Sheet], None]


@dataclass(frozen=True)
class FileSpec:
    """A file of the folder. ``complete``, ``checks``, ``before`` and ``after`` are its own code.

    ``complete`` runs when all files are read and what is stored is known: it may fill in values. ``checks``
    look at rows together. ``before`` and ``after`` surround the upsert; ``store`` replaces it.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Columns with the same value in every row; they belong to the key."""
    on_insert: Mapping[str, str] = field(default_factory=dict)
    """SQL for columns that only a new row fills; ``%(now)s`` is the load's moment."""
    on_update: Mapping[str, str] = field(default_factory=dict)
    """SQL for columns that a change touches besides its own."""
    where: str = ""
    """An SQL condition on ``t``: which stored rows count."""
    computed: tuple[Column, ...] = ()
    """Columns that no cell fills but ``complete`` does."""
    fetch: Callable[[Sheet], dict[int, tuple[int, Values]]] | None = None
    """Replaces the reading of what is stored, by line."""
    complete: Step | None = None
    checks: tuple[Step, ...] = ()
    before: Step | None = None
    after: Step | None = None
    store: Step | None = None
    help: Callable[[], str] | None = None

    @property
    def key(self) -> tuple[Column, ...]:
        """Return the key's columns."""
        return tuple(column for column in self.columns if column.key)

    @property
    def names(self) -> list[str]:
        """Return the columns' names, in the order of the documentation."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in (*self.columns, *self.computed) if column.name == name)

    def key_of(self, values: Values) -> Key:
        """Return the key of a row's values."""
        return tuple(values[column.name] for column in self.key)


_FILES: dict[str, FileSpec] = {}
_CHECKS: dict[str, list[Step]] = {}


def register_files(*specs: FileSpec) -> None:
    """Add files, in the order in which they are loaded; an app calls this in ``AppConfig.ready``."""
    _FILES.update({spec.name: spec for spec in specs})


def register_check(file: str, check: Step) -> None:
    """Add a check of a higher app to the file of a lower one."""
    if check not in _CHECKS.setdefault(file, []):
        _CHECKS[file].append(check)


def known_files() -> list[FileSpec]:
    """Return every file, in the order of loading."""
    return list(_FILES.values())


def checks_of(spec: FileSpec) -> Iterable[Step]:
    """Return the file's own checks and those that higher apps added."""
    return (*spec.checks, *_CHECKS.get(spec.name, ()))
