"""Customers that may be one: found by domain or name, decided by a person, and asked about once (deal rules, 2)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from deals.models import Account, AccountCandidate, AccountToCompare, CandidateReason
from deals.queries.similar import lookalikes_of
from deals.services.decisions import DECIDERS
from prm import audit, outbox
from prm.errors import DomainError, NotAllowedError, StaleError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

MOST = 5
"""Similar customers that one customer is put beside."""

CHUNK = 100
"""Customers compared in one transaction."""

NOTE = """
-- A stronger reason replaces a weaker one as long as nobody has decided; what was decided is not asked again.
INSERT INTO deals_accountcandidate AS c (account_id, other_id, reason, score, created_at, decision, decided_by)
VALUES (%(account)s, %(other)s, %(reason)s, %(score)s, %(now)s, '', '')
ON CONFLICT (least(account_id, other_id), greatest(account_id, other_id)) DO UPDATE
SET reason = excluded.reason, score = excluded.score
WHERE c.decision = '' AND (excluded.score > c.score OR excluded.reason = 'duplicate_domain')
  AND (c.reason, c.score) IS DISTINCT FROM (excluded.reason, excluded.score)
"""


def note_candidate(*, account_id: int, other_id: int, reason: CandidateReason, score: float, now: datetime) -> None:
    """Write that two customers may be one; ``account_id`` brought it up, ``other_id`` was there before."""
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {"account": account_id, "other": other_id, "reason": reason.value, "score": score, "now": now},
        )


def compare_account(account: Account, *, now: datetime) -> int:
    """Put ``account`` beside those of its country that look like it; return how many they are."""
    alike = lookalikes_of(name_key=account.name_key, country=account.country, limit=MOST, exclude=account.pk)
    for found in alike:
        note_candidate(
            account_id=account.pk,
            other_id=found.account_id,
            reason=CandidateReason.SIMILAR_NAME,
            score=found.score,
            now=now,
        )
    AccountToCompare.objects.filter(pk=account.pk).delete()
    return len(alike)


def compare_waiting(*, now: datetime, seconds: float = 240) -> int:
    """Compare the customers that wait for it, for ``seconds`` at most; return how many were.

    An import of a million names is compared afterwards, a chunk in a transaction; safe to run beside itself.
    """
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        with transaction.atomic():
            waiting = AccountToCompare.objects.select_for_update(skip_locked=True).order_by("pk")
            chunk = [row.pk for row in waiting[:CHUNK]]
            for account in Account.objects.current().filter(pk__in=chunk).order_by("pk"):
                compare_account(account, now=now)
            AccountToCompare.objects.filter(pk__in=chunk).delete()
        done += len(chunk)
        if len(chunk) < CHUNK:
            break
    return done


def keep_apart(*, candidate_id: int, actor: Actor, now: datetime) -> AccountCandidate:
    """Decide that two customers are different; they are not put beside each other again."""
    if not actor.has_role(*DECIDERS):
        raise NotAllowedError(_("Channel managers decide about duplicates."))
    with transaction.atomic():
        candidate = lock_candidate(candidate_id)
        decide(candidate, AccountCandidate.Decision.DIFFERENT, actor=actor, now=now)
    return candidate


def ask_again(*, candidate_id: int, actor: Actor, now: datetime) -> AccountCandidate:
    """Take back that two customers are different: they are open again."""
    if not actor.has_role(*DECIDERS):
        raise NotAllowedError(_("Channel managers decide about duplicates."))
    with transaction.atomic():
        candidate = AccountCandidate.objects.select_for_update(of=("self",)).get(pk=candidate_id)
        if candidate.decision != AccountCandidate.Decision.DIFFERENT:
            raise StaleError(_("Somebody else decided about these two meanwhile."))
        candidate.decision, candidate.decided_at, candidate.decided_by = "", None, ""
        candidate.save(update_fields=["decision", "decided_at", "decided_by"])
        _tell(candidate, "account.candidate_reopened", actor=actor, now=now)
    return candidate


def lock_candidate(candidate_id: int) -> AccountCandidate:
    """Return the open candidate, locked; refuse one that somebody has decided."""
    found = AccountCandidate.objects.select_for_update(of=("self",)).filter(pk=candidate_id).first()
    if found is None:
        raise DomainError("unknown_candidate", _("There is no such pair of customers."))
    if found.decision != AccountCandidate.Decision.OPEN:
        raise StaleError(_("Somebody else decided about these two meanwhile."))
    return found


def decide(candidate: AccountCandidate, decision: AccountCandidate.Decision, *, actor: Actor, now: datetime) -> None:
    """Write who decided what about a locked candidate."""
    candidate.decision = decision
    candidate.decided_at = now
    candidate.decided_by = actor.label or actor.kind.value
    candidate.save(update_fields=["decision", "decided_at", "decided_by"])
    _tell(candidate, f"account.candidate_{decision.value}", actor=actor, now=now)


def _tell(candidate: AccountCandidate, action: str, *, actor: Actor, now: datetime) -> None:
    data = {"account": candidate.account_id, "other": candidate.other_id, "reason": candidate.reason}
    audit.record(action=action, actor=actor, now=now, target=candidate, data=data)
    outbox.publish(topic=action, key=f"account:{candidate.account_id}", payload={**data, "id": candidate.pk}, now=now)
