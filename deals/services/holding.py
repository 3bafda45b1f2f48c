"""Locks a registration the one way that every write does it (deal rules, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Account, Registration, RegistrationStatus
from deals.policy import may_move
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error, constraint_of

if TYPE_CHECKING:
    from prm.actors import Actor

PROTECTED_ONCE = "registration_protected_once"
OWN_DUPLICATE = "registration_own_duplicate"


def lock_account(account_id: int) -> Account:
    """Lock the customer's row, before anything about its registrations is read or written."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


def lock_registration(*, registration_id: int, actor: Actor, version: int | None) -> Registration:
    """Return the registration, its customer's row locked, as it is after everybody before us.

    ``version`` is the one that the person looked at; ``None`` for rules and batches, which look after
    locking. Raises ``NotAllowedError`` for what ``actor`` may not see and ``StaleError`` when somebody
    else was first.
    """
    seen = Registration.objects.visible_to(actor).filter(pk=registration_id).only("account_id").first()
    if seen is None:
        raise NotAllowedError
    if seen.account_id is not None:
        lock_account(seen.account_id)
    registration = (
        Registration.objects.select_for_update(no_key=True, of=("self",))
        .select_related("holder", "account", "family")
        .get(pk=registration_id)
    )
    if registration.account_id != seen.account_id or version not in {None, registration.version}:
        raise StaleError(_("Somebody else changed this registration. Look at it again."))
    return registration


def move(registration: Registration, *, to: RegistrationStatus) -> str:
    """Set the next state and return the one before; refuse a way that the rules do not have."""
    before = registration.status
    if not may_move(status=before, to=to):
        raise DomainError(
            "wrong_state",
            _("This registration is “%(state)s”; that step is not possible from there.")
            % {"state": registration.get_status_display()},
        )
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
        raise _in_words(error) from error


def _in_words(error: IntegrityError) -> DomainError:
    """Return the rule's own code for the two promises that a race can meet."""
    refused = as_domain_error(error)
    codes = {PROTECTED_ONCE: "protected", OWN_DUPLICATE: "own_duplicate"}
    return DomainError(codes.get(constraint_of(error), refused.code), refused.sentence)
