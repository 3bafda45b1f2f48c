"""``plans.csv`` and ``plan_assignments.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.models import Basis, Clawback, Plan
from partners.interchange.lookups import PARTNER
from prm.interchange.cells import Choice, Code, Currency, Day, Flag, Number, Reference, Text, Whole
from prm.interchange.checks import check_dates_in_order, check_no_overlap
from prm.interchange.files import Column, FileSpec, Lookup

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load

PLAN = Lookup("commissions_plan", "code", "plans.csv", "code")


def check_one_default(load: Load, sheet: Sheet) -> None:
    """Refuse a second default plan in the file; one that is stored hands over to the file's."""
    first = 0
    for row in sheet.rows:
        if row.values["default"] and first:
            message = _("line %(line)s is the default plan already; there is one") % {"line": first}
            load.wrong(sheet, row, "default", message)
        elif row.values["default"]:
            first = row.line


def hand_over_default(_load: Load, sheet: Sheet) -> None:
    """Take the default from the plan that has it when the file names another."""
    named = [row.values["code"] for row in sheet.rows if row.values["default"]]
    kept = [row.values["code"] for row in sheet.rows if not row.values["default"]]
    if named:
        Plan.objects.filter(is_default=True).exclude(code__in=named).update(is_default=False)
    elif kept:
        Plan.objects.filter(is_default=True, code__in=kept).update(is_default=False)


PLANS = FileSpec(
    "plans.csv",
    "commissions_plan",
    (
        Column("code", Code(), key=True, needed=True),
        Column("name", Text(most=120), needed=True),
        Column("basis", Choice(allowed=tuple(Basis.values)), default=Basis.CONTRACTED.value),
        Column("clawback", Choice(allowed=tuple(Clawback.values)), default=Clawback.NONE.value),
        Column("clawback_days", Whole(most=3660), default=0),
        Column("cap_per_subscription", Number()),
        Column("cap_currency", Currency()),
        Column("minimum_payout", Number(), default=0),
        Column("minimum_currency", Currency()),
        Column("true_up_months", Whole(most=600), default=12),
        Column("default", Flag(), "is_default"),
    ),
    checks=(check_one_default,),
    before=hand_over_default,
)
PLAN_ASSIGNMENTS = FileSpec(
    "plan_assignments.csv",
    "commissions_planassignment",
    (
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("plan", Reference(to=PLAN), "plan_id", needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
    ),
    checks=(
        check_dates_in_order,
        check_no_overlap("partner", what=lambda: _("a partner is on one plan at a time")),
    ),
)
