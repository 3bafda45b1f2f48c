"""``manage.py load_csv DIR``: load a whole program from a folder of CSV files, or say all that is wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm.actors import OPERATOR
from prm.interchange.files import known_files
from prm.interchange.loading import load_folder

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from prm.interchange.loading import Outcome

PRINTED = 1000
"""Bad rows that are printed; a folder with more has one cause, not a thousand."""

REFUSED, USAGE = 1, 2


class Command(BaseCommand):
    """Loads a folder in one transaction; exit 0 done, 1 refused, 2 usage."""

    help = "Load a folder of CSV files: all of it in one transaction, or nothing and every bad row."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder and the dry run, and describe the files."""
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = _describe_files()
        parser.add_argument("dir", metavar="DIR", type=Path, help="the folder with the CSV files")
        parser.add_argument("--dry-run", action="store_true", help="check and count, and load nothing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Load the folder."""
        files = self._read(options["dir"])
        outcome = load_folder(
            files,
            actor=OPERATOR,
            now=timezone.now(),
            dry_run=options["dry_run"],
            progress=self._progress,
        )
        self._progress("")
        if outcome.problems:
            self._refuse(outcome)
        for line in _counts(outcome):
            self.stdout.write(line)
        if not outcome.applied:
            self.stdout.write(_("dry run: nothing was loaded"))

    def _read(self, folder: Path) -> dict[str, bytes]:
        """Return the folder's CSV files; exit 2 when there is no such folder or nothing in it to load."""
        try:
            files = {
                path.name: path.read_bytes()
                for path in sorted(folder.iterdir())
                if path.suffix.lower() == ".csv" and not path.name.startswith(".") and path.is_file()
            }
        except OSError as error:
            self._exit(USAGE, f"{folder}: {error.strerror}")
        if not files:
            self._exit(USAGE, _("%(folder)s: no CSV files in this folder") % {"folder": folder})
        return files

    def _refuse(self, outcome: Outcome) -> None:
        for problem in outcome.problems[:PRINTED]:
            self.stderr.write(str(problem), ending="\n")
        more = len(outcome.problems) - PRINTED
        if more > 0:
            self.stderr.write(_("… and %(more)s more") % {"more": more})
        count = len(outcome.problems)
        self._exit(
            REFUSED,
            ngettext("%(count)s problem; nothing was loaded", "%(count)s problems; nothing was loaded", count)
            % {"count": count},
        )

    def _exit(self, code: int, message: str) -> None:
        self.stderr.write(message)
        sys.exit(code)

    def _progress(self, file: str) -> None:
        """Name the file at work on a terminal; stay quiet in a pipe."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{file}", ending="")


def _counts(outcome: Outcome) -> list[str]:
    width = max((len(count.file) for count in outcome.counts), default=0)
    return [
        _("%(file)s  %(new)s new, %(changed)s changed, %(same)s same")
        % {"file": count.file.ljust(width), "new": count.new, "changed": count.changed, "same": count.same}
        for count in outcome.counts
    ]


def _describe_files() -> str:
    """Return the files with their columns (* part of the key, ! required) and the settings' keys."""
    lines = ["Files, in the order of loading (* part of the key, ! required):", ""]
    for spec in known_files():
        columns = ", ".join(
            f"{column.name}{'*' if column.key else ''}{'!' if column.needed and not column.key else ''}"
            for column in spec.columns
        )
        lines.append(f"  {spec.name}: {columns}")
        if spec.help is not None:
            lines += [f"    {line}" for line in spec.help().splitlines()]
    return "\n".join([*lines, "", "An empty cell clears the value, an absent column keeps what is stored."])
