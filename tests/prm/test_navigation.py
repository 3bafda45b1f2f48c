"""The bar: the page where one is stands out, and nothing on it leads to a refusal."""

import re

import pytest

from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a href="([^"]+)"( aria-current="page")?>([^<]+)')


@pytest.fixture
def cast() -> Cast:
    return assemble()


def bar_of(page: str) -> list[tuple[str, str, bool]]:
    """Return the main navigation: where each entry leads, its word, whether it is the current one."""
    nav = page.split('<nav class="nav"', 1)[1].split("</nav>", 1)[0]
    return [(url, word.strip(), bool(current)) for url, current, word in LINK.findall(nav)]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/portal/", ["Home"]),
        ("/portal/deals/new/", ["Deals"]),
        ("/portal/earnings/", ["Earnings"]),
        ("/portal/statements/", ["Earnings"]),
        ("/portal/company/", []),
    ],
)
def test_statements_belong_to_earnings_and_home_only_to_itself(cast: Cast, path: str, current: list[str]) -> None:
    page = cast.signed_in("owner").get(path).content.decode()
    assert [word for _url, word, here in bar_of(page) if here] == current


@pytest.mark.parametrize(
    ("path", "current"), [("/manage/decisions/", "Decisions"), ("/manage/registrations/", "Decisions")]
)
def test_registrations_belong_to_decisions(cast: Cast, path: str, current: str) -> None:
    page = cast.signed_in("manager").get(path).content.decode()
    assert [word for _url, word, here in bar_of(page) if here] == [current]


def test_after_the_end_of_a_partnership_only_statements_are_left(cast: Cast) -> None:
    client = cast.signed_in("former_owner")
    page = client.get("/portal/statements/").content.decode()
    assert bar_of(page) == [("/portal/statements/", "Earnings", True)]
    leads = set(re.findall(r'href="(/portal/[^"]*)"', page))
    assert leads == {"/portal/statements/"}
    assert {client.get(url).status_code for url in leads} == {200}
