"""Locks a registration the one way that every write does it (deal rules, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Account, Registration, RegistrationStatus
from deals.policy import By, may_move
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error, constraint_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prm.actors import Actor

PROTECTED_ONCE = "registration_protected_once"
OWN_DUPLICATE = "registration_own_duplicate"

CODES = {
    PROTECTED_ONCE: "protected",
    OWN_DUPLICATE: "own_duplicate",
    "registration_meets_lead_offer": "rival_pending",
    "registration_step_allowed": "wrong_state",
    "registration_window_kept": "window_kept",
}
"""The rule's own code for a promise of the database that a race, or a mistake of ours, can meet."""

SIDES = {
    ActorKind.PARTNER: By.PARTNER,
    ActorKind.PARTNER_KEY: By.PARTNER,
    ActorKind.INTERNAL: By.MANAGER,
    ActorKind.OPERATOR: By.MANAGER,
    ActorKind.SYSTEM_KEY: By.SYSTEM,
    ActorKind.RULE: By.RULE,
}


def side_of(actor: Actor) -> By:
    """Return on whose side ``actor`` takes a step; nobody in particular takes none."""
    if actor.kind not in SIDES:
        raise NotAllowedError
    return SIDES[actor.kind]


def lock_account(account_id: int) -> Account:
    """Lock the customer's row, before anything about its registrations is read or written.

    One that was merged into another, also while we waited, is that other: its row is locked and returned. Then both
    are locked in the order of their ids, as an undo of the merge does: the first lock is given back before, since
    whoever holds one and waits for an earlier one waits for ever.
    """
    wanted = {account_id}
    while True:
        try:
            with transaction.atomic():  # a savepoint: rolled back to, it gives the locks back
                return _itself(account_id, lock_accounts(wanted))
        except _MergedError as merged:
            wanted = {account_id, merged.into_id}


class _MergedError(Exception):
    """The customer was merged into one that is not locked yet."""

    def __init__(self, into_id: int) -> None:
        super().__init__(into_id)
        self.into_id = into_id


def _itself(account_id: int, locked: Mapping[int, Account]) -> Account:
    """Return the customer that ``account_id`` is now."""
    if account_id not in locked:
        raise Account.DoesNotExist
    into_id = locked[account_id].merged_into_id
    if into_id is None:
        return locked[account_id]
    if into_id not in locked:
        raise _MergedError(into_id)
    return locked[into_id]


def lock_accounts(account_ids: Iterable[int]) -> dict[int, Account]:
    """Lock several customers' rows, in the order of their ids, as everybody does who needs more than one."""
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=set(account_ids)).order_by("pk")
    return {account.pk: account for account in rows}


def lock_registration(*, registration_id: int, actor: Actor, version: int | None) -> Registration:
    """Return the registration, its customer's row locked, as it is after everybody before us.

    ``version`` is the one that the person looked at; ``None`` for rules and batches, which look after
    locking. Raises ``NotAllowedError`` for what ``actor`` may not see and ``StaleError`` when somebody
    else was first.
    """
    seen = Registration.objects.visible_to(actor).filter(pk=registration_id).only("account_id").first()
    if seen is None:
        raise NotAllowedError
    account_id = lock_account(seen.account_id).pk if seen.account_id is not None else None
    registration = (
        Registration.objects.select_for_update(no_key=True, of=("self",))
        .select_related("holder", "account", "family")
        .get(pk=registration_id)
    )
    # One that a merge moved while we waited is where we hold the lock; a person sees that by its version.
    if registration.account_id != account_id or version not in {None, registration.version}:
        raise StaleError(_("Somebody else changed this registration. Look at it again."))
    return registration


def move(registration: Registration, *, to: RegistrationStatus, actor: Actor) -> str:
    """Set the next state and return the one before; refuse a way that the rules do not have, or not for ``actor``."""
    before = registration.status
    if not may_move(status=before, to=to):
        raise DomainError(
            "wrong_state",
            _("This registration is “%(state)s”; that step is not possible from there.")
            % {"state": registration.get_status_display()},
        )
    if not may_move(status=before, to=to, by=side_of(actor)):
        raise NotAllowedError(_("That step is not yours to take."))
    registration.status = to
    return before


def store(registration: Registration) -> None:
    """Write ``registration`` as its next version; a broken promise of the database becomes a sentence."""
    if registration.pk:
        registration.version += 1
    try:
        with transaction.atomic():
            registration.save()
    except IntegrityError as error:
        raise in_words(error) from error


def in_words(error: IntegrityError) -> DomainError:
    """Return the refusal under the rule's own code."""
    refused = as_domain_error(error)
    return DomainError(CODES.get(constraint_of(error), refused.code), refused.sentence)
