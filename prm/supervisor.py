"""Keeps web, worker and beat running together, and ends all of them when it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

RESTARTS = 5
RESTARTS_WINDOW_SECONDS = 60.0
RESTART_PAUSE_SECONDS = 0.4
"""After the second death; each further one waits this much longer."""

STOP_TIMEOUT_SECONDS = 20.0
LOOK_EVERY_SECONDS = 0.2
SERVERS_EVERY_SECONDS = 5.0
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One program kept alive."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)


class Supervisor:
    """Runs children until a signal asks it to stop, or one of them dies again and again."""

    def __init__(self, children: list[Child], *, keep_servers: Callable[[], None]) -> None:
        """Take the programs, and what finds or restarts the servers that they stand on."""
        self.children = children
        self.keep_servers = keep_servers
        self.stopping = threading.Event()
        self.width = max(len(child.name) for child in children)

    def run(self, *, on_ready: Callable[[], bool]) -> int:
        """Run until told to stop; returns 0, or 1 when a child could not be kept alive.

        ``on_ready`` is asked again and again until it says that it has had its moment.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        told = False
        looked_at = time.monotonic()
        try:
            for child in self.children:
                self._start(child)
            while not self.stopping.wait(LOOK_EVERY_SECONDS):
                if not all(self._alive_again(child) for child in self.children):
                    return 1
                if time.monotonic() - looked_at > SERVERS_EVERY_SECONDS:
                    self.keep_servers()
                    looked_at = time.monotonic()
                told = told or on_ready()
        finally:
            self._stop_all()
        return 0

    def say(self, name: str, line: str) -> None:
        """Print one line under a name."""
        sys.stdout.write(f"{name:{self.width}} | {line}\n")
        sys.stdout.flush()

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in our own way.
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads hold locks that it needs
        )
        threading.Thread(target=self._relay, args=(child.name, child.process), daemon=True).start()

    def _relay(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - opened as a pipe above
        for line in process.stdout:
            self.say(name, line.decode(errors="replace").rstrip())

    def _alive_again(self, child: Child) -> bool:
        """Restart a dead child; whether that is still worth trying."""
        if child.process is None or child.process.poll() is None:
            return True
        now = time.monotonic()
        child.deaths = [at for at in child.deaths if now - at < RESTARTS_WINDOW_SECONDS] + [now]
        self.say(child.name, f"ended with {_ending(child.process.returncode)}")
        if len(child.deaths) > RESTARTS:
            self.say(child.name, f"died {RESTARTS + 1} times within a minute: everything stops now")
            return False
        if not self.stopping.wait(RESTART_PAUSE_SECONDS * (len(child.deaths) - 1)):
            self._start(child)
        return True

    def _stop_all(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            _signal_group(process, signal.SIGTERM, leader_only=True)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            _signal_group(process, signal.SIGKILL, leader_only=False)
            process.wait()


def _die_with_parent() -> None:
    """Ask the kernel to end this process should its parent be killed without a chance to do it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _signal_group(process: subprocess.Popen[bytes], number: int, *, leader_only: bool) -> None:
    with contextlib.suppress(ProcessLookupError):
        if leader_only:
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
