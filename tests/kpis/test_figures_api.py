"""The rows behind a figure at the API are the console's, a page at a time, and a partner is told of itself alone."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from prm.actors import InternalRole
from prm.metrics import all_metrics
from tests.api import integrator
from tests.factories.partners import make_user
from tests.kpis.mrr_world import ON, build
from tests.kpis.world import AS_OF

if TYPE_CHECKING:
    from tests.kpis.world import World

pytestmark = pytest.mark.django_db


def test_a_page_of_rows_after_the_other_is_the_consoles_file(world: World) -> None:
    console = Client()
    console.force_login(make_user(roles=(InternalRole.VIEWER,)))
    text = console.get(f"/manage/figures/win_rate/rows.csv?as_of={AS_OF}").content.decode()
    head, *file = csv.reader(StringIO(text.lstrip("\ufeff")))
    key, asked, told = integrator(), f"figures/win_rate/rows?as_of={AS_OF}&limit=4", []
    answer = key.get(asked).json()
    assert (answer["code"], answer["as_of"], answer["columns"]) == ("win_rate", "2026-06-30", head)
    while True:
        told += [["" if cell is None else str(cell) for cell in row] for row in answer["results"]]
        assert answer["count"] == len(file)
        if answer["next"] is None:
            break
        assert len(answer["results"]) == 4
        answer = key.get(f"figures/win_rate/rows?limit=4&cursor={answer['next']}").json()
    assert told == file
    assert len(file) == 10


def test_cells_are_exact(world: World) -> None:
    rows = integrator().get(f"figures/activity_rate/rows?as_of={AS_OF}").json()["results"]
    assert [row[3] for row in rows].count(True) == 4
    assert rows[0] == ["Partner 04", "anna@vendor.example", None, False, None]
    expected = integrator().get(f"figures/pipeline_velocity/rows?as_of={AS_OF}").json()["results"]
    assert sorted(row[7] for row in expected if row[7]) == ["100", "220", "300"]


def test_a_cursor_is_of_one_figure_and_keeps_its_question(world: World) -> None:
    key = integrator()
    cursor = key.get(f"figures/win_rate/rows?as_of={AS_OF}&tier=gold&limit=1").json()["next"]
    again = key.get(f"figures/win_rate/rows?limit=1&cursor={cursor}").json()
    assert (again["as_of"], again["count"]) == ("2026-06-30", 4)
    for wrong in (
        f"won_12m/rows?cursor={cursor}",
        "win_rate/rows?cursor=made-up",
        f"win_rate/rows?tier=a&cursor={cursor}",
    ):
        refused = key.get(f"figures/{wrong}")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
    assert key.get("figures/win_rate/rows?limit=201").status_code == 400
    assert key.get("figures/nothing/rows").status_code == 404


def test_a_partners_key_opens_its_own_figures_alone(world: World) -> None:
    own = integrator(partner=world.partners[1])
    answer = own.get(f"figures/win_rate/rows?as_of={AS_OF}").json()
    assert answer["count"] == 2
    assert {row[2] for row in answer["results"]} == {"Partner 01"}
    assert own.get(f"figures/win_rate/rows?as_of={AS_OF}&partner={world.code(2)}").status_code == 400
    for metric in all_metrics():
        expected = 404 if metric.internal else 200
        assert own.get(f"figures/{metric.code}/rows?as_of={AS_OF}").status_code == expected, metric.code
    assert integrator(scopes=("tiers:read",)).get("figures/win_rate/rows").status_code == 403


def test_a_partner_is_not_told_what_the_whole_program_has() -> None:
    world = build()
    own = integrator(partner=world.partners["a"])
    for figure in (
        own.get(f"figures/channel_mrr?as_of={ON}").json(),
        *own.get(f"figures?as_of={ON}").json()["results"],
    ):
        assert not {"share", "total"} & {part["part"] for part in figure["parts"]}
        assert "3900" not in str(figure)  # all MRR of the program
    ours = integrator().get(f"figures/channel_mrr?as_of={ON}&partner=a").json()
    assert {part["part"]: part["value"] for part in ours["parts"]}["total"] == "3900"
