"""``products.csv`` and ``family_requirements.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.interchange.lookups import FAMILY
from deals.models import Family, FamilyRequirement
from partners.models import Tier
from prm.interchange.cells import Choice, Reference, Text, Whole
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load

TIERS = "tiers.csv"


def write_families(_load: Load, sheet: Sheet) -> None:
    """Make the families that nobody has named before; their name can be edited later."""
    codes = sorted({row.values["family"] for row in sheet.written()})
    Family.objects.bulk_create((Family(code=code, name=code) for code in codes), ignore_conflicts=True)


def check_tiers(load: Load, sheet: Sheet) -> None:
    """Refuse a requirement of a tier that does not exist: nobody could ever meet it."""
    known = set(Tier.objects.values_list("code", flat=True))
    if TIERS in load.sheets:
        known |= {row.values["code"] for row in load.sheets[TIERS].rows}
    for row in sheet.rows:
        if row.values["kind"] == FamilyRequirement.Kind.TIER and row.values["name"] not in known:
            load.wrong(sheet, row, "name", _("there is no tier “%(code)s”") % {"code": row.values["name"]})


PRODUCTS = FileSpec(
    "products.csv",
    "deals_product",
    (
        Column("code", Text(most=64), key=True, needed=True),
        Column("name", Text(most=160), needed=True),
        Column("family", Reference(to=FAMILY, form=Text(most=64)), "family_id", needed=True),
    ),
    before=write_families,
)
FAMILY_REQUIREMENTS = FileSpec(
    "family_requirements.csv",
    "deals_familyrequirement",
    (
        Column("family", Reference(to=FAMILY), "family_id", key=True, needed=True),
        Column("kind", Choice(allowed=tuple(FamilyRequirement.Kind.values)), key=True, needed=True),
        Column("name", Text(most=120), key=True, needed=True),
        Column("people", Whole(least=1, most=1000), default=1),
    ),
    checks=(check_tiers,),
)
