"""``agreements.csv``: what partners have signed."""

from partners.interchange.lookups import PARTNER
from prm.interchange.cells import Day, Reference, Text
from prm.interchange.checks import check_dates_in_order
from prm.interchange.files import Column, FileSpec

AGREEMENTS = FileSpec(
    "agreements.csv",
    "partners_signedagreement",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("agreement", Text(most=120), key=True, needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
        Column("text_version", Text(most=40)),
        Column("signed_by", Text(most=200)),
    ),
    checks=(check_dates_in_order,),
)
