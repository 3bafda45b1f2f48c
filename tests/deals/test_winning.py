"""Won: by whom, in which role, at which terms; late wins, slips that are undone, and what direct sellers get."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from deals.models import (
    AwardExport,
    AwardTerms,
    CoSellAward,
    CoSeller,
    Credit,
    LateWin,
    MrrChange,
    Opportunity,
    Registration,
    RulesOfEngagement,
    Subscription,
)
from deals.queries.references import Reference
from deals.services.awards import export_awards, name_seller, set_award_terms
from deals.services.deciding_wins import accept_late_win, refuse_late_win, undo_win
from deals.services.upserts import upsert_subscription
from deals.services.upserts.keeping import ExternalId
from deals.services.winning import Sale, win_registration
from prm.actors import Actor, ActorKind, Channel
from prm.errors import DomainError, NotAllowedError, constraint_of
from tests.cast import Cast, assemble
from tests.factories.deals import NOW, make_account, make_family, make_product, make_registration, make_subscription

pytestmark = pytest.mark.django_db

CRM = Actor(kind=ActorKind.SYSTEM_KEY, channel=Channel.API, label="CRM")
DAY = date(2026, 12, 1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def sale(**fields: Any) -> Sale:
    return Sale(**{"product": make_product(), "mrr": Decimal(480), "currency": "EUR", "started_on": DAY, **fields})


def win(registration: Registration, actor: Actor, **fields: Any) -> Registration:
    if "subscription" not in fields:
        fields.setdefault("sale", sale())
    return win_registration(registration_id=registration.pk, actor=actor, now=NOW, version=None, **fields)


def upsert(registration: Registration, external_id: str = "s-1", **fields: Any) -> Subscription:
    values = {
        "account": Reference("", str(registration.account.public_id)),  # type: ignore[union-attr]
        "product": make_product().code,
        "currency": "EUR",
        "started_on": DAY,
        "registration": Reference("", str(registration.public_id)),
        **fields,
    }
    done = upsert_subscription(name=ExternalId("billing", external_id), values=values, actor=CRM, now=NOW)
    return Subscription.objects.get(pk=done.pk)


@pytest.mark.parametrize(
    ("origin", "role"), [("partner", "sourced"), ("vendor_lead", "influenced"), ("co_sell", "sourced")]
)
def test_the_origin_decides_the_role(cast: Cast, origin: str, role: str) -> None:
    registration = make_registration(cast.partner, status="approved", origin=origin)
    assert win(registration, CRM).status == "won"
    credit = Credit.objects.get()
    assert (credit.partner, credit.role, credit.share, credit.valid_from) == (cast.partner, role, Decimal(100), DAY)
    assert credit.registration == registration


def test_the_role_is_that_of_the_rules_under_which_it_was_protected(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", origin="vendor_lead")
    RulesOfEngagement.objects.create(
        version=7, effective_from=NOW - timedelta(days=1), settings={"origin_roles": {"vendor_lead": "sourced"}}
    )
    win(registration, CRM)
    assert Credit.objects.get().role == "influenced"
    later = make_registration(cast.rival, status="approved", origin="vendor_lead", decided_at=NOW)
    win(later, CRM, sale=sale())
    assert Credit.objects.get(partner=cast.rival).role == "sourced"


def test_the_same_win_twice_is_one(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    sold = sale()
    first = win(registration, CRM, sale=sold)
    again = win(registration, CRM, sale=sold)
    assert (again.status, again.version) == ("won", first.version)
    assert Subscription.objects.count() == Credit.objects.count() == 1
    subscription = Subscription.objects.get()
    assert win(registration, CRM, subscription=subscription).version == first.version
    with pytest.raises(DomainError) as another:
        win(registration, CRM, sale=sale(started_on=date(2027, 1, 1)))
    assert another.value.code == "wrong_state"


def test_a_subscription_that_names_its_registration_wins_it(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    subscription = upsert(registration)
    registration.refresh_from_db()
    assert (registration.status, subscription.registration) == ("won", registration)
    assert Credit.objects.get().subscription == subscription
    version = registration.version
    upsert(registration)
    registration.refresh_from_db()
    assert (registration.version, Credit.objects.count()) == (version, 1)
    further = upsert(registration, "s-2")
    assert Credit.objects.get(subscription=further).role == "sourced"
    assert registration.events.filter(kind="subscription_added").count() == 1
    upsert(registration, "s-2")
    assert Credit.objects.count() == 2


def test_a_subscription_of_an_undecided_or_lost_deal_is_linked_and_no_more(cast: Cast) -> None:
    for number, status in enumerate(("submitted", "lost", "rejected")):
        registration = make_registration(cast.partner, status=status)
        assert upsert(registration, f"s-{number}").registration == registration
        registration.refresh_from_db()
        assert registration.status == status
    assert not Credit.objects.exists()


def test_a_win_reported_after_the_end_waits_for_a_person_once(cast: Cast) -> None:
    swept = make_registration(cast.partner, status="expired")
    unswept = make_registration(cast.partner, status="approved", days_left=-1)
    for registration in (swept, unswept):
        for _time in range(2):
            assert win(registration, CRM).status == "expired"
        late = LateWin.objects.get(registration=registration)
        assert (late.decision, late.reported_by, late.due_at) == ("", "CRM", datetime(2026, 11, 25, 10, 42, tzinfo=UTC))
    assert not Credit.objects.exists()
    assert not Subscription.objects.exists()
    with pytest.raises(DomainError) as wrong:
        win(make_registration(cast.partner, status="expired"), CRM, sale=None)
    assert wrong.value.code == "subscription_needed"


def test_a_person_lets_a_late_win_count(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="expired", origin="vendor_lead")
    win(registration, CRM, sale=sale(source_system="crm", external_id="o-9"))
    late = LateWin.objects.get()
    for who in ("owner", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            accept_late_win(late_win_id=late.pk, actor=cast.actor(who), now=NOW)
    with pytest.raises(NotAllowedError):
        accept_late_win(late_win_id=late.pk, actor=CRM, now=NOW)
    assert accept_late_win(late_win_id=late.pk, actor=cast.actor("manager"), now=NOW).status == "won"
    late.refresh_from_db()
    assert (late.decision, late.decided_by, late.decided_at) == ("accepted", cast.manager, NOW)
    subscription = Subscription.objects.get()
    assert (subscription.source_system, subscription.external_id, subscription.started_on) == ("crm", "o-9", DAY)
    assert (Credit.objects.get().role, MrrChange.objects.get().mrr) == ("influenced", Decimal(480))
    with pytest.raises(DomainError) as twice:
        accept_late_win(late_win_id=late.pk, actor=cast.actor("manager"), now=NOW)
    assert twice.value.code == "wrong_state"


def test_a_person_refuses_a_late_win_and_repeating_it_opens_nothing(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="expired")
    subscription = upsert(registration)
    late = LateWin.objects.get()
    assert (late.subscription, subscription.registration) == (subscription, registration)
    with pytest.raises(DomainError) as silent:
        refuse_late_win(late_win_id=late.pk, actor=cast.actor("manager"), now=NOW, reason=" ")
    assert silent.value.code == "reason_needed"
    refuse_late_win(late_win_id=late.pk, actor=cast.actor("manager"), now=NOW, reason="Sold by ourselves")
    late.refresh_from_db()
    subscription.refresh_from_db()
    assert (late.decision, late.reason, subscription.registration) == ("refused", "Sold by ourselves", None)
    assert registration.events.get(kind="late_win_refused").reason == "Sold by ourselves"
    upsert(registration)
    assert LateWin.objects.count() == 1
    assert not Credit.objects.exists()


def test_the_ordinary_form_closes_a_late_win_that_waits(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="expired")
    win(registration, CRM)
    assert win(registration, cast.actor("manager")).status == "won"
    assert LateWin.objects.get().decision == "accepted"


def test_a_slip_is_undone_and_can_be_won_again(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=60)
    waiting = make_registration(cast.rival, account=registration.account, status="waiting", place=10**6)
    window = registration.protected
    win(registration, cast.actor("manager"))
    waiting.refresh_from_db()
    assert waiting.status == "submitted"
    undo_win(registration_id=registration.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="Wrong deal")
    registration.refresh_from_db()
    waiting.refresh_from_db()
    assert (registration.status, registration.protected, registration.closed_on) == ("approved", window, None)
    assert waiting.status == "waiting"
    assert not Subscription.objects.exists()
    assert not Credit.objects.exists()
    assert registration.events.order_by("-pk")[0].reason == "Wrong deal"
    assert win(registration, cast.actor("manager")).status == "won"
    assert Subscription.objects.get().external_id == registration.reference


def test_undoing_keeps_what_others_brought(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved")
    subscription = make_subscription(registration.account, product=make_product(), credited=cast.partner)  # type: ignore[arg-type]
    win(registration, CRM, subscription=subscription)
    undo_win(registration_id=registration.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="Slip")
    subscription.refresh_from_db()
    credit = Credit.objects.get()
    assert (subscription.registration, credit.registration, credit.share) == (None, None, Decimal(100))
    other = make_registration(cast.rival, status="approved")
    made = make_subscription(other.account, product=make_product())  # type: ignore[arg-type]
    win(other, CRM, subscription=made)
    undo_win(registration_id=other.pk, actor=cast.actor("manager"), now=NOW, version=None, reason="Slip")
    assert Credit.objects.get(partner=cast.rival).share == 0
    win(other, CRM, subscription=made)
    assert Credit.objects.get(partner=cast.rival).share == 100


def test_undoing_is_refused_where_it_would_break_something(cast: Cast) -> None:
    manager = cast.actor("manager")
    brought = make_registration(cast.partner, status="won")
    with pytest.raises(DomainError) as foreign:
        undo_win(registration_id=brought.pk, actor=manager, now=NOW, version=None, reason="Slip")
    assert foreign.value.code == "wrong_state"
    registration = make_registration(cast.partner, status="approved")
    win(registration, manager)
    with pytest.raises(DomainError) as silent:
        undo_win(registration_id=registration.pk, actor=manager, now=NOW, version=None, reason="")
    assert silent.value.code == "reason_needed"
    for who in ("owner", "viewer", "finance_person"):
        with pytest.raises(NotAllowedError):
            undo_win(registration_id=registration.pk, actor=cast.actor(who), now=NOW, version=None, reason="x")
    make_registration(cast.rival, account=registration.account, status="approved")
    with pytest.raises(DomainError) as held:
        undo_win(registration_id=registration.pk, actor=manager, now=NOW, version=None, reason="Slip")
    assert held.value.code == "protected"
    registration.refresh_from_db()
    assert (registration.status, Credit.objects.get().share) == ("won", Decimal(100))


def test_undoing_after_the_window_leaves_it_expired(cast: Cast) -> None:
    registration = make_registration(cast.partner, status="approved", days_left=5)
    win(registration, cast.actor("manager"))
    later = NOW + timedelta(days=6)
    undo_win(registration_id=registration.pk, actor=cast.actor("manager"), now=later, version=None, reason="Slip")
    registration.refresh_from_db()
    assert registration.status == "expired"


def terms(cast: Cast, value: str = "10", basis: str = "percent", currency: str = "", **fields: Any) -> AwardTerms:
    fields = {"family": None, "valid_from": date(2026, 1, 1), **fields}
    return set_award_terms(
        basis=basis, value=Decimal(value), currency=currency, actor=cast.actor("finance_person"), now=NOW, **fields
    )


def co_sold(cast: Cast, **fields: Any) -> Registration:
    registration = make_registration(cast.partner, status="approved", **fields)
    return name_seller(
        registration_id=registration.pk,
        name="Ines Duarte",
        email="ines@vendor.example",
        actor=cast.actor("manager"),
        now=NOW,
        version=None,
    )


def test_winning_writes_the_award_of_the_seller_that_the_deal_carries(cast: Cast) -> None:
    terms(cast)
    registration = co_sold(cast)
    assert registration.origin == "co_sell"
    win(registration, CRM, sale=sale(mrr=Decimal("480.55")))
    award = CoSellAward.objects.get()
    assert (award.seller_name, award.seller_email, award.earned_on) == (
        "Ines Duarte",
        "ines@vendor.example",
        NOW.date(),
    )
    assert (award.amount, award.currency, award.mrr, award.export) == (Decimal("48.06"), "EUR", Decimal("480.55"), None)
    assert Credit.objects.get().role == "sourced"


def test_a_co_sell_deal_without_a_name_takes_the_seller_of_the_crm(cast: Cast) -> None:
    terms(cast, "250", "amount", "EUR")
    registration = make_registration(cast.partner, status="approved", origin="co_sell")
    common = {"account": registration.account, "opened_at": NOW - timedelta(days=9)}
    Opportunity.objects.create(
        external_id="o-0", family=make_family("backup"), owner_email="no@vendor.example", **common
    )
    Opportunity.objects.create(external_id="o-1", owner_email="ines@vendor.example", seller_name="Ines", **common)
    win(registration, CRM)
    award = CoSellAward.objects.get()
    assert (award.seller_name, award.amount, award.currency) == ("Ines", Decimal(250), "EUR")
    assert CoSeller.objects.get().opportunity.external_id == "o-1"  # type: ignore[union-attr]


def test_a_deal_of_the_partner_alone_brings_nobody_an_award(cast: Cast) -> None:
    terms(cast)
    account = make_account()
    registration = make_registration(cast.partner, account=account, status="approved")
    Opportunity.objects.create(external_id="o-1", account=account, opened_at=NOW, owner_email="ines@vendor.example")
    win(registration, CRM)
    assert not CoSellAward.objects.exists()


def test_a_seller_named_after_the_win_gets_the_award_then(cast: Cast) -> None:
    terms(cast)
    registration = make_registration(cast.partner, status="approved", origin="co_sell")
    win(registration, CRM)
    assert not CoSellAward.objects.exists()
    manager = cast.actor("manager")
    named = {"registration_id": registration.pk, "email": "ines@vendor.example", "now": NOW, "version": None}
    name_seller(name="Ines", actor=manager, **named)  # type: ignore[arg-type]
    assert CoSellAward.objects.get().amount == Decimal(48)
    name_seller(name="Ines Duarte", actor=manager, **named)  # type: ignore[arg-type]
    assert CoSellAward.objects.get().seller_name == "Ines Duarte"
    export_awards(actor=cast.actor("finance_person"), now=NOW)
    with pytest.raises(DomainError) as kept:
        name_seller(name="Else", actor=manager, **named)  # type: ignore[arg-type]
    assert kept.value.code == "award_is_kept"
    alone = make_registration(cast.partner, status="won")
    with pytest.raises(DomainError) as late:
        name_seller(name="Ines", actor=manager, **{**named, "registration_id": alone.pk})  # type: ignore[arg-type]
    assert late.value.code == "wrong_state"


def test_terms_of_the_day_and_of_the_family_count(cast: Cast) -> None:
    family = make_family("backup")
    old = terms(cast, "10")
    new = terms(cast, "20", valid_from=date(2026, 11, 1))
    special = terms(cast, "100", "amount", "USD", family=family, valid_from=date(2026, 11, 1))
    old.refresh_from_db()
    assert old.valid_until == date(2026, 11, 1)
    win(co_sold(cast), CRM)
    win(co_sold(cast, family=family), CRM, sale=sale(product=make_product(family=family)))
    first, second = CoSellAward.objects.order_by("number")
    assert (first.terms, first.amount, first.currency) == (new, Decimal(96), "EUR")
    assert (second.terms, second.amount, second.currency) == (special, Decimal(100), "USD")
    with pytest.raises(DomainError) as overlap:
        terms(cast, "30", valid_from=date(2026, 11, 1))
    assert overlap.value.code == "award_terms_no_overlap"
    with pytest.raises(DomainError) as nothing:
        terms(cast, "0", valid_from=date(2027, 11, 1))
    assert nothing.value.code == "award_terms_complete"
    with pytest.raises(NotAllowedError):
        set_award_terms(
            family=None,
            basis="percent",
            value=Decimal(1),
            currency="",
            valid_from=DAY,
            actor=cast.actor("manager"),
            now=NOW,
        )


def test_each_award_goes_to_payroll_exactly_once(cast: Cast) -> None:
    win(co_sold(cast), CRM)
    with pytest.raises(DomainError) as nothing:
        export_awards(actor=cast.actor("finance_person"), now=NOW)
    assert nothing.value.code == "nothing_to_export"
    terms(cast)
    win(co_sold(cast), CRM, sale=sale(mrr=Decimal(100)))
    first = export_awards(actor=cast.actor("finance_person"), now=NOW)
    assert (first.number, first.count) == (1, 2)
    assert list(first.awards.order_by("number").values_list("amount", flat=True)) == [Decimal(48), Decimal(10)]
    with pytest.raises(DomainError):
        export_awards(actor=cast.actor("finance_person"), now=NOW)
    win(co_sold(cast), CRM, sale=sale(mrr=Decimal(70)))
    second = export_awards(actor=CRM, now=NOW)
    assert (second.number, second.count) == (2, 1)
    for who in ("manager", "viewer", "owner"):
        with pytest.raises(NotAllowedError):
            export_awards(actor=cast.actor(who), now=NOW)


def test_an_award_without_revenue_waits_for_the_next_file(cast: Cast) -> None:
    terms(cast)
    registration = co_sold(cast)
    subscription = upsert(registration)
    assert CoSellAward.objects.get().amount is None
    with pytest.raises(DomainError):
        export_awards(actor=CRM, now=NOW)
    MrrChange.objects.create(subscription=subscription, effective_on=DAY, mrr=Decimal(300))
    export_awards(actor=CRM, now=NOW)
    assert CoSellAward.objects.get().amount == Decimal(30)


def test_what_payroll_has_got_stays(cast: Cast) -> None:
    terms(cast)
    win(co_sold(cast), CRM)
    export = export_awards(actor=CRM, now=NOW)
    award = CoSellAward.objects.get()
    for change in ({"amount": 1}, {"export": None}, {"seller_email": "x@y.example"}, {"voided_at": NOW}):
        with pytest.raises(IntegrityError) as kept, transaction.atomic():
            CoSellAward.objects.filter(pk=award.pk).update(**change)
        assert constraint_of(kept.value) == "award_is_kept"
    with pytest.raises(IntegrityError), transaction.atomic():
        CoSellAward.objects.filter(pk=award.pk)._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        AwardExport.objects.filter(pk=export.pk).update(count=5)


def test_undoing_a_win_voids_the_award_or_takes_it_back_through_payroll(cast: Cast) -> None:
    terms(cast)
    manager = cast.actor("manager")
    first, second = co_sold(cast), co_sold(cast)
    win(first, manager)
    undo_win(registration_id=first.pk, actor=manager, now=NOW, version=None, reason="Slip")
    assert (CoSellAward.objects.get().voided_at, CoSellAward.objects.get().export) == (NOW, None)
    win(second, manager)
    export_awards(actor=CRM, now=NOW)
    undo_win(registration_id=second.pk, actor=manager, now=NOW, version=None, reason="Slip")
    reversal = CoSellAward.objects.get(reverses__isnull=False)
    assert (reversal.amount, reversal.currency, reversal.reverses.registration) == (Decimal(-48), "EUR", second)  # type: ignore[union-attr]
    taken = export_awards(actor=CRM, now=NOW)
    assert list(taken.awards.all()) == [reversal]
    win(second, manager)
    assert CoSellAward.objects.filter(registration=second).count() == 3
