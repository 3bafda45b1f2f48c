"""Names the steps of a calculation as it reaches them: for progress, and for tests that end the process right there."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def nothing(_step: str) -> None:
    """Report progress to nobody."""


def watched(on_step: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``on_step``, ending the process at the step that ``PRM_FAILPOINT`` names.

    Only where ``PRM_FAILPOINTS`` is 1, in tests: a kill at a named step is a crash that happens there for certain.
    """
    fatal = os.environ.get("PRM_FAILPOINT", "") if os.environ.get("PRM_FAILPOINTS") == "1" else ""
    if not fatal:
        return on_step

    def step(name: str) -> None:
        on_step(name)
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    return step
