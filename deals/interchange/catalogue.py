"""``products.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.interchange.lookups import FAMILY
from deals.models import Family
from prm.interchange.cells import Reference, Text
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load


def write_families(_load: Load, sheet: Sheet) -> None:
    """Make the families that nobody has named before; their name can be edited later."""
    codes = sorted({row.values["family"] for row in sheet.written()})
    Family.objects.bulk_create((Family(code=code, name=code) for code in codes), ignore_conflicts=True)


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
