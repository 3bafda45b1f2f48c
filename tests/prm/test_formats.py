"""Exact words and figures in four languages, and numbers as people type them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from prm import formats

NBSP = "\N{NO-BREAK SPACE}"
LRM = "\N{LEFT-TO-RIGHT MARK}"


@pytest.fixture(autouse=True)
def _language_comes_back() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("en", "41280.5", "EUR", "€41,280.50"),
        ("pl", "41280.5", "EUR", f"41{NBSP}280,50{NBSP}€"),
        ("zh-hans", "41280.5", "EUR", "€41,280.50"),
        ("fa", "41280.5", "EUR", f"{LRM}€{NBSP}41,280.50"),
        ("en", "-60", "EUR", "−€60.00"),
        ("pl", "-60", "EUR", f"−60,00{NBSP}€"),
        ("fa", "-60", "EUR", f"{LRM}−€{NBSP}60.00"),
        ("en", "38904.2", "PLN", f"PLN{NBSP}38,904.20"),
        ("en", "1234.5", "JPY", "¥1,235"),
        ("en", "1.2345", "KWD", f"KWD{NBSP}1.235"),
        ("en", "0.005", "EUR", "€0.01"),
        ("en", "-0.001", "EUR", "€0.00"),
    ],
)
def test_money(language: str, amount: str, currency: str, text: str) -> None:
    with translation.override(language):
        assert formats.money(Decimal(amount), currency) == text


@pytest.mark.parametrize(("amount", "text"), [("173.3", "+€173.30"), ("-164.5", "−€164.50"), ("0", "€0.00")])
def test_signed_money(amount: str, text: str) -> None:
    assert formats.money(Decimal(amount), "EUR", signed=True) == text


@pytest.mark.parametrize(("language", "text"), [("en", "€2,372"), ("pl", f"2{NBSP}372{NBSP}€"), ("zh-hans", "€2,372")])
def test_rounded_money_for_axes(language: str, text: str) -> None:
    with translation.override(language):
        assert formats.money_rounded(Decimal("2371.6"), "EUR") == text


@pytest.mark.parametrize(
    ("language", "long", "short", "weekday"),
    [
        ("en", "22 November 2026", "22 Nov", "Sunday 22 November"),
        ("pl", "22 listopada 2026", "22 lis", "niedziela, 22 listopada"),
        ("fa", "22 نوامبر 2026", "22 نوامبر", "یکشنبه 22 نوامبر"),
        ("zh-hans", "2026年11月22日", "11月22日", "11月22日星期日"),
    ],
)
def test_days(monkeypatch: pytest.MonkeyPatch, language: str, long: str, short: str, weekday: str) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 5, 1))
    on = date(2026, 11, 22)
    with translation.override(language):
        assert formats.day(on) == long
        assert formats.day(on, style="short") == short
        assert formats.day(on, style="weekday") == weekday


def test_short_day_names_another_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 5, 1))
    assert formats.day(date(2027, 1, 9), style="short") == "9 Jan 2027"


def test_instants_are_shown_in_the_readers_time_zone() -> None:
    at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Helsinki"):
        assert formats.day(at) == "21 November 2026"
        assert formats.clock(at) == "01:30"


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "March 2026", "Mar"),
        ("pl", "marzec 2026", "mar"),
        ("fa", "مارس 2026", "مارس"),
        ("zh-hans", "2026年3月", "3月"),
    ],
)
def test_months(language: str, long: str, short: str) -> None:
    with translation.override(language):
        assert formats.month(date(2026, 3, 1)) == long
        assert formats.month(date(2026, 3, 1), style="short") == short


@pytest.mark.parametrize(
    ("language", "fraction", "text"),
    [
        ("en", "0.612", f"61.2{NBSP}%"),
        ("en", "1", f"100{NBSP}%"),
        ("pl", "0.612", f"61,2{NBSP}%"),
        ("zh-hans", "0.5", "50%"),
    ],
)
def test_percent(language: str, fraction: str, text: str) -> None:
    with translation.override(language):
        assert formats.percent(Decimal(fraction)) == text


@pytest.mark.parametrize(
    ("value", "places", "text"), [("1234.5", None, "1,234.5"), ("1234.5", 0, "1,235"), ("-3", 2, "−3.00")]
)
def test_numbers(value: str, places: int | None, text: str) -> None:
    assert formats.number(Decimal(value), places=places) == text


@pytest.mark.parametrize(
    ("language", "typed", "value"),
    [
        ("en", "1,250.50", "1250.50"),
        ("en", "1250.5", "1250.5"),
        ("en", "1.250,50", "1250.50"),
        ("en", "1,250", "1250"),
        ("en", "1 250.50", "1250.50"),
        ("en", "−60", "-60"),
        ("pl", "1 250,50", "1250.50"),
        ("pl", "1250,5", "1250.5"),
        ("pl", f"1{NBSP}250,50", "1250.50"),
        ("fa", "۱۲۳٫۵", "123.5"),
        ("fa", "۱٬۲۵۰٫۵۰", "1250.50"),
        ("en", "١٢٣", "123"),
        ("zh-hans", "1,250.50", "1250.50"),
    ],
)
def test_typed_numbers(language: str, typed: str, value: str) -> None:
    with translation.override(language):
        assert formats.parse_number(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["", "much", "1,2,3", "12,5", "1.2.3", "1,25.0,5", "€5", "1e9", "--5", "NaN"])
def test_what_is_no_number_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(formats.NumberError, match=r"^Enter a number, for example 1,250\.50\.$"):
        formats.parse_number(typed)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("Approved: Mazur Sieci s.c.. It is protected.", "Approved: Mazur Sieci s.c. It is protected."),
        ("Registered by Mazur Sieci s.c..", "Registered by Mazur Sieci s.c."),
        ("Wait ... what? Well..", "Wait ... what? Well."),
        ("One. Two.", "One. Two."),
    ],
)
def test_a_name_that_ends_in_a_full_stop_gets_no_second(sentence: str, shown: str) -> None:
    assert formats.one_stop(sentence) == shown


def test_heads_and_messages_have_one_stop_and_stay_escaped() -> None:
    template = "{% load ui %}{% head 'Title' state=state %}{% endhead %}{{ state|one_stop }}"
    found = Template(template).render(Context({"state": "For <A> s.c.."}))
    assert '<p class="state">For &lt;A&gt; s.c.</p>' in found
    assert found.endswith("For &lt;A&gt; s.c.")
