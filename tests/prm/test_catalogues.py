"""The languages: every sentence has its translation, and a person's choice goes with them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.pofile import write_po
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from prm import catalogues
from prm.management.commands.catalogues import sentences
from prm.models import User
from tests.cast import assemble


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gathering the sentences needs GNU gettext")
def test_every_language_has_every_sentence() -> None:
    said = StringIO()
    call_command("catalogues", "--check", stdout=said)
    assert said.getvalue().endswith(" in 3 languages.\n")


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gathering the sentences needs GNU gettext")
def test_sentences_of_code_and_templates_are_gathered() -> None:
    found = sentences()
    assert found.get("Skip to content") is not None  # a template
    assert found.get("Enter a complete domain, for example example.com.") is not None  # gettext beside a lazy one
    assert found.get("A stage has at most 40 characters.") is not None


@pytest.fixture(autouse=True)
def _back_to_english() -> Iterator[None]:
    """Leave the thread as it was: a page leaves its language behind, and the next request sets its own."""
    yield
    translation.deactivate()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LOCALE_PATHS = [tmp_path]
    return tmp_path


def keep(catalogue: Catalog) -> None:
    path = catalogues.file_of("pl")
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)


def wanted_of(*texts: str | tuple[str, str]) -> Catalog:
    catalogue = Catalog()
    for text in texts:
        catalogue.add(text)
    return catalogue


ONE_AND_MANY = ("%(count)s deal", "%(count)s deals")
"""One sentence in two forms; Polish has three."""


@pytest.mark.parametrize(
    ("source", "answer", "wrong"),
    [
        ("Deals", "Transakcje", None),
        ("Deals", "", "is not translated"),
        ("%(name)s waits", "%(name)s czeka", None),
        ("%(name)s waits", "%(nazwa)s czeka", "has the places ['%(nazwa)s'] instead of ['%(name)s']"),
        ("100%% of %(sum)s", "100%% z %(sum)s", None),
        ("<b>Due</b> today", "<b>Dziś</b>", None),
        ("<b>Due</b> today", "Dziś", "has other tags than its source"),
        (ONE_AND_MANY, ("%(count)s transakcja", "%(count)s transakcje", "%(count)s transakcji"), None),
        (ONE_AND_MANY, ("jedna transakcja", "%(count)s transakcje", "%(count)s transakcji"), None),
        (ONE_AND_MANY, ("%(count)s transakcja", "%(count)s transakcje", ""), "is not translated"),
        (
            ONE_AND_MANY,
            ("%(n)s transakcja", "%(count)s transakcje", "%(count)s transakcji"),
            "has the places ['%(n)s'] instead of ['%(count)s']",
        ),
    ],
)
def test_what_is_wrong_with_a_sentence(
    folder: Path, source: str | tuple[str, str], answer: str | tuple[str, ...], wrong: str | None
) -> None:
    translated = Catalog(locale="pl")
    translated.add(source, answer)
    keep(translated)
    found = [fault.wrong for fault in catalogues.faults_of("pl", wanted=wanted_of(source))]
    assert found == ([] if wrong is None else [wrong])


def test_a_guess_and_a_lost_sentence_are_faults(folder: Path) -> None:
    translated = Catalog(locale="pl")
    translated.add("Deals", "Transakcje", flags=["fuzzy"])
    keep(translated)
    found = [str(fault) for fault in catalogues.faults_of("pl", wanted=wanted_of("Deals", "Leads"))]
    assert found == ["pl: is marked as a guess: 'Deals'", "pl: is not translated: 'Leads'"]


@pytest.mark.django_db
def test_a_choice_is_kept_with_the_person_and_read_on_the_next_device() -> None:
    cast = assemble()
    first = cast.signed_in("seller")
    answer = first.post("/ui/language/", {"language": "fa", "next": "/portal/"})
    assert (answer.status_code, answer["Location"]) == (302, "/portal/")
    assert User.objects.get(pk=cast.seller.pk).language == "fa"
    elsewhere = cast.signed_in("seller").get("/portal/", headers={"accept-language": "pl"})
    assert '<html lang="fa" dir="rtl"' in elsewhere.content.decode()


@pytest.mark.django_db
def test_without_a_choice_the_browser_decides_and_the_api_follows_the_request() -> None:
    cast = assemble()
    User.objects.filter(pk=cast.owner.pk).update(language="xx")
    page = cast.signed_in("owner").get("/portal/", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert '<html lang="zh-hans" dir="ltr"' in page.content.decode()
    User.objects.filter(pk=cast.owner.pk).update(language="fa")
    asked = cast.signed_in("owner").get("/api/v1/", headers={"accept-language": "pl"})
    assert asked["Content-Language"] == "pl"


@pytest.mark.django_db
def test_a_language_that_there_is_not_changes_nothing() -> None:
    cast = assemble()
    cast.signed_in("seller").post("/ui/language/", {"language": "de", "next": "/portal/"})
    assert User.objects.get(pk=cast.seller.pk).language == ""


@pytest.mark.django_db
def test_whoever_is_not_signed_in_chooses_on_the_page() -> None:
    client = Client()
    assert (
        'value="pl" lang="pl" aria-pressed="false">polski</button>' in client.get("/accounts/login/").content.decode()
    )
    client.post("/ui/language/", {"language": "pl", "next": "/accounts/login/"})
    assert '<html lang="pl" dir="ltr"' in client.get("/accounts/login/").content.decode()
