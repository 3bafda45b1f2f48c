"""What the tags print: money, dates, countdowns, chips, fields, paging, navigation, panels."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation

from prm import navigation, panels
from prm.ui.states import State, kinds, register_states, state_of, states_of
from prm.ui.tags.values import time_left

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)


def draw(source: str, **values: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


def asked(path: str = "/", **params: str) -> HttpRequest:
    return RequestFactory().get(path, params)


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ('{% money amount "EUR" %}', '<bdi class="num" dir="ltr">€41,280.50</bdi>'),
        ('{% money nothing "EUR" %}', '<bdi class="num" dir="ltr">–</bdi>'),
        ('{% money amount "EUR" signed=True %}', '<bdi class="num" dir="ltr">+€41,280.50</bdi>'),
        ("{% num 1234 %}", '<bdi class="num" dir="ltr">1,234</bdi>'),
        ("{% percent share %}", '<bdi class="num" dir="ltr">60\N{NO-BREAK SPACE}%</bdi>'),
        ("{% day on %}", '<time datetime="2026-11-29">29 November 2026</time>'),
        ("{% day nothing %}", "–"),
        ('{% month on "name" %}', "November"),
        ("{% badge tier %}", '<span class="chip t-neutral">&lt;Gold&gt;</span>'),
        ('{{ "Anna Kowal"|initials }}', "AK"),
        ('{{ "jere.salmi@aldervik.example"|initials }}', "JS"),
    ],
)
def test_values(source: str, html: str) -> None:
    known = {
        "amount": Decimal("41280.5"),
        "nothing": None,
        "share": Decimal("0.6"),
        "on": date(2026, 11, 29),
        "tier": "<Gold>",
    }
    assert draw(source, **known) == html


def test_countdown_says_when_and_how_urgent() -> None:
    html = draw(
        "{% countdown due began %}", due=NOW + timedelta(days=6, hours=12), began=NOW - timedelta(days=84), now=NOW
    )
    assert html == (
        '<time class="countdown nowrap warn" datetime="2026-11-28T22:42:00+00:00" data-warn="1563840"'
        ' title="28 Nov 22:42">6 days left</time>'
    )


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(minutes=38), "Due in 38 min"),
        (timedelta(hours=5, minutes=59), "Due in 5 h"),
        (timedelta(hours=47), "Due in 47 h"),
        (timedelta(days=2), "2 days left"),
        (timedelta(days=21), "21 days left"),
        (timedelta(0), "Late 0 min"),
        (-timedelta(hours=5), "Late 5 h"),
        (-timedelta(days=3), "Late 3 days"),
    ],
)
def test_time_left(left: timedelta, text: str) -> None:
    assert time_left(left) == text


def test_chip_says_its_state_in_a_word() -> None:
    assert "Protected" in draw('{% chip "registration" "approved" %}')
    assert draw('{% chip "registration" "ends_soon" word="6 days left" %}').startswith('<span class="chip t-warn"><svg')


def test_every_state_has_a_known_icon_and_tone() -> None:
    for kind in kinds():
        for code in states_of(kind):
            assert draw("{% chip kind code %}", kind=kind, code=code)
            assert state_of(kind, code).tone in {"ok", "warn", "bad", "info", "neutral"}


def test_unknown_state_is_shown_plainly() -> None:
    assert state_of("registration", "on_fire") == State("On fire", "neutral", "dot")


def test_apps_add_states() -> None:
    register_states("test_kind", {"new": State("New", "info", "info")})
    assert state_of("test_kind", "new").word == "New"


class Question(forms.Form):
    """One field of each sort that matters."""

    website = forms.CharField(label="Website", help_text="The company’s own domain.")
    family = forms.ChoiceField(choices=[("a", "Workspace"), ("b", "Backup")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="Agreed")
    note = forms.CharField(required=False)


def test_field_ties_hint_and_error_to_its_input() -> None:
    html = draw("{% field form.website hx_get='/check/' %}", form=Question({}))
    assert 'aria-describedby="id_website_hint id_website_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'hx-get="/check/"' in html
    assert '<p class="hint" id="id_website_hint">The company’s own domain.</p>' in html
    assert 'id="id_website_error"' in html


def test_optional_fields_say_so() -> None:
    assert "optional" in draw("{% field form.note %}", form=Question())
    assert "optional" not in draw("{% field form.website %}", form=Question())


def test_summary_links_each_error_to_its_field() -> None:
    html = draw("{% error_summary form %}", form=Question({"website": "x", "agree": "on"}))
    assert "1 thing needs to be put right" in html
    assert '<a href="#id_family_0">Family</a>: This field is required.' in html
    assert draw("{% error_summary form %}", form=Question()).strip() == ""


def test_segmented_keeps_the_choice() -> None:
    html = draw("{% segmented form.family %}", form=Question(initial={"family": "b"}))
    assert html.count('type="radio"') == 2
    assert 'value="b" id="id_family_1" checked' in html


def test_a_form_draws_itself_with_these_fields() -> None:
    html = str(Question({}))
    assert '<div class="summary"' in html
    assert '<div class="field">' in html


def test_sorting_turns_round_and_forgets_the_page() -> None:
    assert 'href="?q=x&amp;sort=-name"' in draw(
        '{% sort_th "Name" "name" %}', request=asked(q="x", sort="name", page="3")
    )
    assert 'aria-sort="descending"' in draw('{% sort_th "Name" "name" %}', request=asked(sort="-name"))


def test_paging_keeps_the_filter_and_counts() -> None:
    page = Paginator(range(287), 25).page(3)
    html = draw("{% pagination page 'deals' %}", page=page, request=asked(tier="gold"))
    assert "51–75 of 287 deals" in html
    assert 'href="?tier=gold&amp;page=4"' in html


def test_block_tags_do_not_escape_their_body_and_escape_their_arguments() -> None:
    html = draw("{% section title %}<p>body</p>{% endsection %}", title="A & B")
    assert "<h2>A &amp; B</h2>" in html
    assert "<p>body</p>" in html


@pytest.fixture
def _empty_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(panels, "_panels", {})


@pytest.mark.usefixtures("_empty_registries")
def test_navigation_shows_what_this_person_may_open() -> None:
    def seen(_actor: object) -> bool:
        return True

    def unseen(_actor: object) -> bool:
        return False

    def three(_request: HttpRequest) -> int:
        return 3

    def item(name: str, position: int, **more: Any) -> navigation.Item:
        return navigation.Item(area="portal", label=name, url_name=name, position=position, **more)

    navigation.register(item("account_logout", 20, visible=seen))
    navigation.register(item("account_login", 10, counter=three))
    navigation.register(item("account_signup", 5, visible=unseen))
    entries = navigation.items_for(asked("/accounts/login/deeper/"), "portal")
    assert [(entry.url, entry.active, entry.count) for entry in entries] == [
        ("/accounts/login/", True, 3),
        ("/accounts/logout/", False, 0),
    ]
    assert navigation.items_for(asked(), "console") == []


@pytest.mark.usefixtures("_empty_registries")
def test_navigation_marks_the_item_that_covers_a_page_beside_its_own_address() -> None:
    front = navigation.Item(area="portal", label="Home", url_name="front_door", position=10)
    covering = navigation.Item(
        area="portal", label="Account", url_name="account_login", position=20, covers=("account_logout",)
    )
    navigation.register(front)
    navigation.register(covering)
    entries = navigation.items_for(asked("/accounts/logout/"), "portal")
    assert [(entry.url, entry.active) for entry in entries] == [("/", False), ("/accounts/login/", True)]


@pytest.mark.django_db
@pytest.mark.usefixtures("_empty_registries")
def test_panels_stand_in_order_and_may_be_absent() -> None:
    def given(word: str | None) -> Any:
        return lambda _request, subject: None if word is None else {"kind": "none", "title": f"{word} {subject}"}

    for name, position, word in (("b", 2, "second"), ("a", 1, "first"), ("c", 3, None)):
        panels.register(panels.Panel("partner_side", name, position, "components/empty.html", given(word)))
    html = panels.render(asked(), "partner_side", subject="x")
    assert html.index("first x") < html.index("second x")
    assert html.count("<h3>") == 2
    assert panels.render(asked(), "partner_main") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ("pink", "")])
def test_theme_is_kept_in_a_cookie(client: Client, theme: str, kept: str) -> None:
    response = client.post("/ui/theme/", {"theme": theme, "next": "/accounts/login/"})
    assert response.headers["Location"] == "/accounts/login/"
    assert response.cookies["theme"].value == kept
    page = client.get("/accounts/login/").content.decode()
    assert (f'data-theme="{kept}"' in page) is bool(kept)


@pytest.mark.django_db
def test_theme_never_leads_to_another_site(client: Client) -> None:
    assert client.post("/ui/theme/", {"next": "https://evil.example/"}).headers["Location"] == "/"


@pytest.mark.django_db
def test_unknown_language_changes_nothing(client: Client) -> None:
    response = client.post("/ui/language/", {"language": "xx"})
    assert response.headers["Location"] == "/"
    assert "django_language" not in response.cookies


def test_words_for_scripts_are_json_in_every_language() -> None:
    with translation.override("en"):
        html = draw('{% include "components/htmx_config.html" %}')
    contents = re.findall(r"content='(.*?)'", html, re.DOTALL)
    assert json.loads(contents[0])["allowEval"] is False
    assert json.loads(contents[1])["due"] == "Due in {}"
