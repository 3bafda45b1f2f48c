"""Merges at the same moment as other merges and as submissions, on connections of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from django.db import connections, transaction

from deals.models import Account, AccountMerge, Registration
from deals.services.holding import lock_account
from deals.services.merging import merge_accounts, undo_merge
from deals.services.submission import submit_registration
from prm.actors import OPERATOR
from prm.errors import DomainError
from tests.factories.deals import NOW, a_deal, make_account, make_family
from tests.factories.partners import make_partner
from tests.waiting import wait_for_one_that_waits

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 8

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do everything at the same moment; return each answer's code, “done” where it was carried out."""
    barrier = Barrier(len(acts))

    def do(act: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=30)
            act()
        except DomainError as error:
            return error.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return [asked.result(timeout=60) for asked in [pool.submit(do, act) for act in acts]]


def merging(survivor: Account, merged: Account) -> Callable[[], object]:
    return lambda: merge_accounts(survivor_id=survivor.pk, merged_id=merged.pk, actor=OPERATOR, now=NOW)


def test_two_merges_of_the_same_two_end_with_one_survivor() -> None:
    for number in range(ROUNDS):
        one = make_account(f"One {number}", domain=f"one{number}.fi")
        other = make_account(f"Other {number}", domain=f"other{number}.fi")
        answers = at_once(merging(one, other), merging(other, one), merging(one, other))
        assert sorted(answers) == ["done", "stale", "stale"]
        assert AccountMerge.objects.count() == number + 1
        one.refresh_from_db()
        other.refresh_from_db()
        assert [one.merged_into_id is None, other.merged_into_id is None].count(True) == 1


def test_a_chain_merged_at_once_from_both_ends_has_one_survivor() -> None:
    for number in range(ROUNDS):
        one, two, three = (make_account(f"{name} {number}") for name in ("One", "Two", "Three"))
        answers = at_once(merging(one, two), merging(two, three))
        assert set(answers) <= {"done", "stale"}
        assert "done" in answers
        for account in Account.objects.filter(merged_into__isnull=False):
            assert account.merged_into is not None
            assert account.merged_into.merged_into_id is None


def test_a_submission_during_a_merge_lands_on_the_survivor() -> None:
    partner, family = make_partner("northwind"), make_family()
    for number in range(ROUNDS):
        kept = make_account(f"Kept {number}", domain=f"kept{number}.fi")
        gone = make_account(f"Gone {number}", domain=f"gone{number}.fi")

        def submit(website: str = f"gone{number}.fi", company: str = gone.name) -> object:
            deal = a_deal(website, company=company, family=family)
            return submit_registration(deal=deal, actor=OPERATOR, now=NOW, holder_id=partner.pk)

        assert at_once(merging(kept, gone), submit) == ["done", "done"]
        assert Registration.objects.latest("pk").account == kept
    assert not Registration.objects.filter(account__merged_into__isnull=False).exists()


def test_who_follows_a_merge_and_who_undoes_it_never_wait_for_each_other() -> None:
    """The survivor is locked first, as an undo locks; whoever waits for it holds nothing that the undo needs."""
    kept, gone = make_account("Kept", domain="kept.fi"), make_account("Gone", domain="gone.fi")
    done = merge_accounts(survivor_id=kept.pk, merged_id=gone.pk, actor=OPERATOR, now=NOW)

    def follow() -> int:
        try:
            with transaction.atomic():
                return lock_account(gone.pk).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_account(kept.pk)
            following = pool.submit(follow)
            wait_for_one_that_waits()
            undo_merge(merge_id=done.pk, actor=OPERATOR, now=NOW)
        assert following.result(timeout=30) == gone.pk
    with transaction.atomic():
        assert lock_account(gone.pk) == gone
    merge_accounts(survivor_id=kept.pk, merged_id=gone.pk, actor=OPERATOR, now=NOW)
    with transaction.atomic():
        assert lock_account(gone.pk) == kept
        with pytest.raises(Account.DoesNotExist):
            lock_account(gone.pk + 1_000_000)


def test_an_undo_and_a_submission_at_once_leave_nothing_on_the_wrong_customer() -> None:
    partner, family = make_partner("northwind"), make_family()
    for number in range(ROUNDS):
        kept = make_account(f"Kept {number}", domain=f"kept{number}.fi")
        gone = make_account(f"Gone {number}", domain=f"gone{number}.fi")
        done = merge_accounts(survivor_id=kept.pk, merged_id=gone.pk, actor=OPERATOR, now=NOW)

        def submit(website: str = f"gone{number}.fi", company: str = gone.name) -> object:
            deal = a_deal(website, company=company, family=family)
            return submit_registration(deal=deal, actor=OPERATOR, now=NOW, holder_id=partner.pk)

        def undo(pk: int = done.pk) -> object:
            return undo_merge(merge_id=pk, actor=OPERATOR, now=NOW)

        undone, submitted = at_once(undo, submit)
        made = Registration.objects.latest("pk")
        # Whoever came first: the claim stands on the customer of its domain, and an undo that came late is refused.
        assert (undone, submitted, made.account) in [
            ("done", "done", gone),
            ("promise_in_the_way", "done", kept),
        ]
