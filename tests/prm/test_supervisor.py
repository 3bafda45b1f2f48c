"""Children that die, and what the supervisor makes of it: real processes of a line each."""

import subprocess
import sys
from pathlib import Path

from prm.embedded import CHECKOUT

PROGRAM = """
import sys
from prm.supervisor import Child, Supervisor
children = [Child(name, [sys.executable, "-c", code]) for name, code in {children!r}.items()]
supervisor = Supervisor(children, keep_servers=lambda: None)
sys.exit(supervisor.run(on_ready=lambda: {on_ready}))
"""


def supervise(children: dict[str, str], *, on_ready: str = "False") -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(children=children, on_ready=on_ready)
    return subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_child_that_dies_once_is_started_again(tmp_path: Path) -> None:
    note = tmp_path / "note"
    once = (
        "import pathlib, sys, time\n"
        f"note = pathlib.Path({str(note)!r})\n"
        "if not note.exists():\n"
        "    note.touch(); sys.exit(3)\n"
        "print('second life', flush=True)\n"
        "time.sleep(60)"
    )
    stopping = (
        "supervisor.children[0].deaths and supervisor.children[0].process.poll() is None and supervisor.stopping.set()"
    )
    done = supervise({"web": once}, on_ready=stopping)
    assert done.returncode == 0
    assert "web | ended with code 3" in done.stdout.splitlines()


def test_a_child_that_dies_again_and_again_ends_everything() -> None:
    done = supervise({"web": "raise SystemExit(4)", "worker": "import time; time.sleep(60)"})
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines.count("web    | ended with code 4") == 6
    assert lines[-1] == "web    | died 6 times within a minute: everything stops now"


def test_a_child_that_ignores_the_request_to_end_is_killed_with_its_own_children() -> None:
    """Two hands of one process group ignore SIGTERM; the whole group goes after the time limit."""
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    program = PROGRAM.replace(
        "supervisor =", "import prm.supervisor; prm.supervisor.STOP_TIMEOUT_SECONDS = 0.5\nsupervisor ="
    )
    done = subprocess.run(
        [sys.executable, "-c", program.format(children={"web": deaf}, on_ready="supervisor.stopping.set()")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
