"""Submitting a deal: the customer found, the rules asked, the answer given at once where they can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deals.manage.findings import told
from deals.models import (
    Account,
    AccountDomain,
    NamedAccount,
    Registration,
    RegistrationEvent,
    RegistrationFinding,
)
from deals.services.decisions import approve_registration
from deals.services.progress import withdraw_registration
from deals.services.submission import discard_draft, save_draft, submit_registration
from partners.models import Activity, PartnerStatus, Territory
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import (
    NOW,
    a_deal,
    make_account,
    make_family,
    make_registration,
    make_subscription,
)
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def submit(cast: Cast, who: str = "seller", website: str = "lumisaari.fi", **fields: Any) -> Registration:
    wait = fields.pop("wait", False)
    return submit_registration(deal=a_deal(website, **fields), actor=cast.actor(who), now=NOW, wait=wait)


def codes(registration: Registration) -> list[str]:
    return list(
        RegistrationFinding.objects.filter(registration=registration).order_by("pk").values_list("code", flat=True)
    )


def test_a_clean_deal_waits_for_its_decision_in_business_hours(cast: Cast) -> None:
    registration = submit(cast)
    assert registration.status == "submitted"
    assert registration.due_at == datetime(2026, 11, 25, 10, 42, tzinfo=UTC)
    assert codes(registration) == []
    assert registration.account is not None
    assert registration.account.is_prospect
    assert AccountDomain.objects.get().domain == "lumisaari.fi"
    event = RegistrationEvent.objects.get()
    assert (event.kind, event.from_status, event.to_status) == ("submitted", "draft", "submitted")
    assert (event.actor, event.channel, event.by_partner) == ("Jere Salmi", "portal", True)
    assert AuditEvent.objects.filter(action="registration.submitted").count() == 1
    assert OutboxMessage.objects.get().topic == "registration.submitted"
    assert Activity.objects.get().kind == "registration_submitted"


def test_a_tier_with_automatic_approval_protects_a_clean_deal_at_once(cast: Cast) -> None:
    cast.tier.auto_approve = True
    cast.tier.save()
    registration = submit(cast)
    assert registration.status == "approved"
    assert registration.protected is not None
    assert (registration.protected.lower, registration.protected.upper) == (
        NOW,
        NOW + timedelta(days=90),
    )
    assert registration.protected_tier == cast.tier
    kinds = RegistrationEvent.objects.order_by("pk").values_list("kind", "actor")
    assert list(kinds) == [("submitted", "Jere Salmi"), ("approved", "rule")]


def test_one_customer_by_domain_by_name_or_nobody_yet(cast: Cast) -> None:
    known = make_account("Lumisaari Hotels Oy", domain="lumisaari.fi")
    assert submit(cast, website="https://www.lumisaari.fi/en").account == known
    namesake = make_account("Kivi Robotics Oy")
    found = submit(cast, website="kivi.fi", company="KIVI ROBOTICS")
    assert found.account == namesake
    assert AccountDomain.objects.get(domain="kivi.fi").account == namesake
    assert codes(found) == []
    assert submit(cast, website="kivi.se", company="Kivi Robotics", country="SE").account != namesake


def test_a_name_whose_customer_has_another_website_is_for_a_person(cast: Cast) -> None:
    known = make_account("Kivi Robotics Oy", domain="kivirobotics.fi")
    found = submit(cast, website="kivi.fi", company="Kivi Robotics")
    assert found.account == known
    assert codes(found) == ["unverifiable"]
    assert found.findings.get().internal == {"doubt": "other_domain"}


def test_free_mail_identifies_nobody_and_is_for_a_person(cast: Cast) -> None:
    registration = submit(cast, website="anna@gmail.com")
    assert (registration.status, codes(registration)) == ("submitted", ["unverifiable"])
    assert not AccountDomain.objects.exists()


@pytest.mark.parametrize(
    ("website", "doubt", "sentence"),
    [
        ("", "no_domain", "No website, or one that many share."),
        ("anna@gmail.com", "free_mail", "A mail service that everybody uses, no website of its own."),
        ("linkedin.com/in/anna", "shared_host", "A website that many companies share, such as a social network."),
    ],
)
def test_the_evidence_says_why_a_website_identifies_nobody(cast: Cast, website: str, doubt: str, sentence: str) -> None:
    for _turn in ("new", "known by its name"):
        made = submit_registration(deal=a_deal(website), actor=cast.actor("seller"), now=NOW)
        finding = made.findings.get(code="unverifiable")
        assert finding.internal == {"doubt": doubt}
        assert [one.evidence for one in told([finding])] == [sentence]
        approved = approve_registration(registration_id=made.pk, actor=cast.actor("manager"), now=NOW, version=None)
        again = approved.findings.get(code="unverifiable", moment="decision")
        assert (again.internal, approved.evaluations.latest("pk").facts["is_identified"]) == ({"doubt": doubt}, False)
        withdraw_registration(registration_id=made.pk, actor=cast.actor("seller"), now=NOW, version=None)


def test_a_protected_customer_is_refused_at_once_without_naming_anybody(cast: Cast) -> None:
    held = make_registration(cast.rival, account=make_account(domain="lumisaari.fi"), status="approved")
    registration = submit(cast)
    assert registration.status == "rejected"
    assert "Contoso" not in registration.decision_reason
    assert held.reference not in registration.decision_reason
    finding = RegistrationFinding.objects.get()
    assert (finding.code, finding.severity) == ("protected", "block")
    assert finding.internal["registration"] == held.reference
    kinds = RegistrationEvent.objects.order_by("pk").values_list("kind", "from_status", "to_status")
    assert list(kinds) == [
        ("submitted", "draft", "submitted"),
        ("rejected", "submitted", "rejected"),
    ]


def test_a_partner_may_wait_for_a_protected_customer(cast: Cast) -> None:
    make_registration(cast.rival, account=make_account(domain="lumisaari.fi"), status="approved")
    registration = submit(cast, wait=True)
    assert registration.status == "waiting"
    assert registration.due_at == NOW + timedelta(days=180)


def test_protection_that_is_over_refuses_nobody_even_before_the_sweep(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    over = make_registration(cast.rival, account=account, status="approved", days_left=0)
    registration = submit(cast)
    assert (registration.status, codes(registration)) == ("submitted", [])
    over.refresh_from_db()
    assert over.status == "expired"


def test_other_families_and_open_deals_do_not_protect(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    make_registration(cast.rival, account=account, family=make_family("backup"), status="approved")
    make_registration(cast.rival, account=account, status="approved", exclusive=False)
    assert codes(submit(cast)) == []


@pytest.mark.parametrize("status", ["submitted", "returned", "waiting", "approved"])
def test_what_a_partner_has_already_is_refused(cast: Cast, status: str) -> None:
    own = make_registration(cast.partner, account=make_account(domain="lumisaari.fi"), status=status)
    registration = submit(cast)
    assert registration.status == "rejected"
    assert registration.decision_reason == (
        f"You already have this customer for Security: {own.reference}. Continue there."
    )


@pytest.mark.parametrize("status", ["withdrawn", "lost", "rejected", "expired"])
def test_what_ended_long_ago_is_in_nobodys_way(cast: Cast, status: str) -> None:
    make_registration(
        cast.partner,
        account=make_account(domain="lumisaari.fi"),
        status=status,
        decided_at=NOW - timedelta(days=31),
        closed_on=NOW.date() - timedelta(days=31),
    )
    assert codes(submit(cast)) == []


def test_own_refusal_of_the_last_30_days_is_for_a_person(cast: Cast) -> None:
    make_registration(
        cast.partner,
        account=make_account(domain="lumisaari.fi"),
        status="rejected",
        decided_at=NOW - timedelta(days=29),
    )
    assert codes(submit(cast)) == ["cool_off"]


def test_the_second_in_line_keeps_its_place_behind_the_first(cast: Cast) -> None:
    first = submit(cast)
    second = submit(cast, "rival_seller")
    assert first.place is not None
    assert second.place is not None
    assert first.place < second.place
    assert codes(second) == ["rival_pending"]
    assert second.status == "submitted"


def test_a_customer_of_another_partner_and_a_direct_one(cast: Cast) -> None:
    product_of = make_family()
    account = make_account(domain="lumisaari.fi")
    subscription = make_subscription(account)
    subscription.product.family = product_of
    subscription.product.save()
    assert codes(submit(cast)) == ["direct_customer"]
    other = make_account(domain="kivi.fi")
    make_subscription(other, credited=cast.rival)
    refused = submit(cast, website="kivi.fi")
    assert (refused.status, codes(refused)) == ("rejected", ["incumbent"])
    mine = make_account(domain="narew.pl")
    make_subscription(mine, credited=cast.partner)
    assert codes(submit(cast, website="narew.pl")) == []


def test_a_win_that_is_not_billed_counts_for_60_days(cast: Cast) -> None:
    account = make_account(domain="lumisaari.fi")
    won = make_registration(cast.rival, account=account, status="won", closed_on=NOW.date() - timedelta(days=59))
    assert codes(submit(cast)) == ["incumbent"]
    won.closed_on = NOW.date() - timedelta(days=60)
    won.save()
    Registration.objects.filter(status="rejected").update(decided_at=NOW - timedelta(days=40))
    assert codes(submit(cast)) == []


def test_territory_limit_minimum_and_named_account(cast: Cast) -> None:
    Territory.objects.create(partner=cast.partner, country="PL")
    assert submit(cast).decision_reason.startswith("This customer is outside the territory")
    Territory.objects.all().delete()
    cast.tier.live_cap = 1
    cast.tier.save()
    make_registration(cast.partner, status="submitted")
    assert codes(submit(cast, website="kivi.fi", company="Kivi")) == ["live_cap"]
    account = make_account(domain="narew.pl")
    NamedAccount.objects.create(account=account, policy="co-sell", owner_email="ann@vendor.example")
    assert codes(submit(cast, "rival_seller", website="narew.pl")) == ["named_account"]


def test_only_active_partners_and_their_sellers_submit(cast: Cast) -> None:
    for who in ("marketing", "finance", "viewer", "finance_person", "stranger"):
        with pytest.raises(NotAllowedError):
            submit(cast, who)
    cast.partner.status = PartnerStatus.SUSPENDED
    cast.partner.save()
    with pytest.raises(DomainError, match="not active") as refused:
        submit(cast)
    assert refused.value.code == "eligibility"
    assert not Registration.objects.exists()
    assert not Account.objects.exists()


def test_a_manager_submits_for_a_partner_but_nobody_for_a_rival(cast: Cast) -> None:
    registration = submit_registration(deal=a_deal(), actor=cast.actor("manager"), now=NOW, holder_id=cast.partner.pk)
    assert registration.holder == cast.partner
    with pytest.raises(NotAllowedError):
        submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW, holder_id=cast.rival.pk)


def test_a_draft_knows_no_customer_and_holds_no_place(cast: Cast) -> None:
    make_account("Lumisaari Hotels Oy", domain="lumisaari.fi")
    draft = save_draft(deal=a_deal(), actor=cast.actor("seller"), now=NOW)
    assert (draft.status, draft.account, draft.place) == ("draft", None, None)
    assert draft.customer_name == "Lumisaari Oy"
    changed = save_draft(
        deal=a_deal(company="Lumi"),
        actor=cast.actor("owner"),
        now=NOW,
        draft_id=draft.pk,
        version=draft.version,
    )
    assert (changed.pk, changed.company, changed.version) == (draft.pk, "Lumi", 2)
    with pytest.raises(StaleError):
        save_draft(deal=a_deal(), actor=cast.actor("seller"), now=NOW, draft_id=draft.pk, version=1)
    with pytest.raises(NotAllowedError):
        save_draft(deal=a_deal(), actor=cast.actor("rival_seller"), now=NOW, draft_id=draft.pk, version=2)


def test_a_draft_is_submitted_once(cast: Cast) -> None:
    draft = save_draft(deal=a_deal(), actor=cast.actor("seller"), now=NOW)
    registration = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW, draft_id=draft.pk, version=1)
    assert (registration.pk, registration.status) == (draft.pk, "submitted")
    with pytest.raises(DomainError, match="submitted already"):
        submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=NOW, draft_id=draft.pk, version=2)


def test_a_draft_is_discarded_and_nothing_else_is(cast: Cast) -> None:
    draft = save_draft(deal=a_deal(), actor=cast.actor("seller"), now=NOW)
    discard_draft(draft_id=draft.pk, actor=cast.actor("seller"), now=NOW, version=1)
    assert not Registration.objects.exists()
    registration = submit(cast)
    with pytest.raises(DomainError, match="Only a draft"):
        discard_draft(
            draft_id=registration.pk,
            actor=cast.actor("seller"),
            now=NOW,
            version=registration.version,
        )


def test_a_partner_in_onboarding_cannot_register(cast: Cast) -> None:
    newcomer = make_partner("newcomer", status=PartnerStatus.ONBOARDING)
    registration = submit_registration(deal=a_deal(), actor=cast.actor("manager"), now=NOW, holder_id=newcomer.pk)
    assert (registration.status, codes(registration)) == ("rejected", ["eligibility"])
