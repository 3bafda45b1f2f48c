"""Has the scanner of the settings look at a file that somebody sent, before anything of it is kept."""

from __future__ import annotations

import shlex
import subprocess

from django.conf import settings
from django.utils.translation import gettext as _

from prm.errors import DomainError

SCAN_SECONDS = 60
"""How long the scanner may look at one file."""

INFECTED = 1
"""What ``clamdscan`` and its like answer for a file that they found something in."""


def scan(*, name: str, content: bytes, field: str) -> None:
    """Have the command of the settings look at the file; a scanner that cannot say lets nothing in.

    Raises ``DomainError`` about ``field``, the input that the file came by.
    """
    if not settings.ATTACHMENT_SCANNER:
        return
    try:
        done = subprocess.run(
            shlex.split(settings.ATTACHMENT_SCANNER),
            input=content,
            capture_output=True,
            timeout=SCAN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise _unscanned(field) from None
    if done.returncode == INFECTED:
        sentence = _("“%(name)s” was refused by the virus scanner.") % {"name": name[:80]}
        raise DomainError("file_refused", sentence, field=field)
    if done.returncode != 0:
        raise _unscanned(field)


def _unscanned(field: str) -> DomainError:
    return DomainError("scan_failed", _("Files cannot be checked at the moment. Try again later."), field=field)
