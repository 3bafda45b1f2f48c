"""``manage.py load_csv`` as an operator meets it: counts, dry run, exit codes, where messages go."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from partners.models import Partner
from prm.models import AuditEvent
from tests.folders import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "crm-sample"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write the small folder."""
    for name, text in FOLDER.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run() -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command and returns (exit code, stdout, stderr)."""

    def command(*args: str) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        code = 0
        try:
            call_command("load_csv", *args, stdout=out, stderr=err)
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, out.getvalue(), err.getvalue()

    return command


def test_it_prints_a_count_per_file(folder: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    for path in folder.iterdir():
        if path.name not in {"tiers.csv", "partners.csv", "partner_statuses.csv"}:
            path.unlink()
    expected = (
        "tiers.csv             2 new, 0 changed, 0 same\n"
        "partners.csv          3 new, 0 changed, 0 same\n"
        "partner_statuses.csv  2 new, 0 changed, 0 same\n"
    )
    assert run(str(folder), "--dry-run") == (0, expected + "dry run: nothing was loaded\n", "")
    assert not Partner.objects.exists()
    assert run(str(folder)) == (0, expected, "")
    (folder / "tiers.csv").write_text("code,rank\nsilver,3\ngold,2\n", encoding="utf-8")
    assert run(str(folder)) == (
        0,
        (
            "tiers.csv             0 new, 1 changed, 1 same\n"
            "partners.csv          0 new, 0 changed, 3 same\n"
            "partner_statuses.csv  0 new, 0 changed, 2 same\n"
        ),
        "",
    )
    event = AuditEvent.objects.filter(action="csv.load").latest("id")
    assert event.actor == "operator"
    assert event.data == {
        "tiers.csv": {"new": 0, "changed": 1, "same": 1},
        "same": {"partners.csv": 3, "partner_statuses.csv": 2},
    }


def test_bad_rows_go_to_stderr_with_exit_1(folder: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    (folder / "tiers.csv").write_text("code,name,rank\nsilver,,x\n", encoding="utf-8")
    (folder / "notes.csv").write_text("anything\n", encoding="utf-8")
    code, out, err = run(str(folder))
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert lines[:2] == ["tiers.csv:2: name: a value is needed", "tiers.csv:2: rank: “x” is not a whole number"]
    assert lines[2].startswith("tier_criteria.csv:2: tier: “gold” is unknown")
    assert lines[-2].startswith("notes.csv: unknown file; known are: settings.csv, ")
    assert lines[-1] == "6 problems; nothing was loaded"


def test_a_thousand_problems_are_printed_and_the_rest_counted(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    rows = "".join(f"t{n},T,x\n" for n in range(1500))
    (tmp_path / "tiers.csv").write_text("code,name,rank\n" + rows, encoding="utf-8")
    code, _out, err = run(str(tmp_path))
    lines = err.splitlines()
    assert code == 1
    assert len(lines) == 1002
    assert lines[-2:] == ["… and 500 more", "1500 problems; nothing was loaded"]


def test_a_folder_that_is_not_there_or_empty_is_a_usage_error(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    assert run(str(tmp_path / "nowhere")) == (2, "", f"{tmp_path / 'nowhere'}: No such file or directory\n")
    assert run(str(tmp_path)) == (2, "", f"{tmp_path}: no CSV files in this folder\n")
    with pytest.raises(CommandError, match="required: DIR"):
        run()


def test_a_bom_and_windows_line_ends_are_fine(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    (tmp_path / "tiers.csv").write_bytes(b'\xef\xbb\xbfcode,name,rank\r\n"silver", Silver ,1\r\n')
    assert run(str(tmp_path)) == (0, "tiers.csv  1 new, 0 changed, 0 same\n", "")


def test_help_lists_every_file_and_setting() -> None:
    from prm.management.commands.load_csv import Command  # noqa: PLC0415 - after Django's set-up

    text = Command().create_parser("manage.py", "load_csv").format_help()
    for name in FOLDER:
        assert re.search(rf"^  {re.escape(name)}: ", text, re.MULTILINE), name
    for key in ("first_period", "timezone", "base_currency", "four_eyes", "name", "vendor_name"):
        assert re.search(rf"^      {key} – ", text, re.MULTILINE), key


@pytest.mark.skipif(not SAMPLE.is_dir(), reason=f"no sample program at {SAMPLE}")
def test_the_sample_program_loads_and_a_second_time_all_is_the_same(
    run: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, err = run(str(SAMPLE))
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "tiers.csv             3 new, 0 changed, 0 same",
        "partners.csv          38 new, 0 changed, 0 same",
        "tier_assignments.csv  35 new, 0 changed, 0 same",
        "products.csv          7 new, 0 changed, 0 same",
        "accounts.csv          85 new, 0 changed, 0 same",
        "registrations.csv     3881 new, 0 changed, 0 same",
        "subscriptions.csv     2394 new, 0 changed, 0 same",
        "mrr_changes.csv       2394 new, 0 changed, 0 same",
        "credits.csv           2394 new, 0 changed, 0 same",
        "plans.csv             1 new, 0 changed, 0 same",
        "rules.csv             6 new, 0 changed, 0 same",
    ]
    code, again, err = run(str(SAMPLE))
    assert (code, err) == (0, "")
    assert again == re.sub(r"(\d+) new, 0 changed, 0 same", r"0 new, 0 changed, \1 same", out)
