"""A small folder with every file of the interchange page, and what loads it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from prm.actors import OPERATOR
from prm.interchange.files import known_files
from prm.interchange.loading import Outcome, load_folder

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)

SMALL = Path(__file__).parent / "data" / "small"
FOLDER = {spec.name: (SMALL / spec.name).read_text(encoding="utf-8") for spec in known_files()}


def load(files: dict[str, str | bytes] | None = None, *, dry_run: bool = False, now: datetime = NOW) -> Outcome:
    """Load ``files`` (the whole folder when None) as the operator."""
    given = FOLDER if files is None else files
    content = {name: text.encode() if isinstance(text, str) else text for name, text in given.items()}
    return load_folder(content, actor=OPERATOR, now=now, dry_run=dry_run)


def problems(files: dict[str, str | bytes]) -> list[str]:
    """Load ``files``, which are wrong, and return the lines that a person reads."""
    return [str(problem) for problem in load(files).problems]


def counts(outcome: Outcome) -> dict[str, tuple[int, int, int]]:
    """Return (new, changed, same) by file."""
    return {count.file: (count.new, count.changed, count.same) for count in outcome.counts}
