"""PSAT on hand-computed data: fourteen partners, two waves, every filter, and what is not defined."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from partners.kpis.surveys import NO_WAVE, ONE_FILTER, TOO_FEW
from partners.models import Partner, PsatInvitation, PsatWave
from prm import metrics
from prm.actors import RULE, Actor, ActorKind
from prm.errors import NotAllowedError
from prm.metrics import Scope, Value
from prm.metrics.statistics import wilson
from tests.factories.partners import assign_tier, make_partner, make_tier, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, tzinfo=UTC)
AS_OF = date(2026, 6, 30)
ANNA, PIOTR, OLGA = (f"{name}@vendor.example" for name in ("anna", "piotr", "olga"))

PARTNERS = {
    # manager, country, tier, type, scores (0: no answer)
    "p01": (ANNA, "FI", "gold", "reseller", [5, 5, 4, 4, 3, 0, 0]),  # shown: 5 people, 4 of 5
    "p02": (ANNA, "FI", "gold", "reseller", [5, 5, 5, 5, 5, 5]),  # shown: 6 of 6
    "p03": (ANNA, "FI", "gold", "msp", [1, 2, 0]),
    "p04": (ANNA, "PL", "silver", "msp", [4, 4, 4]),
    "p05": (PIOTR, "PL", "silver", "reseller", [5, 1, 0]),
    "p06": (PIOTR, "PL", "silver", "reseller", [5, 4]),
    "p07": (PIOTR, "PL", "silver", "reseller", [3, 3, 0, 0]),
    "p08": (PIOTR, "DE", "", "msp", [2]),
    "p09": (OLGA, "DE", "", "msp", [5, 4, 4, 2]),
    "p10": (OLGA, "DE", "", "reseller", [4, 3]),
    "p11": (OLGA, "DE", "", "reseller", [0, 0]),
    "p12": (OLGA, "SE", "", "reseller", [5]),
    "p13": (OLGA, "SE", "", "reseller", [5, 5]),
    "p14": (OLGA, "SE", "", "reseller", [1]),
}
"""33 answers of 33 people out of 41 invitations; 23 of them are 4 or 5, 127 points."""


def load(code: str, *, opened: date, closes: date | None, shift: int = 0) -> PsatWave:
    wave = PsatWave.objects.create(code=code, opened_on=opened, closes_on=closes)
    for name, (*_groups, scores) in PARTNERS.items():
        for number, score in enumerate(scores):
            given = min(score + shift, 5) if score else None
            PsatInvitation.objects.create(
                wave=wave,
                partner=Partner.objects.get(code=name),
                user=make_user(f"{code}-{name}-{number}@example.com"),
                invited_at=NOW,
                score=given,
                answered_at=NOW if given else None,
            )
    return wave


@pytest.fixture
def program() -> None:
    tiers = {code: make_tier(code) for code in ("silver", "gold")}
    for code, (manager, country, tier, kind, _scores) in PARTNERS.items():
        partner = make_partner(code, manager_email=manager, country=country, type=kind)
        if tier:
            assign_tier(partner, tiers[tier])
    load("2026-h1", opened=date(2026, 5, 1), closes=date(2026, 5, 22))


def ask(**filters: object) -> Value:
    scope = {"as_of": AS_OF, **filters}
    return metrics.evaluate("psat", Scope(**scope), RULE)  # type: ignore[arg-type]


def of(value: Value) -> tuple[int, int] | str:
    if value.value is None:
        return str(value.undefined)
    assert value.value == value.numerator / value.denominator  # type: ignore[operator]
    assert (value.low, value.high) == wilson(int(value.numerator or 0), int(value.denominator or 0))
    return int(value.numerator or 0), int(value.denominator or 0)


def test_the_whole_program(program: None) -> None:
    value = ask()
    assert of(value) == (23, 33)
    assert value.n == 33
    assert value.part("mean").value == Decimal(127) / 33
    assert value.part("response_rate").value == Decimal(33) / 41
    assert value.part("invited").value == 41
    assert value.part("people").value == 33
    assert value.part("suppressed").value == 12
    assert str(value.notes[0]) == "Survey 2026-h1, opened on 2026-05-01."
    # Wilson by hand: (23/33 + 3.8414588/66 ± 1.959964·√(23·10/33³ + 3.8414588/4356)) / (1 + 3.8414588/33)
    assert (round(value.low or 0, 4), round(value.high or 0, 4)) == (Decimal("0.5266"), Decimal("0.8262"))


def test_each_partner_and_the_smallest_of_them(program: None) -> None:
    ids = dict(Partner.objects.values_list("code", "pk"))
    found = metrics.by_partner("psat", Scope(AS_OF), list(ids.values()), RULE)
    shown = {code: of(found[pk]) for code, pk in ids.items() if found[pk].value is not None}
    assert shown == {"p01": (4, 5), "p02": (6, 6)}
    assert of(found[ids["p09"]]) == str(TOO_FEW)  # four people
    assert of(ask(partner_id=ids["p01"])) == (4, 5)
    assert of(ask(partner_id=ids["p11"])) == str(TOO_FEW)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        # Beside p01 and p02, Anna's secret is p03 and p04: five people.
        ({"manager": ANNA}, (13, 16)),
        ({"manager": ANNA.upper()}, (13, 16)),
        ({"manager": PIOTR}, (3, 7)),
        ({"manager": OLGA}, (7, 10)),
        # Gold would leave the two people of p03: hidden, and silver, the smallest, with it.
        ({"tier": "gold"}, str(TOO_FEW)),
        ({"tier": "silver"}, str(TOO_FEW)),
        # Finland likewise, and Sweden has four people; the two together hide six people, so Poland stays.
        ({"country": "FI"}, str(TOO_FEW)),
        ({"country": "SE"}, str(TOO_FEW)),
        ({"country": "XX"}, str(TOO_FEW)),
        ({"manager": ANNA, "tier": "gold"}, str(ONE_FILTER)),
        ({"cohort": "2025"}, str(ONE_FILTER)),
    ],
)
def test_by_one_filter(program: None, filters: dict[str, str], expected: tuple[int, int] | str) -> None:
    assert of(ask(**filters)) == expected


def test_before_the_close_and_after_the_next(program: None) -> None:
    load("2026-h2", opened=date(2026, 11, 2), closes=date(2026, 11, 23), shift=1)
    days = [date(2026, 5, 21), date(2026, 5, 22), date(2026, 11, 22), date(2026, 11, 23)]
    found = metrics.series_of("psat", Scope(AS_OF), days, RULE)
    # A point more for everybody: the four threes become fours.
    assert [of(value) for value in found] == [str(NO_WAVE), (23, 33), (23, 33), (27, 33)]


def test_onboarding_is_not_mixed_with_it(program: None) -> None:
    load("onboarding-2026-06", opened=date(2026, 6, 1), closes=None, shift=4)
    assert of(ask()) == (23, 33)
    assert of(metrics.evaluate("psat_onboarding", Scope(AS_OF), RULE)) == (33, 33)
    assert of(metrics.evaluate("psat_onboarding", Scope(date(2026, 5, 31)), RULE)) == str(NO_WAVE)


def test_a_partner_asks_for_itself_alone(program: None) -> None:
    one, other = Partner.objects.get(code="p01"), Partner.objects.get(code="p02")
    actor = Actor(kind=ActorKind.PARTNER, partner_id=one.pk, partner_role="owner")
    assert of(metrics.evaluate("psat", Scope(AS_OF, partner_id=one.pk), actor)) == (4, 5)
    for scope in (Scope(AS_OF), Scope(AS_OF, partner_id=other.pk)):
        with pytest.raises(NotAllowedError):
            metrics.evaluate("psat", scope, actor)


def test_the_rows_are_waves_never_answers(program: None) -> None:
    rows = metrics.rows_of("psat", Scope(AS_OF), RULE).rows
    assert rows == (("2026-h1", date(2026, 5, 1), Decimal(23), Decimal(33), Decimal(23) / 33),)


@pytest.mark.parametrize("waves", [1, 4])
def test_a_constant_number_of_queries(
    program: None, waves: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, waves):
        PsatWave.objects.create(code=f"x{number}", opened_on=date(2026, 5, number))
    with django_assert_num_queries(2):
        metrics.series_of("psat", Scope(AS_OF), [AS_OF, date(2026, 5, 22)], RULE)


def test_the_command_tells_wave_by_wave_and_names_who_is_hidden(program: None) -> None:
    load("2025-h2", opened=date(2025, 11, 3), closes=date(2025, 11, 24), shift=1)
    out = StringIO()
    call_command("kpis", "psat", "--as-of", f"{AS_OF}", stdout=out)
    told = json.loads(out.getvalue())["figures"]["psat"]
    assert (told["numerator"], told["denominator"], told["n"], told["unit"]) == ("23", "33", 33, "ratio")
    assert told["value"] == f"{(Decimal(23) / Decimal(33)).normalize():f}"
    low, high = wilson(23, 33)
    assert told["interval"] == [f"{low.normalize():f}", f"{high.normalize():f}"]
    assert (told["invited"], told["suppressed"], told["people"]) == (41, 12, 33)
    assert told["response_rate"] == f"{(Decimal(33) / Decimal(41)).normalize():f}"
    assert told["mean"] == f"{(Decimal(127) / Decimal(33)).normalize():f}"
    assert [(one["wave"], one["n"], one["invited"]) for one in told["waves"]] == [
        ("2025-h2", 33, 41),
        ("2026-h1", 33, 41),
    ]
    out = StringIO()
    call_command("kpis", "psat", "--as-of", f"{AS_OF}", "--partner", "p03", stdout=out)
    hidden = json.loads(out.getvalue())
    assert hidden["partner"] == "p03"
    hidden = hidden["figures"]["psat"]
    assert (hidden["value"], hidden["numerator"], hidden["denominator"], hidden["n"]) == (None, None, None, 0)
    assert hidden["reason"] == str(TOO_FEW)
    assert [(one["value"], one["n"]) for one in hidden["waves"]] == [(None, 0), (None, 0)]
