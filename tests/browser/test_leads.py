"""Leads in a real browser: answered and registered by a seller, explained to a manager, at every width and theme."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deals.models import Registration
from deals.services.awards import name_seller, set_award_terms
from deals.services.leads import NewLead, add_lead, decline_lead
from deals.services.winning import Sale, win_registration
from prm.actors import OPERATOR, RULE
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.leads import make_lead

if TYPE_CHECKING:
    from deals.models import Lead

pytestmark = pytest.mark.django_db(transaction=True)


def scene(cast: Cast) -> Lead:
    """Make a lead that one partner declined and another has, one accepted, a late win, and awards."""
    now, family = timezone.now(), make_family("security")
    new = NewLead(
        family=family,
        website="kivi.fi",
        company="Kivi Oy",
        country="FI",
        source="Nordic Security Fair",
        expected_mrr=Decimal(480),
        currency="EUR",
        contact="Aino Kivi, aino@kivi.fi",
        note="Looks for a gateway for three sites.",
    )
    lead = add_lead(new=new, actor=cast.actor("manager"), now=now)
    decline_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=now, version=None, reason="No capacity until March")
    make_lead(cast.rival, account=make_account("Aava Oy"), family=family, status="accepted", now=now)
    sale = Sale(make_product(family=family), Decimal(480), "EUR", now.date())
    late = make_registration(cast.rival, account=make_account("Betoni Oy"), family=family, status="expired")
    win_registration(registration_id=late.pk, actor=RULE, now=now, version=None, sale=sale)
    won = make_registration(
        cast.rival, account=make_account("Ceramo Oy"), family=family, status="approved", now=now + timedelta(days=1)
    )
    set_award_terms(
        family=None, basis="percent", value=Decimal(10), currency="", valid_from=now.date(), actor=OPERATOR, now=now
    )
    name_seller(
        registration_id=won.pk, name="Ines Duarte", email="ines@v.example", actor=OPERATOR, now=now, version=None
    )
    win_registration(registration_id=won.pk, actor=OPERATOR, now=now, version=None, sale=sale)
    lead.refresh_from_db()
    return lead


def test_a_seller_accepts_and_registers_a_lead(open_page: OpenPage) -> None:
    cast = assemble()
    lead = scene(cast)
    page = open_page("/portal/deals/leads/", user=cast.rival_seller)
    assert_good_page(page)
    page.get_by_role("link", name="Kivi Oy", exact=True).click()
    expect(page.get_by_text("You read it once you have accepted.")).to_be_visible()
    page.get_by_role("button", name="Accept the lead").click()
    expect(page.get_by_text("Aino Kivi, aino@kivi.fi")).to_be_visible()
    assert_good_page(page)
    page.get_by_role("button", name="Register the deal").click()
    expect(page.get_by_text("The deal is registered and protected.")).to_be_visible()
    assert Registration.objects.get(lead=lead).status == "approved"


def test_the_pages_are_good_at_every_width_and_theme(open_page: OpenPage) -> None:
    cast = assemble()
    lead = scene(cast)
    pictures = os.environ.get("PICTURES_OF_LEADS", "")
    for user, paths in (
        (cast.rival_seller, ("/portal/deals/leads/", f"/portal/deals/leads/{lead.public_id}/")),
        (
            cast.manager,
            ("/manage/leads/", f"/manage/leads/{lead.public_id}/", "/manage/leads/new/", "/manage/late-wins/"),
        ),
        (cast.finance_person, ("/manage/awards/", "/manage/awards/terms/")),
    ):
        for theme, width in (("light", 1360), ("dark", 1360), ("light", PHONE)):
            for path in paths:
                page = open_page(path, user=user, theme=theme, width=width)
                assert_good_page(page)
                if pictures:
                    name = path.strip("/").replace("/", "-").replace(str(lead.public_id), "one")
                    page.screenshot(path=Path(pictures) / f"{name}-{theme}-{width}.png", full_page=True)
                page.close()
