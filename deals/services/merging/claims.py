"""What becomes of the registrations of two customers that become one: the kept, the superseded, those who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.models import UNDECIDED_STATUSES, Registration, RegistrationStatus
from deals.policy.merging import superseded, undecided
from deals.queries.merging import clashes_of
from deals.queries.rules import day_of
from deals.services.holding import move, store
from deals.services.line import advance, cut_protection, expire_overdue, is_held, let_rivals_wait
from deals.services.merging.moves import columns_of
from deals.services.trail import Act, write_change
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from deals.services.merging.moves import Moves
    from prm.actors import Actor

STATE = ("status", "protected", "due_at", "closed_on")


def sweep(account_ids: Collection[int], *, now: datetime) -> None:
    """Expire what is over on the customers, so that no ended protection stands in the way."""
    over = Registration.objects.filter(
        account_id__in=account_ids, status=RegistrationStatus.APPROVED, protected__endswith__lte=now
    )
    for account_id, family_id in sorted(set(over.values_list("account_id", "family_id"))):
        expire_overdue(account_id=account_id or 0, family_id=family_id, now=now)


def give_way(*, survivor_id: int, merged_id: int, keep: Collection[int], moves: Moves, act: Act) -> list[Registration]:
    """Supersede what collides with the registrations in ``keep``; refuse where nobody has said which to keep."""
    clashes = clashes_of(survivor_id=survivor_id, merged_id=merged_id, now=act.now)
    collisions = [clash.collision for clash in clashes]
    if open_ones := undecided(collisions, keep):
        known = {r.pk: r.reference for clash in clashes for r in clash.registrations}
        named = "; ".join(", ".join(known[pk] for pk in collision.ids) for collision in open_ones)
        raise DomainError(
            "keeper_needed",
            _("Both customers have open claims that cannot stand side by side. Name the one to keep of: %(named)s.")
            % {"named": named},
            field="keep",
        )
    if collisions:
        _require_person(act.actor)
    lost = superseded(collisions, keep)
    given = list(Registration.objects.filter(pk__in=lost).select_related("holder", "account", "family").order_by("pk"))
    for registration in given:
        before = columns_of(registration, STATE)
        came_from = move(registration, to=RegistrationStatus.SUPERSEDED, actor=act.actor)
        cut_protection(registration, now=act.now)
        registration.due_at = None
        registration.closed_on = day_of(act.now, Program.current())
        store(registration)
        moves.note(registration, before=before, after=columns_of(registration, STATE))
        reason = _("Two records turned out to be one customer; another registration on it goes on.")
        write_change(registration, kind="superseded", came_from=came_from, act=Act(act.actor, act.now, reason=reason))
    return given


def put_in_line(account_id: int, *, moves: Moves, now: datetime) -> None:
    """Let undecided rivals of a protection wait, and the first in line be decided where nobody holds the customer."""
    undecided_ones = list(
        Registration.objects.filter(account_id=account_id, status__in=UNDECIDED_STATUSES).order_by("pk")
    )
    before = {registration.pk: columns_of(registration, STATE) for registration in undecided_ones}
    for family_id in sorted({registration.family_id for registration in undecided_ones}):
        for holding in _holding(account_id, family_id, now):
            let_rivals_wait(holding, now=now)
        advance(account_id=account_id, family_id=family_id, now=now)
    for registration in Registration.objects.filter(pk__in=before).order_by("pk"):
        moves.note(registration, before=before[registration.pk], after=columns_of(registration, STATE))


def _holding(account_id: int, family_id: int, now: datetime) -> Iterable[Registration]:
    if not is_held(account_id, family_id, now):
        return []
    return Registration.objects.filter(
        account_id=account_id,
        family_id=family_id,
        status=RegistrationStatus.APPROVED,
        exclusive=True,
        protected__endswith__gt=now,
    ).order_by("pk")


def _require_person(actor: Actor) -> None:
    if actor.kind is ActorKind.SYSTEM_KEY:
        raise NotAllowedError(_("Claims of partners collide here: a person names the one to keep, in the console."))
