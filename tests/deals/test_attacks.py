"""What a rival, or a moment that nobody thought of, tries on the rules: none of it pays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from deals.models import Account, Lead, LeadStatus, NamedAccount, NamedAccountList, Registration
from deals.services.changing import Claim, change_claim
from deals.services.decisions import approve_registration, reject_registration, return_for_information
from deals.services.expiry import Swept, expire_registrations
from deals.services.leads import accept_lead, convert_lead, decline_lead
from deals.services.letters import Upload, upload_letter, verify_letter
from deals.services.merging import merge_accounts
from deals.services.release import release_registration
from deals.services.reversal import reverse_rejection
from deals.services.settling_letters import settle_letters
from deals.services.submission import submit_registration
from prm.errors import DomainError, NotAllowedError
from prm.models import OutboxMessage, Program
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, a_deal, make_account, make_family, make_registration
from tests.factories.leads import make_lead
from tests.factories.partners import end_partnership, make_partner

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def test_a_rival_who_submits_during_the_reservation_does_not_stop_the_leads_registration(cast: Cast) -> None:
    account = make_account("Kivi Oy", domain="kivi.fi")
    lead = make_lead(cast.partner, account=account)
    late = submit_registration(
        deal=a_deal("kivi.fi", company="Kivi Oy"), actor=cast.actor("rival_seller"), now=NOW, wait=True
    )
    assert (late.status, late.findings.get().code) == ("submitted", "rival_pending")
    with pytest.raises(DomainError) as refused:
        approve_registration(
            registration_id=late.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="Why not"
        )
    assert refused.value.code == "rival_pending"

    accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=None)
    made = convert_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW + DAY)

    late.refresh_from_db()
    assert (made.status, made.holder, late.status) == ("approved", cast.partner, "waiting")
    assert Lead.objects.get(pk=lead.pk).status == LeadStatus.CONVERTED


def test_who_submitted_before_the_offer_is_decided_before_the_lead(cast: Cast) -> None:
    """An offer that should not have been made takes nobody's place: by hand, or by a file."""
    lead = make_lead(cast.partner, status="accepted")
    make_registration(
        cast.rival, account=lead.account, family=lead.family, submitted_at=NOW - timedelta(hours=1), place=0
    )
    with pytest.raises(DomainError) as refused:
        convert_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW)
    assert refused.value.code == "rival_pending"


def test_a_lead_is_not_registered_as_a_find_of_ones_own(cast: Cast) -> None:
    """It would earn the role of a deal that the partner has found itself."""
    account = make_account("Kivi Oy", domain="kivi.fi")
    lead = make_lead(cast.partner, account=account)
    elsewhere = make_registration(cast.partner, account=make_account(domain="other.fi"))
    claim = Claim(family=make_family(), website="kivi.fi", company="Kivi Oy", country="FI")
    for act in (
        partial(submit_registration, deal=a_deal("kivi.fi", company="Kivi Oy")),
        partial(change_claim, registration_id=elsewhere.pk, claim=claim, version=None),
    ):
        with pytest.raises(DomainError, match="We sent you this customer for Security as a lead") as refused:
            act(actor=cast.actor("seller"), now=NOW)
        assert refused.value.code == "own_lead"
    assert not Registration.objects.filter(account=account).exists()

    accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=None)
    made = convert_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW)
    assert (made.status, made.origin) == ("approved", "vendor_lead")


def test_who_has_said_no_is_not_asked_again_and_the_lead_comes_back(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    for who in ("seller", "rival_seller"):
        decline_lead(lead_id=lead.pk, actor=cast.actor(who), now=NOW, version=None, reason="No time.")
    lead.refresh_from_db()
    assert (lead.status, lead.partner) == ("returned", None)
    asked = lead.offers.order_by("pk").values_list("partner__code", "answer")
    assert list(asked) == [("northwind", "declined"), ("contoso", "declined")]


def test_a_lead_with_another_partner_does_not_stop_the_customers_choice(cast: Cast) -> None:
    account = make_account("Lumisaari Oy", domain="lumisaari.fi")
    mine = make_registration(cast.partner, account=account)
    lead = make_lead(cast.rival, account=account)
    upload = Upload("letter.pdf", b"%PDF-1.7", "Aino Virta", "aino@lumisaari.fi", date(2026, 11, 20))
    letter = upload_letter(registration_id=mine.pk, upload=upload, actor=cast.actor("seller"), now=NOW)
    verify_letter(letter_id=letter.pk, how="Called.", effective_on=None, actor=cast.actor("manager"), now=NOW)

    assert settle_letters(now=NOW + 20 * DAY) == 1

    mine.refresh_from_db()
    lead.refresh_from_db()
    assert (mine.status, lead.status, lead.partner) == ("approved", "returned", None)
    assert lead.offers.get().answer == "taken_back"


def test_who_waited_180_days_is_not_called_up_by_the_sweep_that_ends_the_wait(cast: Cast) -> None:
    account = make_account()
    make_registration(cast.partner, account=account, status="approved", days_left=0)
    over = make_registration(cast.rival, account=account, status="waiting", due_at=NOW, place=10**6)
    in_time = make_registration(
        make_partner("third"), account=account, status="waiting", due_at=NOW + DAY, place=10**6 + 1
    )

    expire_registrations(now=NOW)

    over.refresh_from_db()
    in_time.refresh_from_db()
    assert (over.status, in_time.status) == ("withdrawn", "submitted")
    assert list(over.events.values_list("to_status", flat=True)) == ["withdrawn"]


def test_a_claim_is_not_changed_to_a_customer_that_was_merged_while_one_waited(cast: Cast) -> None:
    here, there, survivor = make_account(), make_account(), make_account()
    claim = make_registration(cast.partner, account=here)
    seen = Account.objects.get(pk=there.pk)  # as it was when the page was opened
    Account.objects.filter(pk=there.pk).update(merged_into=survivor)

    with pytest.raises(DomainError) as refused:
        change_claim(
            registration_id=claim.pk,
            claim=Claim(family=make_family(), account=seen),
            actor=cast.actor("manager"),
            now=NOW,
            version=None,
        )
    claim.refresh_from_db()
    assert (refused.value.code, claim.account) == ("merged", here)


@pytest.mark.parametrize("act", ["create", "submit a draft"])
def test_a_key_submits_no_stage_that_the_program_does_not_have(cast: Cast, act: str) -> None:
    make_family()
    mine = integrator(partner=cast.partner)
    deal = {"website": "lumisaari.fi", "company": "Lumisaari", "country": "FI", "family": "security", "stage": "signed"}
    if act == "create":
        answer = mine.post("registrations", deal)
    else:
        draft = make_registration(cast.partner, status="draft", website="lumisaari.fi")
        answer = mine.post(f"registrations/{draft.public_id}/submit", {"stage": "signed"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_stage")
    assert not Registration.objects.exclude(status="draft").exists()


def test_the_owner_of_a_named_account_hears_of_it_and_the_partner_reads_no_name(cast: Cast) -> None:
    account = make_account("Kivi Oy", domain="kivi.fi")
    listed = NamedAccountList.objects.create(
        code="global", name="Global 50", policy="review", owner_email="oscar@vendor.example"
    )
    NamedAccount.objects.create(account=account, named_list=listed)
    made = submit_registration(deal=a_deal("kivi.fi", company="Kivi Oy"), actor=cast.actor("seller"), now=NOW)
    letter = OutboxMessage.objects.get(topic="mail", payload__to="oscar@vendor.example").payload
    assert letter["subject"] == f"{made.reference} Kivi Oy, Security"
    assert letter["text"].split("\n\n")[:2] == [
        "Northwind IT registered a named account of yours. Tell the channel manager how partners take part.",
        f"http://127.0.0.1:8000/manage/decisions/{made.public_id}/",
    ]
    assert "oscar" not in made.findings.get().partner_text


def test_web_and_api_share_the_customers_of_a_day_and_nobody_asks_in_bulk(cast: Cast) -> None:
    Program.objects.update(checks_per_day=2)
    family = make_family()
    mine, page = integrator(partner=cast.partner), cast.signed_in("seller")

    def by_key(website: str) -> str:
        return str(mine.post("conflicts-check", {"website": website, "family": family.code}).json()["verdict"])

    def on_the_page(website: str) -> str:
        return page.post("/portal/deals/check/", {"website": website, "family": family.code}).content.decode()

    assert by_key("one.fi") == "available"
    assert "Available" in on_the_page("two.fi")
    assert by_key("three.fi") == "submit_to_learn"
    assert "Submit to learn" in on_the_page("four.fi")
    assert by_key("two.fi") == "available"
    several = [{"website": f"c{number}.fi", "family": family.code} for number in range(2)]
    assert mine.post("conflicts-check", several).status_code == 400
    assert mine.post("conflicts-check", {"website": ["a.fi", "b.fi"], "family": family.code}).status_code == 400


def test_a_name_without_end_is_no_way_to_stop_the_program(cast: Cast) -> None:
    typed = {"website": "lumisaari.fi", "family": make_family().code, "company": "ooo " * 20_000, "country": "x" * 9999}
    answer = cast.signed_in("seller").post("/portal/deals/check/", typed)
    assert (answer.status_code, "Available" in answer.content.decode()) == (200, True)


def test_nobody_but_deciders_decides_whatever_door_they_come_by(cast: Cast) -> None:
    waits = make_registration(cast.partner)
    for who in ("viewer", "finance_person", "seller", "owner", "rival_owner", "former_owner", "stranger"):
        for service, words in (
            (approve_registration, {"reason": "x"}),
            (reject_registration, {"reason": "x"}),
            (return_for_information, {"question": "x"}),
            (reverse_rejection, {"reason": "x"}),
            (release_registration, {"reason": "x"}),
        ):
            with pytest.raises(NotAllowedError):
                service(registration_id=waits.pk, actor=cast.actor(who), now=NOW, version=None, **words)
    waits.refresh_from_db()
    assert (waits.status, waits.version) == ("submitted", 1)


def test_the_key_of_a_partner_that_has_left_opens_nothing(cast: Cast) -> None:
    mine = integrator(partner=cast.partner)
    held = make_registration(cast.partner)
    end_partnership(cast.partner)
    asked = {"website": "lumisaari.fi", "family": held.family.code}
    assert mine.post("conflicts-check", asked).status_code == 403
    assert mine.post("registrations", asked).status_code == 403
    assert mine.post(f"registrations/{held.public_id}/withdraw").status_code == 403
    held.refresh_from_db()
    assert held.status == "submitted"


@pytest.mark.django_db(transaction=True)
def test_the_limit_on_open_registrations_holds_for_deals_that_come_at_once() -> None:
    cast, family, presses = assemble(), make_family(), 6
    cast.tier.live_cap = 2
    cast.tier.save()
    barrier = Barrier(presses)

    def press(number: int) -> str:
        try:
            barrier.wait(timeout=30)
            made = submit_registration(
                deal=a_deal(f"customer{number}.fi", company=f"Customer {number}", family=family),
                actor=cast.actor("seller"),
                now=NOW,
            )
            return made.status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(presses) as pool:
        answers = sorted(future.result(timeout=60) for future in [pool.submit(press, n) for n in range(presses)])
    assert answers == ["rejected"] * 4 + ["submitted"] * 2
    assert Registration.objects.live().filter(holder=cast.partner).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_waits_for_a_merge_goes_on_with_the_survivor() -> None:
    cast, survivor, merged = assemble(), make_account(), make_account()
    make_registration(cast.partner, account=survivor, status="approved", now=NOW)
    over = make_registration(cast.rival, account=merged, status="waiting", due_at=NOW, place=10**6)

    def sweep() -> Swept:
        try:
            return expire_registrations(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merge_accounts(survivor_id=survivor.pk, merged_id=merged.pk, actor=cast.actor("manager"), now=NOW)
            answer = pool.submit(sweep)
            while not is_somebody_waiting() and not answer.done():
                pass
        assert answer.result(timeout=60) == Swept(expired=0, withdrawn=1)
    over.refresh_from_db()
    assert (over.account, over.status) == (survivor, "withdrawn")


def is_somebody_waiting() -> bool:
    """Whether a lock is asked for in vain in this database; a transaction keeps its first look until it is cleared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND pid <> pg_backend_pid())"
        )
        return bool(cursor.fetchone()[0])
