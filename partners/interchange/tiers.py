"""``tiers.csv``, ``tier_criteria.csv``, ``tier_assignments.csv``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from partners.interchange.lookups import PARTNER, TIER
from partners.models import Tier
from prm.interchange.cells import MONEY_LIMIT, Code, Day, Flag, Number, Reference, Text, Whole
from prm.interchange.checks import check_dates_in_order, check_no_overlap
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load

OUT_OF_THE_WAY = 16_000
"""Added to the ranks that a file changes, so that two tiers may swap theirs."""


def check_ranks(load: Load, sheet: Sheet) -> None:
    """Refuse two tiers of one rank."""
    in_file = {row.values["code"] for row in sheet.rows}
    taken = {
        rank: _("stored tier “%(code)s”") % {"code": code}
        for code, rank in Tier.objects.exclude(code__in=in_file).values_list("code", "rank")
    }
    for row in sheet.rows:
        rank = row.values["rank"]
        if rank in taken:
            load.wrong(
                sheet, row, "rank", _("%(rank)s is the rank of %(other)s") % {"rank": rank, "other": taken[rank]}
            )
        else:
            taken[rank] = _("line %(line)s") % {"line": row.line}


def make_way(_load: Load, sheet: Sheet) -> None:
    """Move the ranks that change out of the way: the unique rank is checked row by row."""
    changed = [row.id for row in sheet.written() if row.id is not None]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE partners_tier SET rank = rank + %s WHERE id = ANY(%s)", [OUT_OF_THE_WAY, changed])


TIERS = FileSpec(
    "tiers.csv",
    "partners_tier",
    (
        Column("code", Code(), key=True, needed=True),
        Column("name", Text(most=120), needed=True),
        Column("rank", Whole(least=1, most=1000), needed=True),
        Column("protection_days", Whole(least=1, most=3660), default=90),
        Column("live_cap", Whole()),
        Column("auto_approve", Flag()),
        Column("mdf_share", Number(least=Decimal(0), most=Decimal(100)), default=Decimal(0)),
    ),
    checks=(check_ranks,),
    before=make_way,
)
TIER_CRITERIA = FileSpec(
    "tier_criteria.csv",
    "partners_tiercriterion",
    (
        Column("tier", Reference(to=TIER), "tier_id", key=True, needed=True),
        Column("figure", Text(most=64), key=True, needed=True),
        Column("at_least", Number(least=-MONEY_LIMIT, most=Decimal(10) * MONEY_LIMIT), needed=True),
    ),
)
TIER_ASSIGNMENTS = FileSpec(
    "tier_assignments.csv",
    "partners_tierassignment",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("tier", Reference(to=TIER), "tier_id", needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
    ),
    checks=(
        check_dates_in_order,
        check_no_overlap("partner", what=lambda: _("a partner holds one tier at a time")),
    ),
)
