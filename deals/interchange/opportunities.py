"""``opportunities.csv``: what direct sales works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.interchange.lookups import ACCOUNT, CSV, FAMILY
from prm.interchange.cells import Email, Instant, Reference, Text
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load


def check_order(load: Load, sheet: Sheet) -> None:
    """Refuse what closed before it was opened."""
    for row in sheet.rows:
        opened, closed = row.values["opened_at"], row.values["closed_at"]
        if closed is not None and opened is not None and closed < opened:
            load.wrong(sheet, row, "closed_at", _("it closed before it was opened"))


OPPORTUNITIES = FileSpec(
    "opportunities.csv",
    "deals_opportunity",
    (
        Column("external_id", Text(), key=True, needed=True),
        Column("account", Reference(to=ACCOUNT), "account_id", needed=True),
        Column("family", Reference(to=FAMILY), "family_id"),
        Column("opened_at", Instant(), needed=True),
        Column("closed_at", Instant()),
        Column("stage", Text(most=80)),
        Column("owner_email", Email()),
        Column("seller_name", Text(most=160)),
    ),
    constants={"source_system": CSV},
    on_insert={"version": "1", "created_at": "%(now)s", "updated_at": "%(now)s"},
    on_update={"version": "t.version + 1", "updated_at": "%(now)s"},
    checks=(check_order,),
)
