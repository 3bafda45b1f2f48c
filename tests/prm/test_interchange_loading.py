"""Loading a folder: every file, twice, in part, and what is stored."""

from __future__ import annotations

import pytest

from prm.models import AuditEvent, Program
from tests.folders import FOLDER, counts, load

pytestmark = pytest.mark.django_db


def test_all_files_load_and_a_second_time_all_is_the_same() -> None:
    first = load()
    assert [str(p) for p in first.problems] == []
    assert first.applied
    lines = {name: text.count("\n") - 1 for name, text in FOLDER.items()}
    new = {name: (n, 0, 0) for name, n in lines.items()}
    new["settings.csv"] = (0, 3, 0)
    assert counts(first) == new

    second = load()
    assert [str(p) for p in second.problems] == []
    assert counts(second) == {name: (0, 0, n) for name, n in lines.items()}
    assert Program.current().timezone == "Europe/Berlin"
    assert AuditEvent.objects.filter(action="csv.load").count() == 2
