"""``leads.csv``: new ones are offered by the next sweep; what was told of older ones is kept as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.interchange.lookups import ACCOUNT, CSV, FAMILY
from deals.models import LeadOffer, LeadStatus
from partners.interchange.lookups import PARTNER
from prm.interchange.cells import Currency, Instant, Number, Reference, Text
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet, Values
    from prm.interchange.loading import Load

HERE = ("partner", "status", "offered_at", "answered_at")
"""What the program itself decides once it has offered the lead to somebody."""


def complete_leads(load: Load, sheet: Sheet) -> None:
    """Give a lead without a state the one that its other cells tell; leave alone what goes on here."""
    offered = set(LeadOffer.objects.filter(lead_id__in=[row.id for row in sheet.rows if row.id]).values_list(
        "lead_id", flat=True
    ))  # fmt: skip
    for row in sheet.rows:
        if row.stored is not None and (row.id in offered or row.stored["status"] in {"returned", "closed"}):
            row.values.update({name: row.stored[name] for name in HERE})
        row.values["status"] = row.values["status"] or _told(row.values)
        row.values["created_at"] = row.values["created_at"] or (row.stored or {}).get("created_at") or load.now


def _told(values: Values) -> str:
    if values["partner"] and values["answered_at"]:
        return LeadStatus.ACCEPTED
    return LeadStatus.OFFERED if values["partner"] else LeadStatus.NEW


LEADS = FileSpec(
    "leads.csv",
    "deals_lead",
    (
        Column("external_id", Text(), key=True, needed=True),
        Column("account", Reference(to=ACCOUNT), "account_id", needed=True),
        Column("family", Reference(to=FAMILY), "family_id", needed=True),
        Column("created_at", Instant()),
        Column("partner", Reference(to=PARTNER), "partner_id"),
        Column("status", Text(most=24)),
        Column("offered_at", Instant()),
        Column("answered_at", Instant()),
        Column("source", Text(most=80)),
        Column("expected_mrr", Number()),
        Column("currency", Currency()),
        Column("contact", Text(most=250)),
        Column("note", Text(most=5000)),
    ),
    constants={"source_system": CSV},
    on_insert={
        "country": "''",
        "segment": "''",
        "manager_email": "''",
        "reason": "''",
        "version": "1",
        "updated_at": "%(now)s",
    },
    on_update={"version": "t.version + 1", "updated_at": "%(now)s"},
    complete=complete_leads,
)
