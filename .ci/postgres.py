"""Migrations, engine and constraints once more, on a PostgreSQL that this machine has installed (15 or newer).

The requirements bring one version; installations bring theirs. The oldest one found is taken: a cluster of its own in a
temporary folder, on a socket, run by whoever may (``prm.embedded.identity``), and gone afterwards.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg

from prm.embedded import Place, binaries, identity, postgres, stop

TESTS = (
    "tests/commissions/contract/test_events.py",
    "tests/commissions/contract/test_promises.py",
    "tests/commissions/contract/test_rounding.py",
    "tests/commissions/test_adjustments.py",
    "tests/commissions/test_approval.py",
    "tests/commissions/test_command_run.py",
    "tests/commissions/test_corrections.py",
    "tests/commissions/test_engine_agrees_with_policy.py",
    "tests/commissions/test_kinds.py",
    "tests/commissions/test_ledger.py",
    "tests/commissions/test_payouts_prepared.py",
    "tests/commissions/test_policy_ties.py",
    "tests/commissions/test_standing.py",
    "tests/commissions/test_worked_example.py",
    "tests/deals/test_identity.py",
    "tests/deals/test_lifecycle.py",
    "tests/deals/test_pairs.py",
    "tests/deals/test_race.py",
    "tests/partners/test_interchange.py",
    "tests/journeys/test_load_csv.py",
)
"""What leans on the database itself: engine, constraints, triggers, locks, ledger, bulk loading; two minutes."""

CLOSING = re.compile(r"^=* ?(\d+ (?:passed|failed|error).* in [\d.]+s.*?) ?=*$", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Run the tests named, or ``TESTS``; 0 when they pass or there is no server to run them on."""
    programs = installed()
    if programs is None:
        print("There is no PostgreSQL 15 or newer installed on this machine: its tests are skipped.")
        return 0
    version = binaries.postgres_version(programs)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends whatever ends this
    folder = Path(tempfile.mkdtemp(prefix=f"prm-pg{version}-"))
    place = Place(folder / "test")
    try:
        serve(place, programs)
        return run(place, version, arguments or list(TESTS))
    finally:
        stop(place)
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path | None:
    """Return the programs of the oldest usable server on the machine, the wheel's own left out."""
    found = {path for pattern in binaries.MACHINE_FOLDERS for path in Path("/").glob(pattern.lstrip("/"))}
    usable = [path for path in found if binaries.postgres_version(path) >= binaries.OLDEST_POSTGRES]
    return min(usable, key=binaries.postgres_version, default=None)


def serve(place: Place, programs: Path) -> None:
    """Make the cluster with these programs; the server of a folder is always of the version that made it."""
    folder = place.subfolder("postgres")
    who = identity.choose(programs / "initdb", folder, place.owner)
    initdb = (str(programs / "initdb"), "-D", str(folder / "data"), "-U", postgres.USER, "--encoding=UTF8")
    subprocess.run(
        (*who.prefix, *initdb, "--auth=trust", "--locale=C.UTF-8"), cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    postgres.ensure(place, durable=False)
    with psycopg.connect(host=str(place.reach() / "postgres"), user=postgres.USER, dbname=postgres.DATABASE) as session:
        serving = session.info.server_version // 10_000
    if serving != binaries.postgres_version(programs):
        message = f"PostgreSQL {serving} answers where {binaries.postgres_version(programs)} was started."
        raise SystemExit(message)


def run(place: Place, version: int, tests: list[str]) -> int:
    """Run the tests; say only how they ended, unless they failed."""
    environment = os.environ | {"PRM_VAR": str(place.folder.parent), "DATABASE_URL": postgres.url(place)}
    options = ["-q", "-n", "auto", "--maxprocesses=4", "--create-db"]
    command = (sys.executable, "-m", "pytest", *options, *tests)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    closing = CLOSING.findall(done.stdout)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n")
    print(f"On PostgreSQL {version}: {closing[-1] if closing else 'pytest did not come to an end.'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
