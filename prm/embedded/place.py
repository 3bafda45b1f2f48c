"""The folder of an installation's data: its owner, its lock, and short paths to its sockets."""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prm.embedded.errors import EmbeddedError

SOCKET_PATH_BYTES = 107
"""The longest path that a Unix socket's address can hold on Linux."""

LONGEST_SOCKET_NAME = "/postgres/.s.PGSQL.5432"
LONGEST_TEMPORARY_FOLDER = 40
LOCK_TIMEOUT_SECONDS = 180


class Place:
    """One folder of data. Everything made in it belongs to the folder's owner."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is made until it is needed."""
        self.folder = folder
        self._holds_lock = False

    def prepare(self) -> None:
        """Make the folder (mode 0700) if it is missing.

        Raises ``EmbeddedError`` when it cannot be written.
        """
        try:
            for missing in reversed([p for p in (self.folder, *self.folder.parents) if not p.exists()]):
                missing.mkdir(mode=0o700, exist_ok=True)
                above = missing.parent.stat()
                if os.geteuid() == 0 and above.st_uid != 0 and not above.st_mode & 0o1000:
                    os.chown(missing, above.st_uid, above.st_gid)
        except OSError as error:
            message = f"Cannot make the data folder {self.folder}: {error.strerror}. Set PRM_VAR to one that you own."
            raise EmbeddedError(message) from error
        if os.geteuid() not in (0, self.owner[0]) or not os.access(self.folder, os.W_OK | os.X_OK):
            message = f"The data folder {self.folder} belongs to another user. Set PRM_VAR to one that you own."
            raise EmbeddedError(message)

    @property
    def owner(self) -> tuple[int, int]:
        """User and group that the folder belongs to."""
        stat = self.folder.stat()
        return stat.st_uid, stat.st_gid

    def give(self, path: Path) -> None:
        """Hand what root made to the folder's owner."""
        if os.geteuid() == 0:
            os.chown(path, *self.owner)

    def subfolder(self, name: str) -> Path:
        """Return a folder of this name inside, made with mode 0700 if missing."""
        self.prepare()
        path = self.folder / name
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
            self.give(path)
        return path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder's lock, so that two commands starting at once do not race.

        May be asked for again by whoever holds it. Raises ``EmbeddedError`` when another process keeps it for minutes.
        """
        if self._holds_lock:
            yield
            return
        self.prepare()
        path = self.folder / "launcher.lock"
        with path.open("a") as file:
            self.give(path)
            deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
            while not _locked(file.fileno()):
                if time.monotonic() > deadline:
                    message = f"Another process has been starting the servers in {self.folder} for minutes."
                    raise EmbeddedError(message)
                time.sleep(0.05)
            self._holds_lock = True
            try:
                yield
            finally:
                self._holds_lock = False

    @contextmanager
    def running(self, what: str) -> Iterator[None]:
        """Note that this process serves the folder's program, for as long as it lives.

        Raises ``EmbeddedError`` when another one does.
        """
        self.prepare()
        with self._serving.open("a+") as file:
            if not _locked(file.fileno()):
                message = f"Already running here: {self._serving.read_text().strip()}. Stop it first: make stop"
                raise EmbeddedError(message)
            self.give(self._serving)
            file.truncate(0)
            file.write(f"process {os.getpid()}, {what}\n")
            file.flush()
            yield

    def serving_pid(self) -> int | None:
        """Return the id of the process inside ``running``, None if there is none."""
        try:
            with self._serving.open("a") as file:
                if _locked(file.fileno()):
                    return None
            return int(self._serving.read_text().split(",")[0].removeprefix("process "))
        except (OSError, ValueError):
            return None

    @property
    def _serving(self) -> Path:
        return self.folder / "serve.lock"

    def secret(self) -> str:
        """Return this installation's secret key, made at the first call and kept in mode 0600."""
        path = self.folder / "secret_key"
        if not path.exists():
            with self.lock():
                if not path.exists():
                    self.write_private(path, secrets.token_urlsafe(48))
        return path.read_text().strip()

    def write_private(self, path: Path, text: str) -> None:
        """Write a file that only the owner can read, whole or not at all."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        self.give(draft)
        draft.replace(path)

    def reach(self) -> Path:
        """Return a path to the folder that is short and plain enough for socket addresses.

        That is the folder itself where possible, otherwise a link in a private temporary folder.
        """
        if self._short_enough():
            return self.folder
        note = self.folder / "link"
        if (link := self._noted_link()) is None:
            with self.lock():
                if (link := self._noted_link()) is None:
                    link = Path(tempfile.mkdtemp(prefix="prm-", dir=_short_temporary_folder())) / "v"
                    self.give(link.parent)
                    link.symlink_to(self.folder)
                    self.write_private(note, str(link))
        return link

    def forget_link(self) -> None:
        """Remove the link that ``reach`` made, if any."""
        if (link := self._noted_link()) is not None:
            shutil.rmtree(link.parent, ignore_errors=True)
        (self.folder / "link").unlink(missing_ok=True)

    def _short_enough(self) -> bool:
        path = str(self.folder)
        return (
            re.fullmatch(r"[A-Za-z0-9/._-]+", path) is not None and len(path + LONGEST_SOCKET_NAME) <= SOCKET_PATH_BYTES
        )

    def _noted_link(self) -> Path | None:
        """Return the link of an earlier call if it is still ours and still leads here."""
        try:
            link = Path((self.folder / "link").read_text())
            stat = link.parent.lstat()
            ours = stat.st_uid in (0, self.owner[0]) and stat.st_mode & 0o077 == 0
            return link if ours and link.readlink() == self.folder else None
        except OSError:
            return None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _short_temporary_folder() -> str:
    """Return the system's temporary folder, or ``/tmp`` where that one is too long itself."""
    named = tempfile.gettempdir()
    return named if len(named) <= LONGEST_TEMPORARY_FOLDER else "/tmp"  # noqa: S108 - a private one is made in it
