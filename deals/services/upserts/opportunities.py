"""What direct sales works on, as the CRM keeps it (deal rules, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Account, Family, Opportunity
from deals.queries.references import find, find_code
from deals.services.upserts.keeping import ExternalId, check_name, locked, note, require, require_system
from prm.errors import DomainError
from prm.upserts import Upserted, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

NEEDED = ("account", "opened_at")
PLAIN = ("opened_at", "closed_at", "stage", "owner_email", "seller_name")


def upsert_opportunity(
    *, name: ExternalId, values: Mapping[str, Any], actor: Actor, now: datetime, version: int | None = None
) -> Upserted:
    """Make or change the opportunity that the CRM calls ``name``; a repeat changes nothing.

    ``values`` holds the named ones of account (a ``Reference``), family (a code; none for any), opened_at by the
    CRM's own stamp, closed_at (none while it is open), stage, owner_email and seller_name. Raises ``DomainError``
    for what is missing, unknown or out of order, ``StaleError`` for another version.
    """
    require_system(actor)
    check_name(name)
    with transaction.atomic():
        before = locked(Opportunity.objects.all(), name, version=version)
        if before is None:
            require(values, NEEDED)
        columns = {column: values[column] for column in PLAIN if column in values}
        if "account" in values:
            columns["account_id"] = find(Account.objects.visible_to(actor), values["account"], field="account").pk
        if "family" in values:
            family = values["family"]
            columns["family_id"] = find_code(Family.objects.all(), family, field="family").pk if family else None
        _require_order(columns, before)
        done = upsert(Opportunity, key=name.key(), values=columns, on_insert=_kept(before), now=now)
        row = Opportunity.objects.get(pk=done.pk)
        note(what="opportunity", done=done, before=before, row=row, values=columns, actor=actor, now=now)
    return done


def _kept(before: Opportunity | None) -> dict[str, Any]:
    """Return the columns that may not be empty: an insert that meets its row still has to be a whole one."""
    if before is None:
        return {"stage": "", "owner_email": "", "seller_name": ""}
    return {name: getattr(before, name) for name in ("account_id", *PLAIN)}


def _require_order(columns: Mapping[str, Any], before: Opportunity | None) -> None:
    opened = columns.get("opened_at", before.opened_at if before else None)
    closed = columns.get("closed_at", before.closed_at if before else None)
    if opened is None:
        raise DomainError("required", _("Say when it was opened."), field="opened_at")
    if closed is not None and closed < opened:
        raise DomainError("date_order", _("An opportunity closes after it was opened."), field="closed_at")
