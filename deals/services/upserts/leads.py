"""Leads as another system brings them: taken in once, completed later, and never steered from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Account, Family, Lead
from deals.queries.references import find, find_code
from deals.services.accounts import lock_identities
from deals.services.leads import NewLead, add_lead
from deals.services.leads.holding import lock_lead, store_lead
from deals.services.leads.telling import write_change
from deals.services.upserts.keeping import ExternalId, check_name, require, require_system
from prm.errors import StaleError
from prm.upserts import Upserted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

PLAIN = ("source", "segment", "expected_mrr", "currency", "contact", "note", "manager_email")
"""Members that are kept as the other system has them."""


def upsert_lead(
    *, name: ExternalId, values: Mapping[str, Any], actor: Actor, now: datetime, version: int | None = None
) -> Upserted:
    """Take in the lead that another system calls ``name`` and offer it, or complete it; a repeat changes nothing.

    A new one needs ``family`` and ``account``, or ``website`` or ``company``. Customer and family of a lead stay.
    Raises ``DomainError`` and ``StaleError``.
    """
    require_system(actor)
    check_name(name)
    with transaction.atomic():
        lock_identities([f"lead:{name.source_system}:{name.external_id}"])
        seen = Lead.objects.visible_to(actor).filter(**name.key()).first()
        if seen is None:
            if version is not None:
                raise StaleError(_("There is no such lead yet."))
            made = add_lead(
                new=new_lead(values, actor),
                actor=actor,
                now=now,
                source_system=name.source_system,
                external_id=name.external_id,
            )
            return Upserted(made.pk, created=True, changed=False)
        lead = lock_lead(lead_id=seen.pk, actor=actor, version=version)
        differing = {
            column: values[column] for column in PLAIN if column in values and getattr(lead, column) != values[column]
        }
        for column, value in differing.items():
            setattr(lead, column, value)
        if differing:
            store_lead(lead)
            write_change(lead, kind="changed", actor=actor, now=now, data={"changed": sorted(differing)})
    return Upserted(lead.pk, created=False, changed=bool(differing))


def new_lead(values: Mapping[str, Any], actor: Actor) -> NewLead:
    """Return what a body says of a new lead, its references found."""
    require(values, ("family",))
    account: Account | None = None
    if values.get("account") is not None:
        account = find(Account.objects.visible_to(actor), values["account"], field="account")
    return NewLead(
        family=find_code(Family.objects.all(), values["family"], field="family"),
        account=account,
        **{name: values[name] for name in ("website", "company", "country", *PLAIN) if name in values},
    )
