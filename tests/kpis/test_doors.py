"""Page, endpoint, CSV and command have the same lists of figures, and refuse the same questions."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from prm.actors import OPERATOR, InternalRole
from prm.metrics import Scope, all_metrics, evaluate, months_up_to, rows_of, series_of
from tests.api import integrator
from tests.factories.deals import make_registration
from tests.factories.partners import make_partner, make_user
from tests.kpis.world import ANNA, AS_OF, moment

if TYPE_CHECKING:
    from tests.kpis.world import World

ASKED = {"as_of": AS_OF.isoformat(), "manager": ANNA}
QUERY = f"?as_of={AS_OF}&manager={ANNA}"
EXACT = re.compile(r'<data value="([^"]*)">')


@pytest.fixture
def manager(db: None) -> Client:
    client = Client()
    client.force_login(make_user(ANNA, roles=(InternalRole.CHANNEL_MANAGER,)))
    return client


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))


def told_by_command(*codes: str) -> list[dict[str, str]]:
    out = StringIO()
    call_command(
        "kpis", *codes, "--format", "csv", "--as-of", ASKED["as_of"], "--filter", f"manager={ANNA}", stdout=out
    )
    return lines(out.getvalue())


def test_the_lists_say_the_same(world: World, manager: Client) -> None:
    page = manager.get(f"/manage/figures/{QUERY}").content.decode()
    file = lines(manager.get(f"/manage/figures/figures.csv{QUERY}").content.decode())
    answer = integrator().get(f"figures{QUERY}").json()["results"]
    command = told_by_command()
    assert file == command
    own = [line["value"] for line in file if not line["part"]]
    assert EXACT.findall(page) == own
    assert [one["value"] or "" for one in answer] == own
    assert [one["code"] for one in answer] == [metric.code for metric in all_metrics()]


def test_the_rows_behind_a_figure(world: World, manager: Client) -> None:
    file = lines(manager.get(f"/manage/figures/activity_rate/rows.csv{QUERY}").content.decode())
    assert [line["Counts"] for line in file].count("yes") == 2
    page = manager.get(f"/manage/figures/activity_rate/{QUERY}").content.decode()
    assert page.count('<a href="/manage/partners/p0') == 5


def test_a_page_names_its_day_its_n_its_definition_and_its_reason(world: World, manager: Client) -> None:
    page = manager.get(f"/manage/figures/activity_rate/{QUERY}").content.decode()
    assert "As of 30 June 2026, n = 5" in page
    assert "Signing in, downloading and submitting do not count" in page
    assert 'href="#definition"' in page
    empty = manager.get("/manage/figures/activity_rate/?as_of=2020-01-01").content.decode()
    assert "Not defined: No partner of this selection was active on that day." in empty.replace("\n", " ")


BAD = ["as_of=31.12.2025", "as_of=2999-01-01", "cohort=26", "cohort=2026-13", "partner=nobody", "manager=" + "x" * 255]


@pytest.mark.parametrize("asked", BAD)
def test_a_question_that_nobody_can_mean_is_refused_by_every_door(asked: str, world: World, manager: Client) -> None:
    assert manager.get(f"/manage/figures/?{asked}").status_code == 400
    assert manager.get(f"/manage/figures/win_rate/?{asked}").status_code == 400
    assert manager.get(f"/manage/figures/win_rate/figure.csv?{asked}").status_code == 400
    refused = integrator().get(f"figures?{asked}")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == asked.partition("=")[0]
    name, value = asked.split("=")
    options = [f"--{name.replace('_', '-')}", value] if name in {"as_of", "partner"} else ["--filter", asked]
    with pytest.raises(CommandError):
        call_command("kpis", *options)


def test_an_unknown_figure_is_not_there(world: World, manager: Client) -> None:
    assert manager.get("/manage/figures/nothing/").status_code == 404
    assert integrator().get("figures/nothing").status_code == 404
    with pytest.raises(CommandError, match="no such figure: nothing"):
        call_command("kpis", "nothing")
    with pytest.raises(CommandError, match="write NAME=VALUE"):
        call_command("kpis", "--filter", "nothing")


def test_a_partners_key_asks_about_itself_alone(world: World) -> None:
    own = integrator(partner=world.partners[1])
    assert own.get(f"figures/won_12m?as_of={AS_OF}").json()["value"] == "1"
    assert own.get(f"figures/won_12m?as_of={AS_OF}&partner={world.code(1)}").json()["value"] == "1"
    assert own.get(f"figures/won_12m?as_of={AS_OF}&partner={world.code(2)}").status_code == 400
    internal = {metric.code for metric in all_metrics() if metric.internal}
    listed = {one["code"] for one in own.get("figures").json()["results"]}
    assert listed == {metric.code for metric in all_metrics()} - internal
    for code in internal:
        assert own.get(f"figures/{code}").status_code == 404


def test_partners_people_do_not_come_in(world: World) -> None:
    client = Client()
    user = make_user("owner@p01.example")
    world.partners[1].memberships.create(user=user, role="owner")
    client.force_login(user)
    assert client.get("/manage/figures/").status_code == 403
    assert client.get("/manage/figures/won_12m/").status_code == 403


def test_the_command_speaks_to_people(world: World) -> None:
    out = StringIO()
    call_command("kpis", "activity_rate", "sales_cycle", "--format", "text", "--as-of", ASKED["as_of"], stdout=out)
    assert out.getvalue().splitlines()[:2] == [
        "2026-06-30",
        "activity_rate: 50\xa0%, n = 8, 95 % interval 21.5\xa0% to 78.5\xa0%",
    ]
    assert "sales_cycle: 35 days, n = 6" in out.getvalue()


@pytest.mark.parametrize("many", [False, True])
def test_a_page_asks_twelve_queries_at_most_beside_its_figure(world: World, manager: Client, *, many: bool) -> None:
    if many:
        for number in range(40):
            make_registration(world.partners[1], status="won", closed_on=AS_OF, submitted_at=moment("2026-06-01"))
            make_partner(f"many-{number}")
    scope = Scope(AS_OF, manager=ANNA)
    with CaptureQueriesContext(connection) as of_figure:
        evaluate("win_rate", scope, OPERATOR)
        series_of("win_rate", scope, months_up_to(AS_OF), OPERATOR)
        rows_of("win_rate", scope, OPERATOR)
    manager.get(f"/manage/figures/win_rate/{QUERY}")  # what is kept after the first visit is no page's own
    with CaptureQueriesContext(connection) as of_page:
        manager.get(f"/manage/figures/win_rate/{QUERY}")
    assert len(of_page) - len(of_figure) <= 12
