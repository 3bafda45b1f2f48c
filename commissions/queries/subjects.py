"""What a partner may ask about: found among what it sees itself, never taken from the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from commissions.kinds import Kind
from commissions.models import Entry, Run, RunStatus, Statement
from deals.models import Credit, Subscription
from prm.currencies import CURRENCIES

if TYPE_CHECKING:
    from commissions.models.runs import EntryQuerySet
    from prm.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked about: the key of an entry or of the lack of one; without ``earned_period`` a whole statement.

    ``amount`` is what ``run`` posted for it, in ``currency``.
    """

    run: Run
    statement: Statement | None
    currency: str
    amount: Decimal
    subscription_id: int | None = None
    kind: str = ""
    earned_period: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address names: a ``statement`` by its number, or the ``month`` of a run; and the rest of a key."""

    statement: str = ""
    month: date | None = None
    subscription: UUID | None = None
    kind: str = ""
    earned_period: date | None = None
    currency: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is a statement and no line of it."""
        return bool(self.statement) and not (self.subscription or self.kind or self.earned_period)


def find_subject(actor: Actor, asked: Asked) -> Subject | None:
    """Return the subject, or nothing where the actor sees no such run, statement or customer."""
    if actor.partner_id is None or not (actor.is_partner and actor.sees_money):
        return None
    statement = _statement(actor, asked.statement) if asked.statement else None
    run = statement.run if statement is not None else None if asked.statement else _run(asked.month)
    if run is None:
        return None
    if statement is not None and asked.is_whole:
        amount = statement.earned + statement.true_up + statement.adjustments
        return Subject(run=run, statement=statement, currency=statement.currency, amount=amount)
    return _key(actor, asked, run, statement)


def _key(actor: Actor, asked: Asked, run: Run, statement: Statement | None) -> Subject | None:
    """Return the key that is asked about: a subscription of the partner's, or its accelerator."""
    subscription = _subscription(actor, asked.subscription) if asked.subscription else None
    if (subscription is None) != (asked.kind == Kind.ACCELERATOR):
        return None
    named = statement.currency if statement is not None else asked.currency
    currency = subscription.currency if subscription is not None else named
    earned = (asked.earned_period or run.period).replace(day=1)
    if currency not in CURRENCIES or earned > run.period or (statement is not None and statement.currency != currency):
        return None
    entries = _entries(actor, run, currency, earned, asked.kind).filter(subscription=subscription)
    return Subject(
        run=run,
        statement=statement or _statement_of(actor, run, currency),
        currency=currency,
        amount=sum((entry.amount for entry in entries), Decimal(0)),
        subscription_id=subscription.pk if subscription is not None else None,
        kind=asked.kind,
        earned_period=earned,
    )


def _statement(actor: Actor, number: str) -> Statement | None:
    return Statement.objects.visible_to(actor).select_related("run").filter(number=number).first()


def _statement_of(actor: Actor, run: Run, currency: str) -> Statement | None:
    return Statement.objects.visible_to(actor).filter(run=run, currency=currency).select_related("run").first()


def _run(month: date | None) -> Run | None:
    """Return the last approved run of a month: a month that is not closed yet is asked about when it is."""
    if month is None:
        return None
    return Run.objects.filter(status=RunStatus.APPROVED, period=month.replace(day=1)).order_by("-number").first()


def _subscription(actor: Actor, public_id: UUID) -> Subscription | None:
    """Return a subscription on which the partner was ever credited, or of which it was ever paid."""
    found = Subscription.objects.filter(public_id=public_id).first()
    if found is None:
        return None
    credited = Credit.objects.visible_to(actor).filter(subscription=found).exists()
    paid = credited or Entry.objects.visible_to(actor).filter(subscription=found).exists()
    return found if paid else None


def _entries(actor: Actor, run: Run, currency: str, earned: date, kind: str) -> EntryQuerySet:
    """Return the entries of a key; without a kind those of all but overrides, which name another's customer."""
    kinds = Q(kind=kind) if kind else ~Q(kind=Kind.OVERRIDE)
    return Entry.objects.visible_to(actor).filter(kinds, run=run, currency=currency, earned_period=earned)
