"""Which steps there are, by whom, and that the database refuses the others (deal rules, section 1)."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from psycopg.types.range import TimestamptzRange

from deals.models import Registration, RegistrationEvent, RegistrationStatus
from deals.policy import TRANSITIONS, By, may_move
from deals.services.holding import CODES, move, store
from prm.actors import ANONYMOUS, OPERATOR, RULE, Actor, ActorKind
from prm.errors import DomainError, NotAllowedError, constraint_of
from tests.factories.deals import NOW, make_account, make_registration
from tests.factories.partners import make_partner

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STATES = RegistrationStatus.values

SPEC = {
    "draft": {"submitted"},
    "submitted": {"approved", "rejected", "returned", "waiting", "withdrawn"},
    "returned": {"submitted", "withdrawn"},
    "waiting": {"submitted", "withdrawn"},
    "approved": {"won", "lost", "expired", "withdrawn", "revoked", "superseded"},
    "expired": {"won"},
}
"""The table of the rules, section 1."""

BESIDES = {
    "draft": {"approved", "rejected", "waiting"},  # decided in the moment of submission
    "returned": {"waiting", "rejected"},  # a rival was approved; the claim was changed
    "waiting": {"rejected"},  # the claim was changed
    "rejected": {"submitted", "waiting"},  # reversed
    "superseded": {"submitted", "returned", "waiting", "approved"},  # a merge undone
    "won": {"approved", "expired"},  # a slip, undone
}
UNDECIDED_ENDS = {"revoked", "superseded"}  # a terminated partner; a merge


def test_the_table_has_the_steps_of_the_rules_and_no_others() -> None:
    expected = {state: set(SPEC.get(state, ())) | BESIDES.get(state, set()) for state in STATES}
    for state in ("submitted", "returned", "waiting"):
        expected[state] |= UNDECIDED_ENDS
    assert {state: set(TRANSITIONS.get(state, {})) for state in STATES} == expected


def test_the_database_knows_the_same_table() -> None:
    with connection.cursor() as cursor:
        pairs = "SELECT a, b, deals_step_allowed(a, b) FROM unnest(%(all)s::text[]) a, unnest(%(all)s::text[]) b"
        cursor.execute(pairs, {"all": list(STATES)})
        found = {(before, after): allowed for before, after, allowed in cursor.fetchall()}
    assert found == {(before, after): may_move(status=before, to=after) for before, after in product(STATES, repeat=2)}


@pytest.mark.parametrize(
    ("before", "to", "sides"),
    [
        ("draft", "submitted", "partner manager system"),
        ("submitted", "approved", "manager system rule"),
        ("submitted", "withdrawn", "partner manager system"),
        ("returned", "withdrawn", "partner manager system rule"),
        ("waiting", "submitted", "rule"),
        ("waiting", "withdrawn", "partner manager system rule"),
        ("rejected", "submitted", "manager"),
        ("approved", "won", "manager system"),
        ("approved", "expired", "rule"),
        ("approved", "revoked", "manager rule"),
        ("expired", "won", "manager"),
    ],
)
def test_who_may_take_a_step(before: str, to: str, sides: str) -> None:
    assert [by.value for by in By if may_move(status=before, to=to, by=by)] == sides.split()


def test_a_step_of_somebody_else_is_refused_in_words() -> None:
    partner = make_partner()
    waiting = make_registration(partner, status="waiting")
    seller = Actor(kind=ActorKind.PARTNER, partner_id=partner.pk, partner_role="seller")
    with pytest.raises(NotAllowedError, match="not yours to take"):
        move(waiting, to=RegistrationStatus.SUBMITTED, actor=seller)
    with pytest.raises(DomainError, match="“Waiting in line”") as refused:
        move(waiting, to=RegistrationStatus.APPROVED, actor=OPERATOR)
    assert refused.value.code == "wrong_state"
    with pytest.raises(NotAllowedError):
        move(waiting, to=RegistrationStatus.WITHDRAWN, actor=ANONYMOUS)
    assert move(waiting, to=RegistrationStatus.SUBMITTED, actor=RULE) == "waiting"


def refused_by_database(registration: Registration, **columns: Any) -> str:
    """Write columns behind the services' back; return the constraint that refused."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Registration.objects.filter(pk=registration.pk).update(**columns)
    return constraint_of(refused.value)


def test_the_database_refuses_every_step_that_is_not_in_the_table() -> None:
    partner = make_partner()
    for before, to in product(STATES, repeat=2):
        if before == to or may_move(status=before, to=to) or before == "draft":
            continue
        registration = make_registration(partner, status=before)
        assert refused_by_database(registration, status=to) == "registration_step_allowed"


def test_an_impossible_step_reads_as_a_sentence() -> None:
    registration = make_registration(make_partner(), status="lost")
    registration.status = RegistrationStatus.APPROVED
    registration.protected = TimestamptzRange(NOW, NOW + DAY)
    with pytest.raises(DomainError, match="cannot take that step") as refused:
        store(registration)
    assert refused.value.code == CODES["registration_step_allowed"] == "wrong_state"


def test_a_draft_has_no_place() -> None:
    draft = make_registration(make_partner(), status="draft")
    assert draft.place is None
    assert refused_by_database(draft, place=1) == "registration_draft_has_no_place"


def test_a_granted_window_is_only_lengthened_or_cut_by_leaving() -> None:
    registration = make_registration(make_partner(), status="approved", days_left=60)
    start, end = NOW - 30 * DAY, NOW + 60 * DAY
    assert registration.protected == TimestamptzRange(start, end)
    for wrong in (
        TimestamptzRange(start, end - DAY),
        TimestamptzRange(start + DAY, end),
        TimestamptzRange(start - DAY, end),
        TimestamptzRange(start, None),
    ):
        assert refused_by_database(registration, protected=wrong) == "registration_window_kept"
    registration.protected = TimestamptzRange(start, end + 30 * DAY)
    store(registration)
    left: dict[str, Any] = {"status": "lost"}
    longer = TimestamptzRange(start, end + 31 * DAY)
    assert refused_by_database(registration, **left, protected=longer) == "registration_window_kept"
    Registration.objects.filter(pk=registration.pk).update(**left, protected=TimestamptzRange(start, NOW))
    assert refused_by_database(registration, protected=TimestamptzRange(start, NOW + DAY)) == "registration_window_kept"
    assert refused_by_database(registration, protected=None) == "registration_window_kept"


def test_two_partners_never_hold_one_customer_whatever_writes() -> None:
    account = make_account()
    make_registration(make_partner(), account=account, status="approved")
    rival = make_partner("rival")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make_registration(rival, account=account, status="approved")
    assert constraint_of(refused.value) == "registration_protected_once"
    bidder = make_registration(rival, account=account, status="approved", exclusive=False)
    bidder.exclusive = True
    with pytest.raises(DomainError, match="Another partner is protected") as answered:
        store(bidder)
    assert answered.value.code == "protected"


def test_what_happened_stays_written() -> None:
    registration = make_registration(make_partner())
    event = RegistrationEvent.objects.create(registration=registration, at=NOW, kind="noted", actor="x", channel="api")
    for change in (
        lambda: RegistrationEvent.objects.filter(pk=event.pk).update(reason="Another."),
        lambda: RegistrationEvent.objects.filter(pk=event.pk).delete(),
        lambda: connection.cursor().execute("TRUNCATE deals_registrationevent"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    event.refresh_from_db()
    assert event.reason == ""
