"""The product in one command, as real processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from prm.embedded import CHECKOUT, Place, stop

PATIENCE_SECONDS = 120
Served = subprocess.Popen[str]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder of data with no program in it; its servers end with the test."""
    base = Path(tempfile.mkdtemp(prefix="prm-test-"))
    yield base
    stop(Place(base))
    shutil.rmtree(base)


@pytest.fixture
def port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


@pytest.fixture
def serve(folder: Path, port: int) -> Iterator[Callable[[], Served]]:
    """Return a function that starts ``manage.py serve``; what still runs at the end is ended."""
    unset = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PORT"}
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    with ExitStack() as started:

        def begin() -> Served:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(port)],
                cwd=CHECKOUT,
                env=environment | {"PRM_VAR": str(folder), "PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.terminate)
            return process

        yield begin


def read_until(process: Served, *marks: str) -> list[str]:
    """Return the lines up to the one by which each mark has appeared."""
    lines: list[str] = []
    missing = set(marks)
    assert process.stdout is not None
    # A process that falls silent would be waited for for ever: its end ends the reading.
    patience = threading.Timer(PATIENCE_SECONDS, process.terminate)
    patience.start()
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            missing = {mark for mark in missing if mark not in line}
            if not missing:
                return lines
    finally:
        patience.cancel()
    pytest.fail(f"{missing} never came: {lines}")


def test_serve_runs_all_of_it_and_ctrl_c_ends_all_of_it(folder: Path, port: int, serve: Callable[[], Served]) -> None:
    (folder / "sign-ins.json").write_text(
        json.dumps([{"email": "manager@halden.example", "password": "a-long-one", "role": "channel manager"}])
    )
    process = serve()
    lines = read_until(process, "Ctrl-C stops it.", "worker | ")
    assert f"Running on http://127.0.0.1:{port}/" in lines
    assert "  manager@halden.example  a-long-one  (channel manager)" in lines
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/") as response:
        assert response.status == 200
        assert "prm_csrf=" in response.headers["Set-Cookie"]
        assert "Secure" not in response.headers["Set-Cookie"]

    second = serve()
    said = second.communicate(timeout=PATIENCE_SECONDS)[1]
    assert second.returncode == 1
    assert f"Already running here: process {process.pid}, serve on port {port}. Stop it first: make stop" in said

    family = descendants(process.pid)
    assert len([pid for pid in family if parent(pid) == process.pid]) == 3
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (errors, process.returncode) == ("", 0)
    assert rest.endswith("Stopped. The database keeps running for other commands: make stop.\n")
    assert [pid for pid in family if parent(pid) is not None] == []


def test_a_taken_port_is_said_plainly(port: int, serve: Callable[[], Served]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = serve()
        said = process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert process.returncode == 1
    assert said == (
        f"CommandError: Port {port} cannot be used (Address already in use). "
        f"Choose another one: make run PORT={port + 1}\n"
    )


def parent(pid: int) -> int | None:
    """Return the parent of a running process."""
    try:
        state, number = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(number)


def descendants(ancestor: int) -> list[int]:
    """Return the ids of all running processes that a process has started, and those of these."""
    parents = {int(path.name): parent(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found = [ancestor]
    for known in found:
        found += [pid for pid, above in parents.items() if above == known]
    return found[1:]
