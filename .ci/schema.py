"""The committed API schema is what the code gives: any change of the interface is a visible difference."""

import difflib
import subprocess
import sys
from pathlib import Path

COMMITTED = Path("docs/openapi.yaml")


def main() -> int:
    """Print the difference; 0 when there is none."""
    command = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n")
        return 1
    difference = list(
        difflib.unified_diff(
            COMMITTED.read_text().splitlines(), done.stdout.splitlines(), str(COMMITTED), "the code", lineterm=""
        )
    )
    if difference:
        print("\n".join(difference))
        print(f"If the change is meant: python manage.py spectacular --file {COMMITTED}")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
