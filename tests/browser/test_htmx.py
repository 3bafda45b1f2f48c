"""Swaps, errors and focus: what app.js adds to htmx, on small pages of our own."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import RequestContext, Template
from django.urls import path
from playwright.sync_api import Page, expect

from prm.urls import urlpatterns as real
from tests.browser.checks import assert_accessible
from tests.browser.conftest import OpenPage

PAGE = """{% extends "base_entry.html" %}{% load ui %}{% block title %}Try{% endblock %}{% block content %}
<h1>Try</h1>
<form class="form" method="post" action="/try/save/" hx-post="/try/save/" hx-target="this" hx-swap="outerHTML">
  {% csrf_token %}<div class="field"><label for="id_name">Name</label><input id="id_name" name="name"></div>
  <button class="btn primary">Save name</button></form>
<button class="btn" hx-get="/try/detail/" hx-target="#detail">Show detail</button>
<button class="btn" hx-get="/try/broken/" hx-target="#detail">Break it</button>
<input aria-label="Website" hx-get="/try/detail/" hx-trigger="input changed delay:10ms" hx-target="#detail">
<div id="detail"></div>
{% endblock %}"""

state = {"broken": True}


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Template(PAGE).render(RequestContext(request)))


def save(request: HttpRequest) -> HttpResponse:
    if request.POST.get("name"):
        return HttpResponse('<p id="done" tabindex="-1" data-focus>Saved</p>')
    return HttpResponse(
        '<form><div class="summary" role="alert" tabindex="-1" data-focus>1 thing needs to be put right</div></form>',
        status=422,
    )


def detail(_request: HttpRequest) -> HttpResponse:
    return HttpResponse('<h2 tabindex="-1" data-focus>Detail</h2>')


def broken(_request: HttpRequest) -> HttpResponse:
    return HttpResponseServerError("no") if state["broken"] else HttpResponse("<p>Works again</p>")


urlpatterns = [
    *real,
    path("try/", page),
    path("try/save/", save),
    path("try/detail/", detail),
    path("try/broken/", broken),
]


@pytest.fixture
def opened(open_page: OpenPage, settings: Any) -> Page:
    settings.ROOT_URLCONF = __name__
    state["broken"] = True
    return open_page("/try/")


def test_refused_form_is_swapped_and_its_summary_takes_the_focus(opened: Page) -> None:
    opened.get_by_role("button", name="Save name").click()
    expect(opened.get_by_role("alert")).to_be_focused()


def test_post_carries_the_token(opened: Page) -> None:
    opened.get_by_label("Name").fill("Anna")
    opened.get_by_role("button", name="Save name").click()
    expect(opened.locator("#done")).to_be_focused()


def test_heading_of_what_came_takes_the_focus(opened: Page) -> None:
    opened.get_by_role("button", name="Show detail").click()
    expect(opened.get_by_role("heading", name="Detail")).to_be_focused()


def test_typing_keeps_the_focus(opened: Page) -> None:
    field = opened.get_by_label("Website")
    field.press_sequentially("abc")
    expect(opened.get_by_role("heading", name="Detail")).to_be_visible()
    expect(field).to_be_focused()


def test_failure_says_so_in_place_and_can_be_tried_again(opened: Page) -> None:
    opened.get_by_role("button", name="Break it").click()
    line = opened.locator(".retry")
    expect(line).to_contain_text("The server could not do this. Nothing was changed.")
    assert_accessible(opened)
    state["broken"] = False
    opened.get_by_role("button", name="Try again").click()
    expect(opened.locator("#detail")).to_have_text("Works again")
    expect(line).to_have_count(0)


def test_lost_network_says_so_in_place(opened: Page) -> None:
    opened.context.set_offline(True)
    opened.get_by_role("button", name="Show detail").click()
    expect(opened.locator(".retry")).to_contain_text("No connection. Nothing was changed.")
    opened.context.set_offline(False)
    opened.get_by_role("button", name="Try again").click()
    expect(opened.get_by_role("heading", name="Detail")).to_be_visible()
