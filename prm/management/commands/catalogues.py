"""``catalogues``: bring the translations up to the code, or say where they are behind."""

from __future__ import annotations

import tempfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.commands import makemessages
from django.test.utils import override_settings
from django.utils.translation import to_locale

from prm import catalogues

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from babel.messages import Catalog

IGNORED = (".venv", "var", "tests", "docs", "node_modules", "templates/styleguide*.html")
SHOWN = 40


class Gather(makemessages.Command):
    """Django's ``makemessages``, writing into the first of ``LOCALE_PATHS`` alone, wherever it lies.

    ``_now`` is ``gettext`` in modules whose ``_`` is lazy. A new sentence stays empty: a guess would look translated.
    """

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_now"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def find_files(self, root: str) -> list[makemessages.TranslatableFile]:
        """Return what holds sentences."""
        found = super().find_files(root)
        for file in found:
            file.locale_dir = self.default_locale_path
        return found


class Command(BaseCommand):
    """Gathers every sentence of code and templates; needs GNU gettext."""

    help = (
        "Write the sentences of the code into locale/, keep their translations and compile them. "
        "With --check nothing is written: the command fails where a language lacks a sentence."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to check only."""
        parser.add_argument("--check", action="store_true", help="write nothing, fail where something is missing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Write, or check."""
        if options["check"]:
            self._check()
            return
        _gather([to_locale(code) for code in catalogues.languages()])
        for code in catalogues.languages():
            known = catalogues.read(catalogues.file_of(code))
            catalogues.file_of(code, "mo").write_bytes(catalogues.compiled(known))
            self.stdout.write(f"{code}: {len(known)} sentences, {catalogues.missing(known)} to translate")

    def _check(self) -> None:
        wanted = sentences()
        found = [fault for code in catalogues.languages() for fault in catalogues.faults_of(code, wanted=wanted)]
        for code in catalogues.languages():
            held = catalogues.file_of(code, "mo").read_bytes()
            if held != catalogues.compiled(catalogues.read(catalogues.file_of(code))):
                found.append(catalogues.Fault(code, "django.mo", "is older than django.po, run `make messages`"))
        for fault in found[:SHOWN]:
            self.stdout.write(str(fault))
        if found:
            raise CommandError(f"{len(found)} faults in the catalogues. `make messages` adds new sentences to them.")
        self.stdout.write(f"{len(wanted)} sentences in {len(catalogues.languages())} languages.")


def sentences() -> Catalog:
    """Return every sentence that code and templates have now."""
    with tempfile.TemporaryDirectory() as folder, override_settings(LOCALE_PATHS=[Path(folder)]):
        _gather([catalogues.SOURCE])
        return catalogues.read(catalogues.file_of(catalogues.SOURCE))


def _gather(locales: list[str]) -> None:
    """Bring catalogues up to the code, without line numbers: they would change with every commit."""
    settings.LOCALE_PATHS[0].mkdir(parents=True, exist_ok=True)
    call_command(
        Gather(),
        locale=locales,
        ignore_patterns=list(IGNORED),
        no_location=True,
        no_obsolete=True,
        verbosity=0,
        stdout=StringIO(),
    )
