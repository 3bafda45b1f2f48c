"""Every check of `make check`, two at a time; all run even when one fails, and the failures come last."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SCHEMA = ROOT / "docs" / "openapi.yaml"
TEMPLATES = [str(path) for path in sorted(ROOT.glob("templates/**/*.html"))]
NO_DATABASE_NEEDED = "ignore:Got an error checking a consistent migration history:RuntimeWarning"


@dataclass(frozen=True)
class Step:
    """One check: what it looks at, and the command that does."""

    name: str
    command: list[str]


def steps() -> list[Step]:
    """Return the checks, the slowest first."""
    python = sys.executable
    found = [
        Step("types (mypy)", [str(BIN / "mypy")]),
        Step("migrations' SQL (squawk)", [python, ".ci/migrations_sql.py"]),
        Step("migrations match models", [
            python, "-W", NO_DATABASE_NEEDED, "manage.py", "makemigrations", "--check", "--dry-run",
        ]),
        Step("settings and one line of migrations", [python, "manage.py", "check", "--settings=tests.settings"]),
        Step("style (ruff)", [str(BIN / "ruff"), "check", "--quiet", "--output-format", "concise", "."]),
        Step("format (ruff)", [str(BIN / "ruff"), "format", "--check", "--quiet", "--output-format", "concise", "."]),
        Step("layers (import-linter)", [str(BIN / "lint-imports"), "--no-logo"]),
        Step("sizes, style sheets, addresses", [python, ".ci/house.py"]),
    ]  # fmt: skip
    if shutil.which("xgettext"):
        found.append(Step("every language is complete", [python, "-W", "ignore", "manage.py", "catalogues", "--check"]))
    if TEMPLATES:
        found.append(Step("templates (djade)", [str(BIN / "djade"), "--check", "--target-version", "5.2", *TEMPLATES]))
        found.append(Step("templates (djhtml)", [str(BIN / "djhtml"), "--check", "--tabwidth", "2", *TEMPLATES]))
    if SCHEMA.exists():
        found.append(Step("API schema is docs/openapi.yaml", [python, ".ci/schema.py"]))
    return found


def run(step: Step) -> bool:
    """Run one check and say how it went; whether it passed."""
    began = time.monotonic()
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    done = subprocess.run(step.command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    lines = [f"{verdict:6} {step.name} ({time.monotonic() - began:.1f} s)"]
    if done.returncode != 0:
        lines += [f"       {line}" for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    print("\n".join(lines), flush=True)
    return done.returncode == 0


def main() -> int:
    """Run everything; 0 when all passed."""
    planned = steps()
    with ThreadPoolExecutor(max_workers=2) as pool:
        passed = list(pool.map(run, planned))
    failed = [step.name for step, ok in zip(planned, passed, strict=True) if not ok]
    print(f"\n{len(planned) - len(failed)} of {len(planned)} checks passed.")
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
