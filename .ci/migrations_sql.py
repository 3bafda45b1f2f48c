"""Lints the SQL of migrations that no release has carried out yet, with squawk.

The base is the latest version tag. Before the first release there is no running installation whose
tables could be locked, so all migrations are looked at, without the rules about live tables.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
APPS = ("prm", "partners", "deals", "commissions")

ALWAYS_EXCLUDED = {
    "ban-drop-default": "Django drops the helper default of a new column in the same transaction",
    "prefer-bigint-over-int": "small numbers of a known range are integers on purpose; keys are bigint",
    "prefer-bigint-over-smallint": "the same",
    "prefer-text-field": "Django's CharField is varchar(n), and its length is a check",
    "require-timeout-settings": "our migrate command sets both timeouts for all migrations",
}
EXCLUDED_BEFORE_A_RELEASE = {
    "adding-field-with-default": "no table of a running installation is changed",
    "adding-foreign-key-constraint": "the same",
    "adding-not-nullable-field": "the same",
    "adding-required-field": "the same",
    "adding-serial-primary-key-field": "the same",
    "ban-drop-column": "the same",
    "ban-drop-constraint": "the same",
    "ban-drop-not-null": "the same",
    "ban-drop-table": "the same",
    "changing-column-type": "the same",
    "constraint-missing-not-valid": "the same",
    "disallowed-unique-constraint": "the same",
    "renaming-column": "the same",
    "renaming-table": "the same",
    "require-concurrent-index-creation": "the same",
    "require-concurrent-index-deletion": "the same",
}


def main() -> int:
    """Write the SQL of each new migration to a file and lint them all; 0 when nothing was found."""
    base = _git("describe", "--tags", "--abbrev=0", "--match", "v*")
    migrations = _migrations(base)
    if not migrations:
        print(f"No migrations since {base}.")
        return 0
    _set_up_django()
    excluded = ALWAYS_EXCLUDED | ({} if base else EXCLUDED_BEFORE_A_RELEASE)
    with tempfile.TemporaryDirectory() as folder:
        for app, name in migrations:
            text = io.StringIO()
            call_command("sqlmigrate", app, name, stdout=text, no_color=True)
            (Path(folder) / f"{app}_{name}.sql").write_text(text.getvalue())
        command = [str(Path(sys.executable).parent / "squawk"), "--pg-version", "15.0"]
        command += ["--exclude", ",".join(excluded), *map(str, sorted(Path(folder).iterdir()))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, sep="\n")
    return done.returncode


def _migrations(base: str) -> list[tuple[str, str]]:
    """Return app and name of the migrations that are new since ``base``, all without one."""
    known = set(_git("ls-tree", "-r", "--name-only", base).splitlines()) if base else set()
    return [
        (app, path.stem)
        for app in APPS
        for path in sorted((ROOT / app / "migrations").glob("[0-9]*.py"))
        if str(path.relative_to(ROOT)) not in known
    ]


def _set_up_django() -> None:
    """Set Django up on the servers of the tests: sqlmigrate asks the database what it can do."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from prm import embedded  # noqa: PLC0415 - on the path only since the lines above

    embedded.start(embedded.Place(embedded.var_folder()), durable=False)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        (shutil.which("git") or "git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
