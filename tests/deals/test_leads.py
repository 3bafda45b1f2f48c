"""Leads: who is offered one, the clock, the answer, the way on, and one click to a registration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from deals.models import Lead, LeadOffer, LeadSkip, NamedAccount, Registration
from deals.queries.reservations import Reservation, reserved_for
from deals.services.decisions import approve_registration
from deals.services.leads import (
    NewLead,
    accept_lead,
    add_lead,
    close_lead,
    convert_lead,
    decline_lead,
    hand_over,
    offer_again,
    sweep_leads,
    take_back,
)
from partners.models import Activity, Certification, Partner, Territory
from prm.actors import OPERATOR
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, make_account, make_family, make_registration
from tests.factories.leads import make_lead
from tests.factories.partners import assign_tier, make_membership, make_partner, make_tier, make_user

pytestmark = pytest.mark.django_db

DUE = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
"""Eight business hours after Monday 10:42."""


@pytest.fixture
def cast() -> Cast:
    return assemble()


def new(**fields: object) -> NewLead:
    values: dict[str, object] = {"family": make_family(), "website": "kivi.fi", "company": "Kivi Oy", "country": "FI"}
    return NewLead(**{**values, **fields})  # type: ignore[arg-type]


def holders(lead: Lead) -> list[str]:
    return list(lead.offers.order_by("pk").values_list("partner__code", flat=True))


def test_a_new_lead_is_offered_at_once_with_a_clock_in_business_hours(cast: Cast) -> None:
    lead = add_lead(
        new=new(expected_mrr=Decimal(500), currency="EUR", source="Fair", contact="Aino Kivi"),
        actor=cast.actor("manager"),
        now=NOW,
    )
    offer = lead.offers.get()
    assert (lead.status, lead.partner_id, lead.offered_at) == ("offered", cast.partner.pk, NOW)
    assert (offer.due_at, offer.answer, offer.released_at, offer.by_hand) == (DUE, "", None, False)
    assert offer.standing == {
        "territory": 0,
        "tier": 1,
        "certified": False,
        "load": 0,
        "limit": 10,
        "candidates": 2,
        "equals": 2,
        "had_offers": False,
        "rules": offer.standing["rules"],
        "place": offer.standing["place"],
    }
    assert reserved_for(account_id=lead.account_id, family_id=lead.family_id, now=NOW) == Reservation(
        cast.partner.pk, "Northwind IT", NOW, DUE
    )
    assert list(AuditEvent.objects.filter(action__startswith="lead.").values_list("action", flat=True)) == [
        "lead.added",
        "lead.offered",
    ]
    told = OutboxMessage.objects.filter(topic="mail").order_by("pk")
    assert sorted(message.payload["to"] for message in told) == ["jere@northwind.example", "sanna@northwind.example"]
    assert told[0].payload["subject"].startswith("A lead for you: Kivi Oy, answer by 24 November 2026")


def test_equals_take_turns(cast: Cast) -> None:
    third = make_partner("tailspin")
    assign_tier(third, cast.tier)
    given = []
    for number in range(7):
        lead = add_lead(new=new(website=f"kivi{number}.fi", company=f"Kivi {number}"), actor=OPERATOR, now=NOW)
        given.append(lead.offers.get().partner.code)
    assert given == ["northwind", "contoso", "tailspin"] * 2 + ["northwind"]


def test_territory_tier_and_certification_come_before_turns(cast: Cast) -> None:
    gold = make_tier("gold", rank=2)
    high = make_partner("high")
    assign_tier(high, gold)
    assert add_lead(new=new(website="aa.fi", company="Aava"), actor=OPERATOR, now=NOW).partner_id == high.pk
    Territory.objects.create(partner=cast.rival, country="FI")
    assert add_lead(new=new(website="bb.fi", company="Betoni"), actor=OPERATOR, now=NOW).partner_id == cast.rival.pk
    both = make_partner("both")
    Territory.objects.create(partner=both, country="FI", segment="mid")
    closest = add_lead(new=new(website="cc.fi", company="Ceramo", segment="mid"), actor=OPERATOR, now=NOW)
    assert closest.partner_id == both.pk
    certified = make_partner("certified")
    assign_tier(certified, gold)
    expert = make_user()
    make_membership(expert, certified)
    Certification.objects.create(user=expert, certification="Security", valid_from=date(2026, 1, 1))
    assert add_lead(new=new(website="dd.se", company="Dalen", country="SE"), actor=OPERATOR, now=NOW).partner_id == (
        certified.pk
    )


def test_who_sells_elsewhere_or_is_not_active_is_no_candidate(cast: Cast) -> None:
    Territory.objects.create(partner=cast.partner, country="SE")
    Partner.objects.filter(pk=cast.rival.pk).update(status="suspended")
    lead = add_lead(new=new(), actor=OPERATOR, now=NOW)
    assert (lead.status, lead.partner_id) == ("returned", None)
    assert lead.reason == "No active partner sells in this customer’s territory."


def test_a_partner_for_whom_the_rules_block_is_passed_over_with_the_reason(cast: Cast) -> None:
    cast.tier.live_cap = 1
    cast.tier.save()
    held = make_registration(cast.partner, status="approved")
    lead = add_lead(new=new(), actor=OPERATOR, now=NOW)
    assert lead.partner_id == cast.rival.pk
    skip = LeadSkip.objects.get()
    assert (skip.partner, skip.code, skip.evidence) == (cast.partner, "live_cap", {"count": 1, "cap": 1})
    assert held.holder == cast.partner


def test_whoever_holds_as_many_open_leads_as_allowed_is_passed_over(cast: Cast) -> None:
    Territory.objects.create(partner=cast.partner, country="FI")
    for _number in range(10):
        make_lead(cast.partner)
    lead = add_lead(new=new(), actor=OPERATOR, now=NOW)
    assert lead.partner_id == cast.rival.pk
    assert (LeadSkip.objects.get().code, LeadSkip.objects.get().evidence) == ("lead_limit", {"load": 10, "limit": 10})
    LeadOffer.objects.filter(partner=cast.partner).order_by("pk").last().delete()  # type: ignore[union-attr]
    assert add_lead(new=new(website="suo.fi", company="Suo"), actor=OPERATOR, now=NOW).partner_id == cast.partner.pk


def test_a_protected_customer_goes_to_nobody_and_comes_back_with_the_reasons(cast: Cast) -> None:
    account, family = make_account("Kivi Oy", domain="kivi.fi"), make_family()
    make_registration(cast.rival, account=account, family=family, status="approved")
    lead = add_lead(new=new(family=family, manager_email="ann@vendor.example"), actor=OPERATOR, now=NOW)
    assert lead.status == "returned"
    assert lead.reason == (
        "Nobody is left to offer it to.\n"
        "Contoso Cloud: The partner already has it\n"
        "Northwind IT: Protected for another partner"
    )
    assert list(OutboxMessage.objects.filter(topic="mail").values_list("payload__to", "payload__subject")) == [
        ("ann@vendor.example", "The lead Kivi Oy is back with us")
    ]


def test_a_second_lead_on_the_same_customer_and_family_waits_with_us(cast: Cast) -> None:
    first = add_lead(new=new(), actor=OPERATOR, now=NOW)
    second = add_lead(new=new(), actor=OPERATOR, now=NOW)
    assert (first.status, second.status) == ("offered", "returned")
    assert second.reason == "Another lead on this customer and family is with Northwind IT."


def test_an_earlier_undecided_submission_keeps_leads_away(cast: Cast) -> None:
    account, family = make_account("Kivi Oy", domain="kivi.fi"), make_family()
    make_registration(cast.rival, account=account, family=family)
    lead = add_lead(new=new(family=family), actor=OPERATOR, now=NOW)
    assert lead.status == "returned"
    assert set(lead.skips.values_list("partner__code", "code")) == {
        ("northwind", "rival_pending"),
        ("contoso", "own_duplicate"),
    }


def test_accepting_keeps_the_reservation_and_counts_as_activity(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    accepted = accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=lead.version)
    offer = lead.offers.get()
    assert (accepted.status, accepted.answered_at) == ("accepted", NOW)
    assert (offer.answer, offer.answered_by, offer.released_at) == ("accepted", cast.seller, None)
    assert offer.register_by == datetime(2026, 12, 7, 10, 42, tzinfo=UTC)
    assert Activity.objects.get(kind="lead_accepted").partner == cast.partner
    held = reserved_for(account_id=lead.account_id, family_id=lead.family_id, now=NOW)
    assert held == Reservation(cast.partner.pk, "Northwind IT", NOW - timedelta(minutes=1), offer.register_by)
    again = accept_lead(lead_id=lead.pk, actor=cast.actor("owner"), now=NOW, version=lead.version)
    assert (again.pk, again.version) == (accepted.pk, accepted.version)


@pytest.mark.parametrize("who", ["rival_seller", "finance", "marketing", "manager", "stranger"])
def test_nobody_else_answers(cast: Cast, who: str) -> None:
    lead = make_lead(cast.partner)
    for act in (accept_lead, convert_lead):
        with pytest.raises(NotAllowedError):
            act(lead_id=lead.pk, actor=cast.actor(who), now=NOW, version=lead.version)
    with pytest.raises(NotAllowedError):
        decline_lead(lead_id=lead.pk, actor=cast.actor(who), now=NOW, version=lead.version, reason="No")
    lead.refresh_from_db()
    assert lead.status == "offered"


def test_an_answer_after_the_time_is_none(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    due = lead.offers.get().due_at
    with pytest.raises(DomainError) as late:
        accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=due, version=lead.version)
    assert late.value.code == "offer_over"
    in_time = due - timedelta(microseconds=1)
    assert accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=in_time, version=None).status == "accepted"


def test_a_stale_answer_and_a_suspended_partner_are_refused(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    with pytest.raises(StaleError):
        accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=lead.version + 1)
    Partner.objects.filter(pk=cast.partner.pk).update(status="suspended")
    with pytest.raises(DomainError) as inactive:
        accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=lead.version)
    assert inactive.value.code == "eligibility"


def test_a_no_needs_a_reason_and_goes_to_the_next_at_once(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    with pytest.raises(DomainError) as silent:
        decline_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=lead.version, reason=" ")
    assert silent.value.code == "reason_needed"
    decline_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=lead.version, reason="No capacity")
    lead.refresh_from_db()
    assert (lead.status, lead.partner_id) == ("offered", cast.rival.pk)
    first, second = lead.offers.order_by("pk")
    assert (first.answer, first.reason, first.released_at) == ("declined", "No capacity", NOW)
    assert (second.partner, second.answer) == (cast.rival, "")
    decline_lead(lead_id=lead.pk, actor=cast.actor("rival_seller"), now=NOW, version=lead.version, reason="Too small")
    lead.refresh_from_db()
    assert lead.status == "returned"
    assert lead.reason == (
        "Nobody is left to offer it to.\nNorthwind IT: Declined: No capacity\nContoso Cloud: Declined: Too small"
    )
    assert reserved_for(account_id=lead.account_id, family_id=lead.family_id, now=NOW) is None


def test_the_sweep_passes_on_what_was_not_answered_and_is_safe_to_run_twice(cast: Cast) -> None:
    lead = add_lead(new=new(), actor=OPERATOR, now=NOW)
    early = sweep_leads(now=DUE - timedelta(seconds=1))
    assert (early.lapsed, early.offered, early.returned) == (0, 0, 0)
    swept = sweep_leads(now=DUE)
    assert (swept.lapsed, swept.offered, swept.returned) == (1, 0, 0)
    lead.refresh_from_db()
    assert holders(lead) == ["northwind", "contoso"]
    assert (lead.status, lead.partner_id) == ("offered", cast.rival.pk)
    again = sweep_leads(now=DUE)
    assert (again.lapsed, again.offered, again.returned) == (0, 0, 0)
    assert lead.offers.count() == 2
    with pytest.raises(NotAllowedError):
        accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=DUE, version=None)


def test_the_sweep_offers_what_a_file_brought_and_takes_back_what_nobody_registered(cast: Cast) -> None:
    fresh = make_lead(source_system="csv", external_id="l-1")
    accepted = make_lead(cast.partner, status="accepted")
    late = NOW + timedelta(days=15)
    swept = sweep_leads(now=late)
    assert (swept.lapsed, swept.offered, swept.returned) == (0, 1, 1)
    fresh.refresh_from_db()
    accepted.refresh_from_db()
    assert fresh.status == "offered"
    assert (accepted.status, accepted.partner, accepted.reason) == (
        "returned",
        None,
        "Northwind IT accepted it and did not register it in time.",
    )
    assert accepted.offers.get().released_at == late
    again = sweep_leads(now=late)
    assert (again.lapsed, again.offered, again.returned) == (0, 0, 0)


def test_one_click_makes_an_approved_registration(cast: Cast) -> None:
    account = make_account("Kivi Oy", domain="kivi.fi")
    lead = make_lead(
        cast.partner, account=account, status="accepted", expected_mrr=Decimal(500), currency="EUR", contact="Aino"
    )
    made = convert_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW)
    lead.refresh_from_db()
    row = Registration.objects.get(pk=made.pk)
    assert (row.status, row.origin, row.holder, row.account) == ("approved", "vendor_lead", cast.partner, account)
    assert (row.company, row.website, row.contact, row.expected_mrr) == ("Kivi Oy", "kivi.fi", "Aino", Decimal(500))
    assert row.protected is not None
    assert (row.protected.lower, row.protected.upper) == (NOW, NOW + timedelta(days=90))
    assert (row.protected_tier, row.place is not None, row.submitted_by) == (cast.tier, True, cast.seller)
    assert list(row.events.order_by("pk").values_list("kind", "actor")) == [
        ("submitted", "Jere Salmi"),
        ("approved", "rule"),
    ]
    assert (lead.status, lead.registration_id) == ("converted", row.pk)
    assert lead.offers.get().released_at == NOW
    assert reserved_for(account_id=account.pk, family_id=lead.family_id, now=NOW) is None
    again = convert_lead(lead_id=lead.pk, actor=cast.actor("owner"), now=NOW)
    assert again.pk == row.pk
    assert Registration.objects.count() == 1


def test_only_an_accepted_lead_is_registered_and_an_inactive_partner_registers_nothing(cast: Cast) -> None:
    offered, accepted = make_lead(cast.partner), make_lead(cast.partner, status="accepted")
    with pytest.raises(DomainError) as early:
        convert_lead(lead_id=offered.pk, actor=cast.actor("seller"), now=NOW)
    assert early.value.code == "wrong_state"
    Partner.objects.filter(pk=cast.partner.pk).update(status="suspended")
    with pytest.raises(DomainError) as inactive:
        convert_lead(lead_id=accepted.pk, actor=cast.actor("seller"), now=NOW)
    assert inactive.value.code == "eligibility"
    assert Registration.objects.count() == 0


def test_a_block_that_was_settled_with_the_offer_does_not_meet_the_partner_again(cast: Cast) -> None:
    account = make_account("Kivi Oy", domain="kivi.fi")
    NamedAccount.objects.create(account=account, policy="block", owner_email="ann@vendor.example")
    lead = add_lead(new=new(), actor=OPERATOR, now=NOW)
    assert lead.status == "returned"
    with pytest.raises(DomainError) as silent:
        hand_over(lead_id=lead.pk, partner_id=cast.partner.pk, actor=cast.actor("manager"), now=NOW, version=None)
    assert silent.value.code == "reason_needed"
    hand_over(
        lead_id=lead.pk,
        partner_id=cast.partner.pk,
        actor=cast.actor("manager"),
        now=NOW,
        version=None,
        reason="Ann agreed",
    )
    offer = lead.offers.get()
    assert (offer.by_hand, offer.offered_by) == (True, cast.manager)
    assert offer.standing == {"reason": "Ann agreed", "set_aside": ["named_account"], "place": offer.standing["place"]}
    accept_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=None)
    made = convert_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW)
    assert made.status == "approved"
    assert list(made.findings.values_list("code", flat=True)) == ["named_account"]


def test_by_hand_nobody_gets_what_nobody_may_set_aside(cast: Cast) -> None:
    account, family = make_account("Kivi Oy", domain="kivi.fi"), make_family()
    make_registration(cast.rival, account=account, family=family, status="approved")
    lead = make_lead(account=account, family=family)
    with pytest.raises(DomainError) as held:
        hand_over(
            lead_id=lead.pk, partner_id=cast.partner.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="x"
        )
    assert held.value.code == "protected"
    for who in ("viewer", "finance_person", "owner"):
        with pytest.raises(NotAllowedError):
            hand_over(lead_id=lead.pk, partner_id=cast.partner.pk, actor=cast.actor(who), now=NOW, version=None)


def test_a_manager_takes_back_offers_again_and_closes(cast: Cast) -> None:
    lead = make_lead(cast.partner, status="accepted")
    manager = cast.actor("manager")
    take_back(lead_id=lead.pk, actor=manager, now=NOW, version=lead.version, reason="Wrong partner")
    lead.refresh_from_db()
    assert (lead.status, lead.partner, lead.reason) == ("returned", None, "Wrong partner")
    offer = lead.offers.get()
    assert (offer.answer, offer.released_at) == ("accepted", NOW)
    offer_again(lead_id=lead.pk, actor=manager, now=NOW, version=None)
    lead.refresh_from_db()
    assert (lead.status, lead.partner) == ("offered", cast.rival)
    with pytest.raises(DomainError):
        offer_again(lead_id=lead.pk, actor=manager, now=NOW, version=None)
    close_lead(lead_id=lead.pk, actor=manager, now=NOW, version=None, reason="Bankrupt")
    lead.refresh_from_db()
    assert (lead.status, lead.partner, lead.reason) == ("closed", None, "Bankrupt")
    assert [o.answer for o in lead.offers.order_by("pk")] == ["accepted", "taken_back"]
    with pytest.raises(DomainError) as silent:
        close_lead(lead_id=make_lead().pk, actor=manager, now=NOW, version=None, reason="")
    assert silent.value.code == "reason_needed"


def test_a_reservation_keeps_others_from_being_approved_and_the_database_says_so(cast: Cast) -> None:
    lead = make_lead(cast.partner, status="accepted")
    rival = make_registration(cast.rival, account=lead.account, family=lead.family)
    with pytest.raises(DomainError) as reserved:
        approve_registration(registration_id=rival.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="x")
    assert reserved.value.code == "rival_pending"
    with pytest.raises(IntegrityError) as refused_by, transaction.atomic():
        make_registration(cast.rival, account=lead.account, family=lead.family, status="approved", source_system="crm")
    assert constraint_of(refused_by.value) == "registration_meets_lead_offer"
    window = TimestamptzRange(NOW, NOW + timedelta(days=90))
    with pytest.raises(IntegrityError) as by_hand, transaction.atomic():
        Registration.objects.filter(pk=rival.pk).update(status="approved", protected=window)
    assert constraint_of(by_hand.value) == "registration_meets_lead_offer"
    take_back(lead_id=lead.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="Rival was first")
    approve_registration(registration_id=rival.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="x")
    with pytest.raises(IntegrityError) as protected, transaction.atomic():
        make_lead(cast.partner, account=lead.account, family=lead.family)
    assert constraint_of(protected.value) == "lead_offer_meets_protection"


def test_one_reservation_per_customer_and_family_and_one_partner_per_lead(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    with pytest.raises(IntegrityError) as twice, transaction.atomic():
        make_lead(cast.rival, account=lead.account, family=lead.family)
    assert constraint_of(twice.value) == "lead_offer_reserves"
    other = make_account("Other Oy")
    with pytest.raises(IntegrityError) as two, transaction.atomic():
        LeadOffer.objects.create(
            lead=lead, account=other, family=lead.family, partner=cast.rival, offered_at=NOW, due_at=DUE
        )
    assert constraint_of(two.value) == "lead_offered_once"
    assert make_lead(cast.rival, account=lead.account, family=make_family("backup")).status == "offered"


def test_an_answer_stays_as_it_was_given(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    decline_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=None, reason="No capacity")
    first = lead.offers.order_by("pk")[:1].get()
    for change in ({"answer": "accepted"}, {"reason": ""}, {"answered_at": DUE}, {"due_at": DUE + timedelta(1)}):
        with pytest.raises(IntegrityError) as kept, transaction.atomic():
            LeadOffer.objects.filter(pk=first.pk).update(**change)
        assert constraint_of(kept.value) == "lead_offer_answer_stays"


def test_a_lead_belongs_to_its_partner_alone(cast: Cast) -> None:
    lead = make_lead(cast.partner)
    assert list(Lead.objects.visible_to(cast.actor("owner"))) == [lead]
    assert list(Lead.objects.visible_to(cast.actor("manager"))) == [lead]
    for who in ("rival_owner", "stranger"):
        assert not Lead.objects.visible_to(cast.actor(who)).exists()
    decline_lead(lead_id=lead.pk, actor=cast.actor("seller"), now=NOW, version=None, reason="No")
    assert not Lead.objects.visible_to(cast.actor("owner")).exists()
    assert list(Lead.objects.visible_to(cast.actor("rival_owner"))) == [lead]


def test_the_segment_of_a_lead_completes_our_own_prospect_and_no_record_of_the_crm(cast: Cast) -> None:
    ours = add_lead(new=new(segment="mid"), actor=OPERATOR, now=NOW)
    assert (ours.account.is_prospect, ours.account.segment, ours.account.country) == (True, "mid", "FI")
    theirs = make_account("Suo Oy", domain="suo.fi")
    lead = add_lead(new=new(account=theirs, segment="mid"), actor=OPERATOR, now=NOW)
    theirs.refresh_from_db()
    assert (lead.account, lead.segment, theirs.segment) == (theirs, "mid", "")
