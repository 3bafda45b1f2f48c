"""The stage of the kills: servers of its own, real workers and commands, and what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from celery import Celery
from kombu.exceptions import OperationalError
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from prm.embedded import CHECKOUT, Place, postgres, stop, valkey
from tests.chaos.prepare import LIVE, MADE, PERIOD, PRISTINE, UNDISTURBED, Session, copy, session_of

PATIENCE_SECONDS = 180
LOOK_SECONDS = 0.02
ASK_AGAIN_SECONDS = 3.0
OPTIONS = ("--concurrency", "2", "-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat")

ENTRIES = """
SELECT r.period, p.code, s.external_id, e.kind, e.currency, e.earned_period, e.amount, e.entitlement,
       e.posted_before, e.is_true_up
FROM commissions_entry e
JOIN commissions_run r ON r.id = e.run_id
JOIN partners_partner p ON p.id = e.partner_id
LEFT JOIN deals_subscription s ON s.id = e.subscription_id
WHERE r.status IN ('calculated', 'approved')
ORDER BY 1, 2, 3, 4, 5, 6
"""
STATEMENTS = "SELECT number, partner_id, currency, opening, closing FROM commissions_statement ORDER BY number"
RUNS = "SELECT number, period, status FROM commissions_run ORDER BY number"
WARNINGS = "SELECT code, partner_id, subscription_id, data::text FROM commissions_runwarning ORDER BY 1, 2, 3, 4"
OPEN_ITEMS = """
SELECT partner_id, subscription_id, kind, earned_period, entitlement, posted FROM commissions_openitem
ORDER BY 1, 2, 3, 4
"""
UNPAID = "SELECT subscription_id, partner_id, reason, mrr FROM commissions_unpaid ORDER BY 1, 2, 3, 4"
REMAINS = """
-- What an attempt left behind: tables apart, ranges, the note that it was asked for.
SELECT relname FROM pg_class WHERE relname LIKE 'commissions_entry_run_%' AND relkind = 'r' AND NOT relispartition
UNION ALL SELECT 'range ' || number FROM commissions_runchunk
UNION ALL SELECT 'calculation ' || run_id FROM commissions_calculation
"""
NOTES = (WARNINGS, OPEN_ITEMS, UNPAID, REMAINS)


@dataclass(frozen=True)
class Outcome:
    """What stands in a database: runs, entries, statements, and everything else that a calculation writes."""

    runs: list[tuple[object, ...]]
    entries: list[tuple[object, ...]]
    statements: list[tuple[object, ...]]
    notes: list[list[tuple[object, ...]]]


@dataclass
class Stage:
    """A folder with servers of its own and a program; ``steps`` are the names that a calculation goes through."""

    folder: Path
    steps: list[str] = field(default_factory=list)
    user_id: int = 0

    def __post_init__(self) -> None:
        self.place = Place(self.folder)
        self._commander: subprocess.Popen[str] | None = None

    def prepare(self) -> None:
        """Start the servers and make the program."""
        assert self._python("-m", "tests.chaos.prepare").wait(PATIENCE_SECONDS) == 0, self.log()
        made = json.loads((self.folder / MADE).read_text())
        self.steps, self.user_id = made["steps"], made["user_id"]

    def close(self) -> None:
        """End the servers."""
        if self._commander is not None:
            self._commander.communicate()
        stop(self.place)

    def reset(self) -> None:
        """Go back to the moment before the calculation, with nothing queued."""
        if not self._answers():
            self.revive()
        with self._session("postgres") as session:
            session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(LIVE)))
            copy(session, PRISTINE, LIVE)
        self.forget_queue()

    def forget_queue(self) -> None:
        """Lose everything that was queued."""
        with self._broker() as server:
            server.flushall()

    def revive(self) -> None:
        """Start what was killed of the servers, as the next command or the supervisor does."""
        done = self._python("-m", "prm.embedded", "start")
        assert done.wait(PATIENCE_SECONDS) == 0

    def outcome(self, database: str = LIVE) -> Outcome:
        """Return what stands in a database."""
        with self._session(database) as session:
            runs, entries, statements, *notes = (
                session.execute(statement).fetchall() for statement in (RUNS, ENTRIES, STATEMENTS, *NOTES)
            )
        return Outcome(runs, entries, statements, notes)

    def undisturbed(self) -> Outcome:
        """Return what stands where nothing was killed."""
        return self.outcome(UNDISTURBED)

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``manage.py run_commissions`` of the month."""
        return self._python("manage.py", "run_commissions", f"{PERIOD:%Y-%m}", *arguments)

    def quick_command(self, *arguments: str, failpoint: str = "") -> int:
        """Run the same command as a forked process; return how it ended."""
        if self._commander is None:
            self._commander = self._python("-m", "tests.chaos.commander", talks=True)
        talk = self._commander
        assert talk.stdin is not None
        assert talk.stdout is not None
        talk.stdin.write(json.dumps([failpoint, "run_commissions", f"{PERIOD:%Y-%m}", *arguments]) + "\n")
        talk.stdin.flush()
        return int(talk.stdout.readline())

    @contextmanager
    def worker(self, failpoint: str = "") -> Iterator[subprocess.Popen[str]]:
        """Start a worker as ``serve`` starts it, and kill with its children what of it still runs at the end."""
        process = self._python("-m", "celery", "--quiet", "-A", "prm", "worker", *OPTIONS, failpoint=failpoint)
        try:
            yield process
        finally:
            kill_group(process)

    def ask(self) -> None:
        """Ask for the calculation, as the button of the console does."""
        self.send("commissions.calculate_run", number=2, period=PERIOD.isoformat(), user_id=self.user_id)

    def let_minutes_pass(self) -> None:
        """Let what was asked for become old enough for the scheduler's next look, and let it look."""
        with self._session(LIVE) as session:
            session.execute("UPDATE commissions_calculation SET asked_at = asked_at - interval '3 minutes'")
        self.send("commissions.resume_runs")

    def send(self, task: str, **arguments: object) -> None:
        """Send a task to the workers; the broker may be dead at this moment, and whoever sends, sends again."""
        with suppress(OperationalError, RedisError):
            Celery(broker=valkey.url(self.place)).send_task(task, kwargs=arguments, retry=False)

    def is_idle(self) -> bool:
        """Whether nothing is queued, and nothing that workers have taken is unfinished."""
        with self._broker() as server:
            return not server.llen("celery") and not server.hlen("unacked")

    def is_calculated(self) -> bool:
        """Whether the month waits for approval."""
        with suppress(psycopg.OperationalError), self._session(LIVE) as session:
            found = session.execute("SELECT status FROM commissions_run WHERE period = %s", [PERIOD]).fetchone()
            return found is not None and found[0] == "calculated"
        return False

    def wait_until_calculated(self, tend: Callable[[], None] = lambda: None) -> None:
        """Wait, asking now and then as a person would who sees nothing happen; ``tend`` is called each time."""
        asked = 0.0

        def look() -> bool:
            nonlocal asked
            if time.monotonic() - asked > ASK_AGAIN_SECONDS:
                tend()
                self.ask()
                asked = time.monotonic()
            return self.is_calculated()

        self.wait_until(look)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Look again and again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"It never came to that; {self.log()}"
            time.sleep(LOOK_SECONDS)

    def kill_database(self) -> None:
        """Kill the server of the database with all its sessions."""
        _kill([*descendants(self.database_pid()), self.database_pid()])

    def kill_session(self) -> None:
        """Kill one session that computes; the database then ends all others and recovers by itself."""
        with suppress(psycopg.OperationalError), self._session("postgres") as session:
            found = session.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND state <> 'idle' ORDER BY pid LIMIT 1", [LIVE]
            ).fetchone()
            if found:
                _kill([int(str(found[0]))])

    def database_pid(self) -> int:
        """Return the process id of the database's server."""
        return int((self.folder / "postgres/data/postmaster.pid").read_text().split("\n")[0])

    def kill_broker(self) -> None:
        """Kill the broker."""
        with suppress(RedisError), self._broker() as server:
            _kill([int(server.info("server")["process_id"])])

    def wait_until_said(self, words: str, *, since: int) -> None:
        """Wait until a worker or command has said something, ``since`` an earlier :meth:`said_so_far`."""
        self.wait_until(lambda: words in self._log.read_text()[since:])

    def said_so_far(self) -> int:
        """Return how many characters workers and commands have said."""
        return len(self._log.read_text())

    def log(self) -> str:
        """Return the end of what workers and commands have said."""
        return self._log.read_text()[-12000:] if self._log.exists() else "nothing was said"

    @property
    def _log(self) -> Path:
        return self.folder / "said"

    def _session(self, database: str) -> Session:
        return session_of(self.place, database)

    def _broker(self) -> Redis:
        return Redis(unix_socket_path=valkey.url(self.place).removeprefix("redis+socket://"))

    def _answers(self) -> bool:
        """Whether both servers live."""
        try:
            with self._session("postgres"), self._broker() as server:
                return bool(server.ping())
        except (psycopg.OperationalError, RedisError):
            return False

    def _python(self, *arguments: str, failpoint: str = "", talks: bool = False) -> subprocess.Popen[str]:
        """Start a Python process on this stage, in a process group of its own."""
        environment = os.environ | {
            "PRM_VAR": str(self.folder),
            "DATABASE_URL": postgres.url(self.place),
            "REDIS_URL": valkey.url(self.place),
            "DJANGO_SETTINGS_MODULE": "prm.settings",
            "PYTHONWARNINGS": "ignore",
            "PRM_FAILPOINTS": "1",
            "PRM_FAILPOINT": failpoint,
        }
        self.folder.mkdir(exist_ok=True)
        with self._log.open("a") as said:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=CHECKOUT, env=environment, text=True, start_new_session=True, stderr=said,
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL, stdout=subprocess.PIPE if talks else said,
            )  # fmt: skip


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def descendants(ancestor: int) -> list[int]:
    """Return the running processes that a process has started, and those of these."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = [ancestor]
    for known in found:
        found += [pid for pid, above in parents.items() if above == known]
    return found[1:]


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
