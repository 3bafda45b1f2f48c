"""The embedded Valkey: started, found and stopped in ``valkey/`` of the data folder."""

import fcntl
import os
import socket
import subprocess
import time
from pathlib import Path

from prm.embedded import binaries
from prm.embedded.errors import EmbeddedError
from prm.embedded.place import Place

NAME = "Valkey"
SOCKET = "valkey.sock"
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30


def url(place: Place) -> str:
    """Return the address for ``REDIS_URL``; starts nothing."""
    return f"redis+socket://{place.reach() / 'valkey' / SOCKET}"


def ensure(place: Place) -> None:
    """Return once the server of this folder answers.

    Raises ``EmbeddedError`` when it cannot be started.
    """
    if _says(place, "PING") == "+PONG":
        return
    with place.lock():
        folder = place.subfolder("valkey")
        if not _runs(folder):
            _start(place, folder)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while _says(place, "PING") != "+PONG":
            if time.monotonic() > deadline or not _runs(folder):
                log = folder / "log"
                said = log.read_text()[-2000:].strip() if log.exists() else ""
                message = f"Valkey does not start; the end of {log}:\n{said}"
                raise EmbeddedError(message)
            time.sleep(0.02)


def stop(place: Place) -> bool:
    """Stop the server (its data goes to the disk first) and return whether it ran."""
    folder = place.folder / "valkey"
    if not folder.is_dir() or not _runs(folder):
        return False
    _says(place, "SHUTDOWN")
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while _runs(folder):
        if time.monotonic() > deadline:
            message = f"Valkey does not stop; its log is {folder / 'log'}."
            raise EmbeddedError(message)
        time.sleep(0.02)
    return True


def _start(place: Place, folder: Path) -> None:
    """Start the server with an open, locked file: the lock is held for as long as the server lives.

    Two servers on one folder would start without complaint and spoil each other's data.
    """
    settings = {
        "port": "0",
        "unixsocket": SOCKET,
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "yes",
        "logfile": "log",
    }
    uid, gid = place.owner
    changed = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 and uid != 0 else {}
    command = [str(binaries.valkey_program())]
    command += [part for key, value in settings.items() for part in (f"--{key}", value)]
    with _lock_file(folder).open("a") as lock:
        place.give(_lock_file(folder))
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        subprocess.run(  # type: ignore[call-overload]
            command,
            cwd=folder,
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # its log says more than its exit code
            **changed,
        )


def _runs(folder: Path) -> bool:
    """Whether a server holds the lock of this folder."""
    with _lock_file(folder).open("a") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock_file(folder: Path) -> Path:
    return folder / "server.lock"


def _says(place: Place, command: str) -> str:
    """Return the first line that the server answers to a command, empty when it is not there."""
    if not (place.folder / "valkey" / SOCKET).exists():
        return ""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(place.reach() / "valkey" / SOCKET))
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(512).decode(errors="replace").split("\r\n", 1)[0]
    except OSError:
        return ""
