"""Runs management commands as processes that start in no time: forked from one that has Django loaded already.

``python -m tests.chaos.commander`` reads a JSON list a line (the failpoint, then the command and its arguments) and
answers with how the process ended: its exit code, or the number of the signal that killed it, below zero.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

import django


def main() -> None:
    """Answer until there is nothing more to read."""
    django.setup()
    import commissions.management.commands.run_commissions  # noqa: F401, PLC0415 - loaded once, for all children

    for line in sys.stdin:
        failpoint, *arguments = json.loads(line)
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            os.environ["PRM_FAILPOINT"] = failpoint
            os._exit(_run(arguments))
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(arguments: list[str]) -> int:
    """Run one command in the child."""
    from django.core.management import call_command  # noqa: PLC0415 - Django stands only now

    try:
        call_command(*arguments, stdout=sys.stderr)
    except BaseException:  # noqa: BLE001 - whatever it is, it ends this process and no other
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
