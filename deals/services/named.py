"""Key accounts put on lists and taken off them, from a day and until a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Account, NamedAccount, NamedAccountList
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, as_domain_error

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

EDITORS = (InternalRole.ADMIN, InternalRole.CHANNEL_MANAGER)


def add_list(*, code: str, name: str, policy: str, owner_email: str, actor: Actor, now: datetime) -> NamedAccountList:
    """Make a list of key accounts with its policy. Raises ``DomainError`` for a code that there is already."""
    _require_editor(actor)
    with transaction.atomic():
        if NamedAccountList.objects.filter(code=code).exists():
            raise DomainError("code_taken", _("Another list has this code."), field="code")
        made = NamedAccountList.objects.create(code=code, name=name.strip(), policy=policy, owner_email=owner_email)
        audit.record(action="named_list.added", actor=actor, now=now, target=made, data={"policy": policy})
    return made


def name_account(
    *,
    account: Account,
    named_list: NamedAccountList | None,
    policy: str,
    owner_email: str,
    valid_from: date | None,
    valid_until: date | None,
    actor: Actor,
    now: datetime,
) -> NamedAccount:
    """Put a customer on a list from a day, or by itself with a policy of its own.

    Raises ``DomainError`` where it is on that list on some of these days already, or has two policies or none.
    """
    _require_editor(actor)
    entry = NamedAccount(
        account=account,
        named_list=named_list,
        policy=policy,
        owner_email=owner_email,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    _store(entry)
    data = {"list": named_list.code if named_list else "", "policy": entry.effective_policy}
    audit.record(action="named_account.added", actor=actor, now=now, target=account, data=data)
    return entry


def end_named(*, entry: NamedAccount, on: date, actor: Actor, now: datetime) -> None:
    """Take a customer off a list: ``on`` is the first day on which it is not on it any more."""
    _require_editor(actor)
    if entry.valid_from is not None and on < entry.valid_from:
        on = entry.valid_from
    entry.valid_until = on
    _store(entry, update_fields=["valid_until"])
    audit.record(
        action="named_account.ended", actor=actor, now=now, target=entry.account, data={"until": on.isoformat()}
    )


def _store(entry: NamedAccount, **options: Any) -> None:
    try:
        with transaction.atomic():
            entry.save(**options)
    except IntegrityError as error:
        raise as_domain_error(error) from error


def _require_editor(actor: Actor) -> None:
    if not (actor.has_role(*EDITORS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError
