"""The rules of engagement in a real browser: the sentence of each for the partner, and the pages of the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deals.models import (
    FamilyRequirement,
    NamedAccount,
    NamedAccountList,
    Opportunity,
    Registration,
    RulesOfEngagement,
)
from deals.policy import RULE_CODES, RuleSettings
from deals.services.rules import plan_rules
from deals.services.submission import submit_registration
from partners.models import Territory
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import (
    a_deal,
    make_account,
    make_family,
    make_opportunity,
    make_registration,
    make_subscription,
)

pytestmark = pytest.mark.django_db(transaction=True)


def submit(cast: Cast, website: str, **fields: Any) -> Registration:
    deal = a_deal(website, **{"company": f"{website.title()} Oy", **fields})
    made = submit_registration(deal=deal, actor=cast.actor("seller"), now=timezone.now())
    return Registration.objects.get(pk=made.pk)


def territory(cast: Cast) -> Registration:
    held = Territory.objects.create(partner=cast.partner, country="PL")
    made = submit(cast, "territory.fi")
    held.delete()
    return made


def eligibility(cast: Cast) -> Registration:
    family = make_family("backup")
    FamilyRequirement.objects.create(family=family, kind="agreement", name="Backup addendum")
    FamilyRequirement.objects.create(family=family, kind="certification", name="Backup Pro", people=2)
    return submit(cast, "eligibility.fi", family=family)


def live_cap(cast: Cast) -> Registration:
    before = cast.tier.live_cap
    cast.tier.live_cap = Registration.objects.live().filter(holder=cast.partner).count()
    cast.tier.save()
    made = submit(cast, "cap.fi")
    cast.tier.live_cap = before
    cast.tier.save()
    return made


def minimum_value(cast: Cast) -> Registration:
    return submit(cast, "small.fi", expected_mrr=Decimal("9.99"))


def own_duplicate(cast: Cast) -> Registration:
    submit(cast, "twice.fi")
    return submit(cast, "twice.fi")


def protected(cast: Cast) -> Registration:
    make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved", now=timezone.now())
    return submit(cast, "held.fi")


def rival_pending(cast: Cast) -> Registration:
    make_registration(cast.rival, account=make_account(domain="asked.fi"), place=1)
    return submit(cast, "asked.fi")


def incumbent(cast: Cast) -> Registration:
    make_subscription(make_account(domain="served.fi"), credited=cast.rival)
    return submit(cast, "served.fi")


def direct_customer(cast: Cast) -> Registration:
    make_subscription(make_account(domain="direct.fi"))
    return submit(cast, "direct.fi")


def named_account(cast: Cast) -> Registration:
    key = NamedAccountList.objects.create(code="global", name="Global 50", policy="review", owner_email="k@v.example")
    NamedAccount.objects.create(account=make_account(domain="named.fi"), named_list=key)
    return submit(cast, "named.fi")


def direct_opportunity(cast: Cast) -> Registration:
    make_opportunity(make_account(domain="pursued.fi"), external_id="006-SECRET", seller_name="Sam Hunter")
    return submit(cast, "pursued.fi")


def related_account(cast: Cast) -> Registration:
    parent = make_account("Konserni Oyj")
    make_account("Konserni Suomi Oy", domain="unit.fi", parent=parent)
    make_registration(cast.rival, account=parent, status="approved", now=timezone.now())
    return submit(cast, "unit.fi")


def lookalike(cast: Cast) -> Registration:
    held = make_account("Lumisaari Energia Oy", domain="lumisaari-energia.fi")
    make_registration(cast.rival, account=held, status="approved", now=timezone.now())
    return submit(cast, "lumisaari-energy.example", company="Lumisaari Energy Oy")


def unverifiable(cast: Cast) -> Registration:
    return submit(cast, "somebody@gmail.com", company="Kesäranta Oy")


def cool_off(cast: Cast) -> Registration:
    ended = timezone.now() - timedelta(days=3)
    make_registration(cast.partner, account=make_account(domain="cold.fi"), status="rejected", decided_at=ended)
    return submit(cast, "cold.fi")


CASES: dict[str, tuple[Callable[[Cast], Registration], str]] = {
    "territory": (territory, "This customer is outside the territory in your agreement."),
    "eligibility": (
        eligibility,
        (
            "Backup needs 2 people in your company with the certification “Backup Pro”. "
            "Backup needs the agreement “Backup addendum”, signed and in force."
        ),
    ),
    "live_cap": (live_cap, "Close or withdraw one to make room."),
    "minimum_value": (
        minimum_value,
        "The expected monthly revenue is below the program's minimum, so a person looks at it.",
    ),
    "own_duplicate": (own_duplicate, "You already have this customer for Security:"),
    "protected": (protected, "This customer is not available for Security at the moment."),
    "rival_pending": (rival_pending, "We received an earlier request for this customer and Security."),
    "incumbent": (incumbent, "This customer already buys Security through a partner."),
    "direct_customer": (
        direct_customer,
        "This customer already uses Security, so a person looks at what would be new.",
    ),
    "named_account": (named_account, "This customer is a named account. Its owner decides how partners take part."),
    "direct_opportunity": (
        direct_opportunity,
        "A person looks at this request before it is decided, and may offer to sell together with you.",
    ),
    "related_account": (
        related_account,
        "This customer may belong to a group of companies, so a person looks at the group as a whole.",
    ),
    "lookalike": (
        lookalike,
        "This customer's name is close to that of another one, so a person checks whether they are the same.",
    ),
    "unverifiable": (
        unverifiable,
        "The website does not tell for certain which customer this is, so a person checks it.",
    ),
    "cool_off": (cool_off, "ended less than 30 days ago, so a person looks at what has changed."),
}


def test_the_sentence_of_every_rule_stands_in_the_partners_browser(open_page: OpenPage) -> None:
    assert tuple(CASES) == RULE_CODES
    cast = assemble()
    family = make_family()
    plan_rules(
        settings={"minimum_expected_mrr": "10"}, effective_from=None, reason="A minimum",
        actor=cast.actor("admin"), now=timezone.now(),
    )  # fmt: skip
    assert family.name == "Security"
    page = open_page("/portal/", user=cast.seller)
    of_others = [cast.rival.name, "006-SECRET", "Sam Hunter", "Global 50", "k@v.example", "Konserni Oyj"]
    for code, (make, sentence) in CASES.items():
        registration = make(cast)
        assert code in [finding.code for finding in registration.findings.all()], code
        page.goto(page.url.split("/portal/")[0] + f"/portal/deals/{registration.public_id}/")
        expect(page.locator("main"), code).to_contain_text(sentence)
        told = page.content()
        assert [word for word in of_others if word in told] == [], code
    assert_good_page(page)


def test_an_administrator_changes_a_rule_after_a_preview(open_page: OpenPage) -> None:
    cast = assemble()
    make_opportunity(make_account(domain="pursued.fi"))
    submit(cast, "pursued.fi")
    page = open_page("/manage/rules-of-engagement/", user=cast.admin)
    assert_good_page(page)
    page.get_by_role("link", name="New version").click()
    page.get_by_label("Direct sales has an open opportunity").select_option("block")
    page.get_by_label("Why").fill("Direct sales goes first this quarter.")
    page.get_by_label("Preview on").select_option("90")
    assert_good_page(page)
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("1 submission: 1 would have been decided differently.")
    expect(page.locator("#preview")).to_contain_text("Before a person")
    expect(page.locator("#preview")).to_contain_text("Rejected at once")
    expect(page.locator("#preview")).to_contain_text("Direct sales has an open opportunity: Review → Block")
    assert_good_page(page)
    page.get_by_role("button", name="Save the version").click()
    expect(page.locator(".messages")).to_contain_text("Version 1 is planned.")
    assert RuleSettings.from_json(1, RulesOfEngagement.objects.get().settings).severity("direct_opportunity") == "block"
    assert Opportunity.objects.count() == 1


def test_the_pages_of_the_rules_fit_a_phone(open_page: OpenPage) -> None:
    cast = assemble()
    registration = named_account(cast)
    plan_rules(
        settings={"cool_off_days": 20}, effective_from=timezone.now() + timedelta(days=9), reason="Shorter",
        actor=cast.actor("admin"), now=timezone.now(),
    )  # fmt: skip
    root = "/manage/rules-of-engagement/"
    for path in (
        root, f"{root}new/", f"{root}1/", f"{root}1/edit/",
        f"/manage/registrations/{registration.public_id}/decisions/",
        "/manage/named-accounts/", "/manage/named-accounts/add/", "/manage/named-accounts/new-list/",
    ):  # fmt: skip
        assert_good_page(open_page(path, user=cast.admin, width=PHONE, theme="dark"))
