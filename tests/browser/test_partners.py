"""Home, company and the console's pages about partners in a browser: accessible, within the policy, at every width."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import Membership
from partners.services import record_activity
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_registration

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    made, now = assemble(), timezone.now()
    make_registration(made.partner, account=make_account("Haapala Foods Oy"), status="approved", days_left=6, now=now)
    record_activity(partner_id=made.partner.pk, kind="review_held", at=now - timedelta(days=1))
    Membership.objects.filter(user=made.owner).update(last_seen_at=now - timedelta(days=4))
    return made


@pytest.mark.parametrize(("width", "theme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light")])
@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("owner", "/portal/"),
        ("owner", "/portal/company/"),
        ("manager", "/manage/partners/"),
        ("manager", "/manage/partners/northwind/"),
        ("manager", "/manage/partners/northwind/status/"),
        ("manager", "/manage/search/?q=ha"),
    ],
)
def test_pages_are_good(cast: Cast, open_page: OpenPage, person: str, path: str, width: int, theme: str) -> None:
    page = open_page(path, user=getattr(cast, person), width=width, theme=theme)

    assert_good_page(page)


def test_a_manager_suspends_a_partner_without_scripts(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/manage/partners/northwind/", user=cast.manager, scripts=False)
    page.click("text=Suspend")
    page.fill("textarea[name=reason]", "Unpaid bills")
    page.click("text=Suspend the partner")
    page.wait_for_url("**/manage/partners/northwind/")

    assert page.locator("text=Northwind IT is suspended.").count() == 1
    assert page.locator("text=Lift the suspension").count() == 1
