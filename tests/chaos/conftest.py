"""The stage that all kills share: made once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.stage import Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Return a stage with its program; its servers end with the tests."""
    base = Path(tempfile.mkdtemp(prefix="prm-chaos-"))
    base.chmod(0o755)
    made = Stage(base / "var")
    try:
        made.prepare()
        yield made
    finally:
        made.close()
        shutil.rmtree(base, ignore_errors=True)
