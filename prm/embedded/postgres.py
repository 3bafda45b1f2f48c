"""The embedded PostgreSQL: made, started, found and stopped in ``postgres/`` of the data folder."""

import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from prm.embedded import binaries, identity
from prm.embedded.errors import EmbeddedError
from prm.embedded.place import Place

NAME = "PostgreSQL"
DATABASE = "prm"
USER = "prm"
START_TIMEOUT_SECONDS = 90
STOP_TIMEOUT_SECONDS = 30
NO_SUCH_PROCESS = 4194305
"""One above the highest process id that Linux can give (2^22)."""

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - looked at, never written by us
SMALL_SHARED_MEMORY_BYTES = 512 * 1024 * 1024

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_level": "minimal",  # nothing replicates from here: an index that is built in one go needs no log
    "max_wal_senders": "0",
    "wal_compression": "on",
    "checkpoint_completion_target": "0.9",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_duration_statement": "2000",
    "idle_in_transaction_session_timeout": "600000",
}
CARELESS_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def url(place: Place) -> str:
    """Return the address for ``DATABASE_URL``; starts nothing."""
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(place.reach() / 'postgres'))}"


def ensure(place: Place, *, durable: bool = True) -> None:
    """Return once the server of this folder answers and has the database.

    Raises ``EmbeddedError`` when it cannot be brought to that.
    """
    if _answers(place, DATABASE):
        return
    with place.lock():
        folder = place.subfolder("postgres")
        try:
            _bring_up(place, folder, durable=durable)
        except EmbeddedError:
            if durable or not (folder / "data").exists():
                raise
            shutil.rmtree(folder / "data")
            _bring_up(place, folder, durable=durable)
        _create_database(place)


def stop(place: Place) -> bool:
    """Stop the server (open sessions are ended) and return whether it ran."""
    pid = _running_pid(place.folder / "postgres" / "data")
    if pid is None:
        return False
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while _running_pid(place.folder / "postgres" / "data") == pid:
        if time.monotonic() > deadline:
            message = f"PostgreSQL (process {pid}) does not stop; its log is {place.folder / 'postgres' / 'log'}."
            raise EmbeddedError(message)
        time.sleep(0.05)
    return True


def _bring_up(place: Place, folder: Path, *, durable: bool) -> None:
    if _answers(place, "postgres"):
        return
    data = folder / "data"
    version = int((data / "PG_VERSION").read_text()) if data.exists() else None
    programs = binaries.postgres_folder(version)
    who = identity.choose(programs / "initdb", folder, place.owner)
    if version is None:
        _make_data(folder, programs, who)
    _start(place, folder, programs, who, durable=durable)


def _make_data(folder: Path, programs: Path, who: identity.Identity) -> None:
    """Make the cluster under another name first, so that a death on the way leaves no half of one."""
    draft = folder / "data.new"
    version = binaries.postgres_version(programs)
    locales: list[tuple[str, ...]] = [("--locale=C.UTF-8",), ("--locale=C",)]
    if version >= 17:  # noqa: PLR2004 - the version that brought a locale of its own, the same everywhere
        locales.insert(0, ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"))
    for locale in locales:
        shutil.rmtree(draft, ignore_errors=True)
        command = (
            programs / "initdb",
            "-D",
            draft,
            "-U",
            USER,
            "--encoding=UTF8",
            "--auth=trust",
            *locale,
        )
        done = subprocess.run(
            (*who.prefix, *map(str, command)),
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        if done.returncode == 0:
            draft.rename(folder / "data")
            return
    message = f"PostgreSQL could not make its data folder:\n{done.stderr.strip()}"
    raise EmbeddedError(message)


def _start(place: Place, folder: Path, programs: Path, who: identity.Identity, *, durable: bool) -> None:
    """Start the server, again and again while the remains of a killed one still hold on to the data."""
    data = folder / "data"
    log = folder / "log"
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    options = OPTIONS | ({} if durable else CARELESS_OPTIONS) | _shared_memory()
    flags = shlex.join(
        [
            "-k",
            "..",
            *(part for key, value in options.items() for part in ("-c", f"{key}={value}")),
        ]
    )
    command = (
        *who.prefix,
        str(programs / "pg_ctl"),
        "-D",
        str(data),
        "-l",
        str(log),
        "-w",
        "-t",
        "60",
        "-o",
        flags,
    )
    while True:
        _disown_dead_server(data)
        written = log.stat().st_size if log.exists() else 0
        subprocess.run(
            (*command, "start"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False, cwd=folder,
        )  # fmt: skip
        if _answers(place, "postgres"):
            return  # perhaps not the one just started: a server that was recovering by itself holds the lock file
        with log.open() as file:
            file.seek(written)
            said = file.read()
        if time.monotonic() > deadline or not ("shared memory" in said or "lock file" in said):
            message = f"PostgreSQL does not start; the end of {log}:\n{said[-2000:].strip()}"
            raise EmbeddedError(message)
        time.sleep(0.5)


def _shared_memory() -> dict[str, str]:
    """Containers often have 64 MB of /dev/shm: then parallel queries must keep to files."""
    try:
        stat = os.statvfs(SHARED_MEMORY)
        enough = stat.f_frsize * stat.f_blocks >= SMALL_SHARED_MEMORY_BYTES and os.access(SHARED_MEMORY, os.W_OK)
    except OSError:
        enough = False
    return {} if enough else {"dynamic_shared_memory_type": "mmap"}


def _create_database(place: Place) -> None:
    with psycopg.connect(_connection(place, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _answers(place: Place, database: str) -> bool:
    """Whether the server accepts a session on this database."""
    if not place.folder.is_dir() or _running_pid(place.folder / "postgres" / "data") is None:
        return False
    try:
        psycopg.connect(_connection(place, database), connect_timeout=20).close()
    except psycopg.OperationalError:
        return False
    return True


def _connection(place: Place, database: str) -> str:
    return psycopg.conninfo.make_conninfo(host=str(place.reach() / "postgres"), user=USER, dbname=database)


def _running_pid(data: Path) -> int | None:
    """Return the process id of the server of this data, None when it does not run.

    The file alone does not say: after a kill or a restart of the machine the number may belong to
    nobody, to a zombie, or to another program. A running one names the folder on its command line.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(data) in arguments else None


def _disown_dead_server(data: Path) -> None:
    """Put an impossible process id into the file of a server that is dead.

    PostgreSQL itself takes a zombie, or another program with the same number, for the server and
    refuses. The rest of the file stays: by it PostgreSQL still checks that no orphan of the dead
    server is at work on the data. The socket's own lock has no such second use and goes.
    """
    file = data / "postmaster.pid"
    if not file.exists() or _running_pid(data) is not None:
        return
    lines = file.read_text().split("\n")
    file.write_text("\n".join([str(NO_SUCH_PROCESS), *lines[1:]]))
    (data.parent / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
