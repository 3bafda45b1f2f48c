"""The register of key figures: who may ask what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from prm.actors import ANONYMOUS, OPERATOR, Actor, ActorKind, PartnerRole
from prm.errors import NotAllowedError
from prm.metrics import Direction, Metric, Scope, Unit, registry
from prm.metrics.values import not_defined, plain, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prm.metrics import Value

PARTNER = Actor(kind=ActorKind.PARTNER, partner_id=7, partner_role=PartnerRole.OWNER)
ON = Scope(date(2026, 3, 31))


def days_of_month(scope: Scope) -> Value:
    return plain(scope.as_of.day, n=scope.partner_id or 0)


METRIC = Metric(
    "test_days", "Days", "Days of the month.", "day", Unit.DAYS, Direction.NEUTRAL, "test", provider=days_of_month
)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    before = dict(registry._metrics)
    registry.register(METRIC, replace(METRIC, code="test_cost", internal=True))
    yield
    registry._metrics.clear()
    registry._metrics.update(before)


def test_internal_people_ask_anything() -> None:
    assert registry.evaluate("test_days", ON, OPERATOR).value == 31
    assert registry.evaluate("test_cost", replace(ON, partner_id=8), OPERATOR).n == 8


def test_a_partner_asks_for_its_own_figure_alone() -> None:
    assert registry.evaluate("test_days", replace(ON, partner_id=7), PARTNER).n == 7
    for scope in (ON, replace(ON, partner_id=8), replace(ON, manager="anna@vendor.example")):
        with pytest.raises(NotAllowedError):
            registry.evaluate("test_days", scope, PARTNER)
    with pytest.raises(NotAllowedError):
        registry.by_partner("test_days", ON, [7, 8], PARTNER)


def test_a_partner_never_sees_an_internal_figure() -> None:
    with pytest.raises(NotAllowedError):
        registry.evaluate("test_cost", replace(ON, partner_id=7), PARTNER)
    seen = [metric.code for metric in registry.metrics_for(PARTNER)]
    assert "test_days" in seen
    assert "test_cost" not in seen


def test_nobody_else_asks() -> None:
    with pytest.raises(NotAllowedError):
        registry.evaluate("test_days", ON, ANONYMOUS)
    assert registry.metrics_for(ANONYMOUS) == []


def test_an_unknown_code_is_unknown() -> None:
    with pytest.raises(KeyError):
        registry.evaluate("nothing", ON, OPERATOR)


def test_a_series_asks_the_provider_as_of_each_day() -> None:
    days = registry.months_up_to(date(2026, 3, 15), 4)
    assert days == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 15)]
    assert [one.value for one in registry.series_of("test_days", ON, days, OPERATOR)] == [31, 31, 28, 15]


def test_figures_of_many_partners() -> None:
    assert registry.by_partner("test_days", ON, [3, 4], OPERATOR)[4].n == 4
    assert registry.by_partner("test_days", ON, [], OPERATOR) == {}


def test_a_quotient_by_nothing_is_not_defined_and_says_why() -> None:
    nothing = ratio(0, 0, undefined="Nobody answered.")
    assert (nothing.value, nothing.undefined, nothing.n) == (None, "Nobody answered.", 0)
    half = ratio(2, 4, undefined="", with_interval=True)
    assert (half.value, half.n) == (Decimal("0.5"), 4)
    assert half.low is not None
    assert half.low.quantize(Decimal("0.0001")) == Decimal("0.1500")
    assert not_defined("No one.").value is None
