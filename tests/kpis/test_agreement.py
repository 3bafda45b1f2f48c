"""Of every registered figure, page, chart, the table behind it, endpoint, files and command say the same."""

from __future__ import annotations

import csv
import html
import json
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.test import Client

from partners.kpis.by_name import NAMES
from prm import formats
from prm.actors import OPERATOR, InternalRole
from prm.metrics import Scope, all_metrics, evaluate, metric_of, months_up_to, series_of
from prm.metrics.writing import interval_words, plain, words_of
from tests.api import Integrator, integrator
from tests.factories.partners import make_user
from tests.kpis.world import ANNA, AS_OF

if TYPE_CHECKING:
    from tests.kpis.whole import Whole

pytestmark = pytest.mark.django_db

CODES = [metric.code for metric in all_metrics()]
QUESTIONS = {"everybody": {}, "manager": {"manager": ANNA}, "partner": {"partner": "l"}}
EXACT = re.compile(r'<data value="([^"]*)">')
MONTHS = re.compile(r'id="months".*?</section>', re.DOTALL)
NUMBERS = ("value", "low", "high", "numerator", "denominator", "undefined", "currency", "unit", "notes")


@pytest.fixture(scope="module")
def doors(whole: Whole) -> tuple[Client, Integrator]:
    """Return a console and a key, made once."""
    console = Client()
    console.force_login(make_user("everybody@vendor.example", roles=(InternalRole.ADMIN,)))
    return console, integrator()


def file_of(console: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(console.get(address).content.decode().lstrip("\ufeff"))))


def command(code: str, kind: str, asked: dict[str, str]) -> str:
    out, filters = StringIO(), [option for pair in asked.items() for option in ("--filter", "=".join(pair))]
    call_command("kpis", code, "--format", kind, "--as-of", f"{AS_OF}", *filters, stdout=out)
    return out.getvalue()


def text(page: str) -> str:
    """Return what a page reads, on one line."""
    plain_text = html.unescape(re.sub(r"<[^>]+>", " ", page)).translate({0x2068: None, 0x2069: None})
    return re.sub(r"\s+", " ", plain_text)


def flat(words: object) -> str:
    return re.sub(r"\s+", " ", str(words).translate({0x2068: None, 0x2069: None}))


@pytest.mark.parametrize("asking", QUESTIONS)
@pytest.mark.parametrize("code", CODES)
def test_every_door_says_the_same(code: str, asking: str, whole: Whole, doors: tuple[Client, Integrator]) -> None:
    console, key = doors
    asked, metric = QUESTIONS[asking], metric_of(code)
    partner = whole.lettered.pk("l") if "partner" in asked else None
    scope = Scope(AS_OF, manager=asked.get("manager", ""), partner_id=partner)
    value, days = evaluate(code, scope, OPERATOR), months_up_to(AS_OF)
    query = "?" + "&".join(f"{name}={told}" for name, told in {"as_of": f"{AS_OF}", **asked}.items())

    file = file_of(console, f"/manage/figures/{code}/figure.csv{query}")
    assert file == list(csv.DictReader(StringIO(command(code, "csv", asked))))
    assert (file[0]["value"], file[0]["n"], file[0]["undefined"]) == (plain(value.value), str(value.n), value.undefined)
    answer = key.get(f"figures/{code}{query}").json()
    told = [answer, *answer["parts"]]
    assert [[one[name] or "" for name in NUMBERS] for one in told] == [[row[name] for name in NUMBERS] for row in file]
    named = json.loads(command(code, "json", asked))["figures"][NAMES.get(code, code)]
    assert (named["value"], named["n"], named.get("reason", "")) == (answer["value"], answer["n"], answer["undefined"])

    page = console.get(f"/manage/figures/{code}/{query}").content.decode()
    assert EXACT.findall(page) == [row["value"] for row in file]
    read = text(page)
    assert flat(words_of(value.value, metric.unit, value.currency)) in read
    assert flat(interval_words(value, metric.unit)) in read
    assert flat(f"As of {formats.day(AS_OF)}, n = {formats.number(value.n)}") in read
    assert flat(metric.definition) in read
    assert flat(value.undefined) in read
    the_months_agree(code, scope, page, query, doors)
    assert len(days) == 12


def the_months_agree(code: str, scope: Scope, page: str, query: str, doors: tuple[Client, Integrator]) -> None:
    """Compare the chart, its text, the table behind it, the series of the endpoint and the file by month."""
    console, key = doors
    metric, days = metric_of(code), months_up_to(AS_OF)
    values = series_of(code, scope, days, OPERATOR)
    alone = evaluate(code, scope, OPERATOR)
    assert (values[-1].value, values[-1].n) == (alone.value, alone.n)
    exact = [(f"{day}", plain(value.value)) for day, value in zip(days, values, strict=True)]
    points = key.get(f"figures/{code}/series{query}").json()["points"]
    assert [(one["as_of"], one["value"] or "") for one in points] == exact
    file = file_of(console, f"/manage/figures/{code}/by-month.csv{query}")
    assert [(row["as_of"], row["value"]) for row in file] == exact
    found = MONTHS.search(page)
    assert found is not None
    section = found[0]
    table = [[flat(text(cell)).strip() for cell in row] for row in cells(section)]
    assert [row[1] for row in table] == [
        flat(words_of(one.value, metric.unit, one.currency) if one.value is not None else one.undefined).strip()
        for one in values
    ]
    assert [row[3] for row in table] == [formats.number(one.n) for one in values]
    known = [one for one in values if one.value is not None]
    assert ("<svg" in section) == (len(known) > 1)
    if len(known) > 1:
        last = flat(words_of(known[-1].value, metric.unit, known[-1].currency))
        title = re.search(r"<title[^>]*>(.*?)</title>", section, re.DOTALL)
        assert title is not None
        assert flat(metric.name) in flat(html.unescape(title[1]))
        assert last in flat(html.unescape(title[1])), "the text for screen readers says where it ends"
        assert last in [
            flat(html.unescape(word)) for word in re.findall(r'<text class="val"[^>]*>(.*?)</text>', section)
        ]
        drawn = sum(len(points.split()) for points in re.findall(r'<polyline class="ln" points="([^"]*)"', section))
        assert drawn == len(known), "every month with a value is a point, and no other"


def cells(section: str) -> list[list[Any]]:
    body = section.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", body)]


def test_the_data_set_defines_nearly_all_of_them(whole: Whole) -> None:
    """What agrees is no row of dashes."""
    undefined = {code for code in CODES if evaluate(code, Scope(AS_OF), OPERATOR).value is None}
    assert undefined == {"time_to_first_deal", "time_to_first_approval", "channel_return"}
    assert len(whole.partners) == 25
