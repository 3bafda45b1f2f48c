"""``manage.py load_demo``: an invented program, so that the first minute shows something worth looking at."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from commissions.demo.load import SEED, SignIn, load
from prm.errors import DomainError

NOTE = "sign-ins.json"


class Command(BaseCommand):
    """Loads the demonstration into an empty program and prints who may sign in."""

    help = (
        "Load the demonstration program: Halden Cloud, 26 partners, 14 months that end today, thirteen of them "
        "closed. Only into an empty program. Exit codes: 0 done, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--seed", type=int, default=SEED, help="another one gives another program")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load, note the sign-ins for ``serve`` in the same moment, print them."""
        try:
            today = timezone.now().date()
            sign_ins = load(today=today, seed=options["seed"], on_step=self._show, note_down=note_down)
        except DomainError as refusal:
            raise CommandError(str(refusal.sentence)) from refusal
        self._clear()
        self.stdout.write("The demonstration program is loaded. Sign in, from this machine only, as:")
        width = max(len(one.email) for one in sign_ins)
        for one in sign_ins:
            self.stdout.write(f"  {one.email:{width}}  {one.password}  ({one.role})")

    def _show(self, step: str) -> None:
        """Show progress on a terminal; stay quiet in a pipe."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{step} …", ending="")

    def _clear(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")


def note_down(sign_ins: list[SignIn]) -> None:
    """Write the sign-ins where ``serve`` reads them; only the owner of the folder can."""
    path = settings.VAR_DIR / NOTE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as note:
        os.fchmod(note.fileno(), 0o600)
        json.dump([asdict(one) for one in sign_ins], note, indent=1)
