"""Two customers made one, and taken apart again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from commissions.models import ChangedFact
from deals.models import (
    Account,
    AccountCandidate,
    AccountDomain,
    AccountMerge,
    AccountMove,
    NamedAccount,
    Registration,
    RegistrationEvent,
    Subscription,
)
from deals.policy.merging import Claim, Collision, CollisionKind, collisions_of, superseded, undecided
from deals.queries.accounts import account_of_domain
from deals.queries.merging import preview_of, references
from deals.queries.similar import lookalikes_of
from deals.services.accounts import resolve_account
from deals.services.candidates import compare_waiting, keep_apart
from deals.services.merging import merge_accounts, undo_merge
from prm.actors import Actor, ActorKind, Channel
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent, OutboxMessage
from tests.cast import Cast, assemble
from tests.factories.deals import (
    NOW,
    make_account,
    make_family,
    make_opportunity,
    make_product,
    make_registration,
    make_subscription,
)

CRM = Actor(kind=ActorKind.SYSTEM_KEY, channel=Channel.API, label="CRM")
LATER = NOW + timedelta(days=3)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def two() -> tuple[Account, Account]:
    """Return a customer, and the record of it that somebody else made."""
    kept = make_account("Narew Foods", domain="narew.pl", country="PL", source_system="crm", external_id="a-1")
    other = make_account(
        "Mleczarnia Narew", domain="narew-mleko.pl", country="PL", source_system="crm", external_id="a-2"
    )
    return kept, other


def merge(cast: Cast, two: tuple[Account, Account], **values: Any) -> AccountMerge:
    return merge_accounts(survivor_id=two[0].pk, merged_id=two[1].pk, actor=cast.actor("manager"), now=NOW, **values)


def test_everything_moves_and_every_row_is_listed(cast: Cast, two: tuple[Account, Account]) -> None:
    kept, other = two
    registration = make_registration(cast.partner, account=other)
    subscription = make_subscription(other, credited=cast.partner)
    opportunity = make_opportunity(other)
    named = NamedAccount.objects.create(account=other, policy="review", owner_email="kam@vendor.example")
    child = make_account("Narew Logistics", country="PL", parent=other)
    ChangedFact.objects.all().delete()
    done = merge(cast, two, reason="Same register number")
    for row in (registration, subscription, opportunity, named):
        row.refresh_from_db()
        assert row.account_id == kept.pk
    child.refresh_from_db()
    other.refresh_from_db()
    assert (child.parent_id, other.merged_into_id) == (kept.pk, kept.pk)
    assert list(AccountDomain.objects.order_by("domain").values_list("domain", "account")) == [
        ("narew-mleko.pl", kept.pk),
        ("narew.pl", kept.pk),
    ]
    assert {(move.row_type, move.row_key) for move in done.moves.all()} == {
        ("deals.registration", str(registration.pk)),
        ("deals.subscription", str(subscription.pk)),
        ("deals.opportunity", str(opportunity.pk)),
        ("deals.namedaccount", str(named.pk)),
        ("deals.accountdomain", "narew-mleko.pl"),
        ("deals.account", str(child.pk)),
        ("deals.account", str(other.pk)),
    }
    assert subscription.version == 2
    # Who the customer is matters to no commission: nothing has to be computed again.
    assert ChangedFact.objects.count() == 0
    event = AuditEvent.objects.get(action="account.merged")
    assert (event.object_id, event.reason) == (kept.pk, "Same register number")
    assert event.data == {"survivor": kept.pk, "merged": other.pk, "rows": 7}
    assert OutboxMessage.objects.get(topic="account.merged").payload["survivor"] == str(kept.public_id)


def test_no_table_that_points_at_a_customer_is_forgotten() -> None:
    assert [(model._meta.label_lower, column.name) for model, column in references()] == [
        ("deals.accountdomain", "account"),
        ("deals.lead", "account"),
        ("deals.leadoffer", "account"),
        ("deals.namedaccount", "account"),
        ("deals.opportunity", "account"),
        ("deals.registration", "account"),
        ("deals.subscription", "account"),
        ("deals.tender", "account"),
    ]


def test_both_names_lead_to_the_survivor(cast: Cast, two: tuple[Account, Account]) -> None:
    kept, other = two
    merge(cast, two)
    assert account_of_domain("narew-mleko.pl") == kept
    typed: dict[str, Any] = {"country": "PL", "actor": cast.actor("seller"), "now": LATER}
    assert resolve_account(website="narew-mleko.pl", name="", **typed).account == kept
    found = resolve_account(website="", name=other.name, **typed)
    assert (found.account, found.is_new) == (kept, False)
    assert [one.account_id for one in lookalikes_of(name_key=other.name_key, country="PL")] == []


def test_an_undo_returns_exactly_what_moved(cast: Cast, two: tuple[Account, Account]) -> None:
    kept, other = two
    moved = make_registration(cast.partner, account=other)
    done = merge(cast, two)
    since = make_registration(cast.rival, account=kept, submitted_at=LATER, family=make_family("storage"))
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    moved.refresh_from_db()
    since.refresh_from_db()
    other.refresh_from_db()
    done.refresh_from_db()
    assert (moved.account_id, since.account_id, other.merged_into_id) == (other.pk, kept.pk, None)
    assert account_of_domain("narew-mleko.pl") == other
    assert (done.undone_at, done.undone_by) == (LATER, "Anna Kowal")
    assert AccountMove.objects.filter(merge=done, returned_at__isnull=True).count() == 0
    assert [one.account_id for one in lookalikes_of(name_key=other.name_key, country="PL", limit=1)] == [other.pk]
    with pytest.raises(StaleError, match="already"):
        undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)


def test_two_protections_wait_for_a_person_to_name_the_keeper(cast: Cast, two: tuple[Account, Account]) -> None:
    kept, other = two
    ours = make_registration(cast.partner, account=kept, status="approved", days_left=40)
    theirs = make_registration(cast.rival, account=other, status="approved", days_left=70)
    window = theirs.protected
    with pytest.raises(DomainError, match=f"{ours.reference}, {theirs.reference}") as refused:
        merge(cast, two)
    assert (refused.value.code, Account.objects.current().count()) == ("keeper_needed", 2)
    done = merge(cast, two, keep=[ours.pk])
    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert (ours.status, theirs.status, theirs.account_id) == ("approved", "superseded", kept.pk)
    assert theirs.protected == TimestamptzRange(window.lower, NOW)
    told = RegistrationEvent.objects.get(registration=theirs, kind="superseded")
    assert cast.partner.name not in told.reason
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    theirs.refresh_from_db()
    assert (theirs.status, theirs.protected, theirs.account_id) == ("approved", window, other.pk)
    assert RegistrationEvent.objects.filter(registration=theirs, kind="restored").count() == 1


def test_two_live_registrations_of_one_partner_wait_for_the_keeper_too(
    cast: Cast, two: tuple[Account, Account]
) -> None:
    first = make_registration(cast.partner, account=two[0])
    second = make_registration(cast.partner, account=two[1])
    with pytest.raises(DomainError) as refused:
        merge(cast, two)
    assert refused.value.code == "keeper_needed"
    with pytest.raises(NotAllowedError, match="a person"):
        merge_accounts(survivor_id=two[0].pk, merged_id=two[1].pk, actor=CRM, now=NOW, keep=[second.pk])
    done = merge(cast, two, keep=[second.pk])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status, second.account_id) == ("superseded", "submitted", two[0].pk)
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    first.refresh_from_db()
    assert (first.status, first.account_id) == ("submitted", two[0].pk)


def test_an_undecided_rival_waits_behind_the_protection_and_is_decided_again_after_the_undo(
    cast: Cast, two: tuple[Account, Account]
) -> None:
    make_registration(cast.partner, account=two[0], status="approved")
    rival = make_registration(cast.rival, account=two[1])
    place = rival.place
    done = merge(cast, two)
    rival.refresh_from_db()
    assert (rival.status, rival.place, rival.account_id) == ("waiting", place, two[0].pk)
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    rival.refresh_from_db()
    assert (rival.status, rival.place, rival.account_id) == ("submitted", place, two[1].pk)


def test_a_crm_merges_its_own_records_where_nobody_has_to_choose(two: tuple[Account, Account]) -> None:
    merge_accounts(survivor_id=two[0].pk, merged_id=two[1].pk, actor=CRM, now=NOW)
    assert list(Account.objects.current()) == [two[0]]


@pytest.mark.parametrize("person", ["viewer", "finance_person", "seller", "stranger"])
def test_others_merge_nothing(cast: Cast, two: tuple[Account, Account], person: str) -> None:
    with pytest.raises(NotAllowedError):
        merge_accounts(survivor_id=two[0].pk, merged_id=two[1].pk, actor=cast.actor(person), now=NOW)
    done = merge(cast, two)
    with pytest.raises(NotAllowedError):
        undo_merge(merge_id=done.pk, actor=cast.actor(person), now=NOW)


def test_a_merge_is_refused_where_it_makes_no_sense(cast: Cast, two: tuple[Account, Account]) -> None:
    manager = cast.actor("manager")
    with pytest.raises(DomainError, match="itself"):
        merge_accounts(survivor_id=two[0].pk, merged_id=two[0].pk, actor=manager, now=NOW)
    merge(cast, two)
    with pytest.raises(StaleError):
        merge(cast, two)
    with pytest.raises(DomainError, match="no such customer"):
        merge_accounts(survivor_id=two[0].pk, merged_id=999_999, actor=manager, now=NOW)


def test_key_accounts_with_two_policies_are_settled_first(cast: Cast, two: tuple[Account, Account]) -> None:
    NamedAccount.objects.create(account=two[0], policy="review")
    blocked = NamedAccount.objects.create(account=two[1], policy="block")
    with pytest.raises(DomainError, match="different policies") as refused:
        merge(cast, two)
    assert refused.value.code == "promise_in_the_way"
    blocked.policy = "review"
    blocked.save()
    merge(cast, two)
    assert NamedAccount.objects.filter(account=two[0]).count() == 1


def test_nobody_ends_up_above_itself(cast: Cast, two: tuple[Account, Account]) -> None:
    kept, other = two
    top = make_account("Top Group", country="PL")
    middle = make_account("Middle", country="PL", parent=other)
    Account.objects.filter(pk=other.pk).update(parent=top)
    Account.objects.filter(pk=kept.pk).update(parent=middle)
    done = merge(cast, two)
    kept.refresh_from_db()
    middle.refresh_from_db()
    assert (kept.parent_id, middle.parent_id) == (top.pk, kept.pk)
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    kept.refresh_from_db()
    middle.refresh_from_db()
    assert (kept.parent_id, middle.parent_id) == (middle.pk, other.pk)


def test_who_was_merged_before_leads_to_the_last_survivor(cast: Cast, two: tuple[Account, Account]) -> None:
    manager, last = cast.actor("manager"), make_account("Narew Holding", country="PL")
    first = merge(cast, two)
    second = merge_accounts(survivor_id=last.pk, merged_id=two[0].pk, actor=manager, now=NOW)
    assert set(Account.objects.filter(merged_into=last)) == set(two)
    with pytest.raises(DomainError, match="Narew Holding") as refused:
        undo_merge(merge_id=first.pk, actor=manager, now=NOW)
    assert refused.value.code == "merged_further"
    undo_merge(merge_id=second.pk, actor=manager, now=NOW)
    assert Account.objects.get(pk=two[1].pk).merged_into == two[0]
    undo_merge(merge_id=first.pk, actor=manager, now=NOW)
    assert Account.objects.current().count() == 3


def test_an_undo_is_refused_after_30_days(cast: Cast, two: tuple[Account, Account]) -> None:
    done = merge(cast, two)
    with pytest.raises(DomainError, match="30 days"):
        undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=NOW + timedelta(days=30, seconds=1))
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=NOW + timedelta(days=30))


def test_an_undo_is_refused_where_the_customer_was_registered_since(cast: Cast, two: tuple[Account, Account]) -> None:
    done = merge(cast, two)
    since = make_registration(cast.rival, account=two[0], submitted_at=LATER, website="www.narew-mleko.pl")
    with pytest.raises(DomainError, match=f"{since.reference} was registered since under narew-mleko.pl"):
        undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    Registration.objects.filter(pk=since.pk).update(status="withdrawn")
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)


def test_an_undo_is_refused_where_a_moved_registration_was_won_since(cast: Cast, two: tuple[Account, Account]) -> None:
    moved = make_registration(cast.partner, account=two[1], status="approved")
    done = merge(cast, two)
    Registration.objects.filter(pk=moved.pk).update(status="won")
    product = make_product(family=moved.family)
    sold = make_subscription(two[0], product=product, external_id="s-9", registration=moved)
    with pytest.raises(DomainError, match=f"{moved.reference} became the subscription s-9"):
        undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    assert Subscription.objects.get(pk=sold.pk).account_id == two[0].pk


def test_a_row_that_somebody_changed_since_stays_as_it_is(cast: Cast, two: tuple[Account, Account]) -> None:
    sold, third = make_subscription(two[1]), make_account("Third", country="PL")
    done = merge(cast, two)
    Subscription.objects.filter(pk=sold.pk).update(account=third)
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    assert Subscription.objects.get(pk=sold.pk).account_id == third.pk
    left = AccountMove.objects.get(merge=done, returned_at__isnull=True)
    assert (left.row_type, left.row_key) == ("deals.subscription", str(sold.pk))


def test_candidates_are_decided_and_the_others_become_the_survivors(cast: Cast, two: tuple[Account, Account]) -> None:
    third = make_account("Narew Farms", country="PL")
    pair = AccountCandidate.objects.create(account=two[1], other=two[0], reason="similar_name", score=0.9)
    beside = AccountCandidate.objects.create(account=two[1], other=third, reason="similar_name", score=0.7)
    done = merge(cast, two)
    pair.refresh_from_db()
    beside.refresh_from_db()
    assert (pair.decision, pair.decided_by, pair.decided_at) == ("same", "Anna Kowal", NOW)
    assert (beside.account_id, beside.other_id, beside.decision) == (two[0].pk, third.pk, "")
    undo_merge(merge_id=done.pk, actor=cast.actor("manager"), now=LATER)
    pair.refresh_from_db()
    beside.refresh_from_db()
    assert (pair.decision, pair.decided_at, beside.account_id) == ("", None, two[1].pk)


def test_who_is_different_is_not_asked_about_again(cast: Cast) -> None:
    one = make_account("Bielik Meble", country="PL")
    other = make_account("Meble Bielik sp. z o.o.", country="PL")
    assert compare_waiting(now=NOW) == 2
    pair = AccountCandidate.objects.get()
    assert ({pair.account_id, pair.other_id}, pair.reason, float(pair.score)) == ({one.pk, other.pk}, "similar_name", 1)
    keep_apart(candidate_id=pair.pk, actor=cast.actor("manager"), now=NOW)
    Account.objects.filter(pk=one.pk).update(country="DE")
    Account.objects.filter(pk=one.pk).update(country="PL")
    assert compare_waiting(now=LATER) == 1
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_at, AccountCandidate.objects.count()) == ("different", NOW, 1)
    with pytest.raises(StaleError):
        keep_apart(candidate_id=pair.pk, actor=cast.actor("manager"), now=LATER)


def test_a_preview_says_what_would_move_and_collide(cast: Cast, two: tuple[Account, Account]) -> None:
    ours = make_registration(cast.partner, account=two[0], status="approved")
    theirs = make_registration(cast.rival, account=two[1], status="approved")
    make_subscription(two[1])
    seen = preview_of(survivor=two[0], merged=two[1], now=NOW)
    assert [(moving.label, moving.count) for moving in seen.moving] == [
        ("customer domains", 1),
        ("registrations", 1),
        ("subscriptions", 1),
    ]
    assert [clash.registrations for clash in seen.clashes] == [(ours, theirs)]
    assert seen.obstacles == ()
    assert Account.objects.current().count() == 2


A, B = 1, 2


def claim(pk: int, account: int, *, family: int = 7, holder: int = 5, protects: bool = False) -> Claim:
    return Claim(pk, account, family, holder, protects)


@pytest.mark.parametrize(
    ("claims", "collisions"),
    [
        ([claim(1, A, protects=True), claim(2, B, holder=6, protects=True)], [("protection", (1, 2))]),
        ([claim(1, A), claim(2, B)], [("own", (1, 2))]),
        ([claim(1, A, protects=True), claim(2, B, protects=True)], [("own", (1, 2))]),
        ([claim(1, A, protects=True), claim(2, B, holder=6)], []),
        ([claim(1, A, family=7), claim(2, B, family=8)], []),
        ([claim(1, A), claim(2, A)], []),
        ([claim(1, A, protects=True), claim(2, B, holder=6, protects=True), claim(3, B)], [
            ("own", (1, 3)),
            ("protection", (1, 2)),
        ]),
    ],
)  # fmt: skip
def test_what_collides(claims: list[Claim], collisions: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(found.kind.value, found.ids) for found in collisions_of(claims)] == collisions


def test_a_keeper_is_one_of_each_collision_and_gives_way_in_none() -> None:
    both = (Collision(CollisionKind.OWN, 7, (1, 3)), Collision(CollisionKind.PROTECTION, 7, (1, 2)))
    assert undecided(both, []) == both
    assert undecided(both, [1]) == ()
    assert superseded(both, [1]) == {2, 3}
    assert undecided(both, [2]) == (both[0],)
    assert undecided(both, [2, 3]) == ()
    assert superseded(both, [2, 3]) == {1}
    assert undecided(both, [1, 2]) == (both[1],)


def test_the_database_lets_nobody_lead_anywhere_but_to_a_customer_that_lives(cast: Cast) -> None:
    one, two, three = make_account(), make_account(), make_account()
    merge_accounts(survivor_id=two.pk, merged_id=one.pk, actor=cast.actor("manager"), now=NOW)
    for wrong, into in ((two, three), (three, one)):  # a way of two steps, from its end and from its beginning
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Account.objects.filter(pk=wrong.pk).update(merged_into=into)
        assert constraint_of(refused.value) == "account_merged_into_survivor"
