"""Named accounts as another system keeps them, by their natural key: customer, list and first day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Account, NamedAccount, NamedAccountList
from deals.queries.references import find, find_code
from deals.services.upserts.keeping import require_system
from prm import audit
from prm.errors import DomainError, as_domain_error
from prm.upserts import Upserted, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor


def upsert_named_account(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Upserted:
    """Put a customer on a list, or change the entry of that customer, list and first day; a repeat changes nothing.

    ``values`` holds account (a ``Reference``), and the named ones of list (a code), from, until, policy and
    owner_email. Raises ``DomainError`` for two policies or none, and for days on which it is on the list already.
    """
    require_system(actor)
    account = find(Account.objects.visible_to(actor), values["account"], field="account")
    code, policy = values.get("list") or "", values.get("policy") or ""
    if bool(code) == bool(policy):
        sentence = _("The policy is the list's; an entry without a list has its own.")
        raise DomainError("one_policy", sentence, field="policy")
    named_list = find_code(NamedAccountList.objects.all(), code, field="list") if code else None
    key = {
        "account_id": account.pk,
        "named_list_id": named_list.pk if named_list else None,
        "valid_from": values.get("from"),
    }
    columns: dict[str, Any] = {"policy": policy}
    if "until" in values:
        columns["valid_until"] = values["until"]
    if "owner_email" in values:
        columns["owner_email"] = values["owner_email"]
    try:
        with transaction.atomic():
            done = upsert(NamedAccount, key=key, values=columns, on_insert={"owner_email": "", "valid_until": None})
    except IntegrityError as error:
        raise as_domain_error(error) from error
    if done.created or done.changed:
        action = "named_account.created" if done.created else "named_account.updated"
        data = {"list": code, **{name: str(value) for name, value in columns.items()}}
        audit.record(action=action, actor=actor, now=now, target=account, data=data)
    return done
