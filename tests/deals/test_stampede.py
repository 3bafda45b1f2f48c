"""Fifty partners on one customer in the same moment, each on a connection of its own (deal rules, section 4).

``PRM_STAMPEDES`` says how many rounds; ``make chaos`` asks for 2,000.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections, transaction

from deals.models import Account, AccountDomain, Family, Registration
from deals.services.decisions import approve_registration
from deals.services.expiry import Swept, expire_registrations
from deals.services.release import revoke_of_terminated
from deals.services.reminding import Reminded, remind_of_protection
from deals.services.submission import submit_registration
from partners.models import Partner
from prm.actors import Actor, ActorKind
from prm.errors import DomainError
from tests.factories.deals import NOW, a_deal, make_account, make_family, make_registration
from tests.factories.partners import end_partnership, make_partner

pytestmark = pytest.mark.django_db(transaction=True)

MANAGER = Actor(kind=ActorKind.OPERATOR, label="operator")
ROUNDS = int(os.environ.get("PRM_STAMPEDES", "20"))
RIVALS = 50
PATIENCE = 120
"""Seconds: a deadlock would be found by the server after one."""


def register_at_once(partner: Partner, family: Family, website: str, company: str, barrier: Barrier) -> str:
    """Submit and approve as soon as everybody is ready; return the answer, whatever it is."""
    barrier.wait(timeout=PATIENCE)
    deal = a_deal(website, company=company, family=family)
    try:
        registration = submit_registration(deal=deal, actor=MANAGER, now=NOW, holder_id=partner.pk)
        if registration.status == "rejected":
            return registration.findings.get(severity="block").code
        approve_registration(registration_id=registration.pk, actor=MANAGER, now=NOW, version=None)
    except DomainError as error:
        return error.code
    return "approved"


Answer = TypeVar("Answer")


class Crowd:
    """Threads that keep their connections over all rounds."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size)

    def all_at_once(self, act: Callable[[int, Barrier], Answer]) -> list[Answer]:
        """Have everybody act when all are ready, and return what they answer."""
        barrier = Barrier(self.size)
        asked = [self._pool.submit(act, number, barrier) for number in range(self.size)]
        return [future.result(timeout=PATIENCE) for future in asked]

    def close(self) -> None:
        """Give the connections back."""
        self.all_at_once(leave)
        self._pool.shutdown()


def leave(_number: int, barrier: Barrier) -> None:
    """Close the thread's connection; nobody leaves before all are here."""
    barrier.wait(timeout=PATIENCE)
    connections.close_all()


def test_fifty_rivals_end_with_one_customer_one_protection_and_49_clear_answers() -> None:
    rivals = [make_partner(f"rival-{number}") for number in range(RIVALS)]
    family, crowd, seen = make_family(), Crowd(RIVALS), Counter[str]()
    try:
        for turn in range(ROUNDS):
            website = f"customer{turn}.fi"
            if turn % 2:
                make_account(f"Customer {turn}", domain=website)

            def act(number: int, barrier: Barrier, site: str = website, turn: int = turn) -> str:
                # The names agree in half of them, the domain in all: the customer is one.
                company = f"Customer {turn} Oy" if number % 2 else f"Asiakas {turn}.{number}"
                return register_at_once(rivals[number], family, site, company, barrier)

            answers = Counter(answer for answer in crowd.all_at_once(act))
            assert answers["approved"] == 1, answers
            assert answers.keys() <= {"approved", "protected", "rival_pending", "wrong_state"}
            assert answers.total() == RIVALS
            account = AccountDomain.objects.get(domain=website).account
            assert Account.objects.count() == turn + 1
            states = Counter(Registration.objects.filter(account=account).values_list("status", flat=True))
            assert states["approved"] == 1
            assert states.keys() <= {"approved", "rejected", "waiting"}
            assert states.total() == RIVALS
            seen += answers
    finally:
        crowd.close()
    assert seen["approved"] == ROUNDS
    assert seen.total() == ROUNDS * RIVALS


def test_per_customer_the_order_of_places_is_the_order_of_commits() -> None:
    """Whoever stands before me was committed before I was: I see all of them, and they are all there ever were.

    Each knows the customer by another domain, so that nothing but the customer's own row brings them into one line.
    """
    size, family = 16, make_family()
    rivals = [make_partner(f"rival-{number}") for number in range(size)]
    crowd = Crowd(size)
    try:
        for turn in range(8):
            account = make_account()
            for number in range(size):
                AccountDomain.objects.create(domain=f"customer{turn}-{number}.fi", account=account)

            def act(number: int, barrier: Barrier, turn: int = turn) -> tuple[int, set[int | None]]:
                site = f"customer{turn}-{number}.fi"
                barrier.wait(timeout=PATIENCE)
                with transaction.atomic():
                    deal = a_deal(site, company=site, family=family)
                    made = submit_registration(deal=deal, actor=MANAGER, now=NOW, holder_id=rivals[number].pk)
                    assert made.place is not None
                    before = Registration.objects.filter(account=made.account, place__lt=made.place)
                    return made.place, set(before.values_list("place", flat=True))

            answers = crowd.all_at_once(act)
            places = set(Registration.objects.filter(account=account).values_list("place", flat=True))
            assert len(places) == size
            for place, before in answers:
                assert before == {other for other in places if other is not None and other < place}
    finally:
        crowd.close()


@pytest.mark.parametrize("batch", ["expire", "revoke", "remind"])
def test_a_batch_beside_itself_does_everything_once(batch: str) -> None:
    partner = make_partner("northwind", manager_email="anna@vendor.example")
    days_left = {"expire": 0.0, "revoke": 60.0, "remind": 10.0}[batch]
    accounts = [make_account() for _number in range(12)]
    for account in accounts:
        make_registration(partner, account=account, status="approved", days_left=days_left, active_at=NOW)
        make_registration(make_partner(), account=account, status="waiting", due_at=None)
    if batch == "revoke":
        end_partnership(partner)
    crowd = Crowd(4)

    def act(_number: int, barrier: Barrier) -> object:
        barrier.wait(timeout=PATIENCE)
        if batch == "expire":
            return expire_registrations(now=NOW)
        return revoke_of_terminated(now=NOW) if batch == "revoke" else remind_of_protection(now=NOW)

    try:
        answers = crowd.all_at_once(act)
    finally:
        crowd.close()
    if batch == "expire":
        assert sum(a.expired for a in answers if isinstance(a, Swept)) == 12
    if batch == "revoke":
        assert sum(a for a in answers if isinstance(a, int)) == 12
    if batch == "remind":
        assert sum(a.ends for a in answers if isinstance(a, Reminded)) == 12
        return
    moved = Registration.objects.filter(account__in=accounts, status="submitted")
    assert moved.count() == 12
    assert {tuple(r.events.values_list("kind", flat=True)) for r in moved} == {("next_in_line",)}
