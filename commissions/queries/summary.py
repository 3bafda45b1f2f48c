"""The sums of a statement in the order in which page and paper show them, so that the two cannot differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.kinds import Kind

if TYPE_CHECKING:
    from decimal import Decimal

    from commissions.models import Statement
    from commissions.queries.statements import StatementParts


@dataclass(frozen=True, slots=True)
class Sum:
    """One row: ``style`` is ``row`` for a part, ``total`` for what parts add up to, ``closing`` for the last."""

    label: str
    amount: Decimal
    style: str = "total"


def sums_of(statement: Statement, parts: StatementParts) -> list[Sum]:
    """Return opening, earned by kind, corrections by kind, adjustments, payouts and closing."""
    earlier = _("%(kind)s, earlier months")
    return [
        Sum(_("Opening balance"), statement.opening),
        *(Sum(str(Kind(kind).label), amount, "row") for kind, amount in parts.earned),
        Sum(_("Earned"), statement.earned),
        *(Sum(earlier % {"kind": Kind(kind).label}, amount, "row") for kind, amount in parts.true_ups),
        Sum(_("Corrections"), statement.true_up),
        Sum(_("Adjustments"), statement.adjustments),
        Sum(_("Paid since the last statement"), -statement.paid),
        Sum(_("Closing balance"), statement.closing, "closing"),
    ]
