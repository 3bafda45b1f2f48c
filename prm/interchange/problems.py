"""What is wrong with a folder of CSV files, each as ``file:line: column: what is wrong``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``line`` 0 means the whole file, an empty ``column`` the whole line."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.column, self.message) if part)


@dataclass
class Problems:
    """Collects every problem of a load, so that all bad rows are reported at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, line: int, column: str, message: str | _StrPromise) -> None:
        """Note one problem."""
        self.found.append(Problem(file, line, column, str(message)))

    def __len__(self) -> int:
        return len(self.found)

    def in_order(self, files: list[str]) -> list[Problem]:
        """Return the problems by file (in the order of loading), then line; twins once."""
        place = {name: position for position, name in enumerate(files)}
        unique = dict.fromkeys(self.found)
        return sorted(unique, key=lambda p: (place.get(p.file, len(place)), p.file, p.line))
