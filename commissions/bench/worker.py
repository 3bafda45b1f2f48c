"""One close in a process of its own, as a worker runs it: ``python -m commissions.bench.worker DATABASE YYYY-MM-DD``.

Prints the process's peak of resident memory in KiB (``VmHWM``): a figure of the parent would count the baselines too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_of_a_close(*, database: str, period: date) -> int | None:
    """Calculate the run of ``period`` in a new process; return its peak in KiB, None where the system tells none."""
    if not STATUS.exists():
        return None
    command = [sys.executable, "-m", "commissions.bench.worker", database, period.isoformat()]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(database: str, period: str) -> None:
    """Calculate, then print the peak."""
    import django  # noqa: PLC0415 - this is a program of its own

    django.setup()
    from django.db import connection  # noqa: PLC0415 - the settings stand only now
    from django.utils import timezone  # noqa: PLC0415

    from commissions.services.runs import calculate_run  # noqa: PLC0415
    from prm.actors import OPERATOR  # noqa: PLC0415

    connection.settings_dict["NAME"] = database
    calculate_run(period=date.fromisoformat(period), actor=OPERATOR, now=timezone.now())
    peak = re.search(r"^VmHWM:\s*(\d+)", STATUS.read_text(), re.MULTILINE)
    sys.stdout.write(peak[1] if peak else "0")


if __name__ == "__main__":
    main(*sys.argv[1:])
