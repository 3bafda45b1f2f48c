"""``credits.csv``: shares that never overlap and, per subscription and day, add up to 100 % at most."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.interchange.lookups import SUBSCRIPTION
from deals.models import CreditRole
from partners.interchange.lookups import PARTNER
from prm.interchange.cells import Choice, Day, Number, Reference
from prm.interchange.checks import BEGINNING, check_dates_in_order, check_no_overlap, stretches
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from datetime import date

    from prm.interchange.checks import Stretch
    from prm.interchange.files import Sheet, Values
    from prm.interchange.loading import Load

WHOLE = Decimal(100)


def counts(values: Values) -> bool:
    """Whether a credit holds: one with share 0 is voided."""
    return bool(values["share"] > 0)


def counts_as_sourced(values: Values) -> bool:
    """Whether a credit takes part in the sum of shares."""
    return bool(values["share"] > 0 and values["role"] == CreditRole.SOURCED)


def check_shares(load: Load, sheet: Sheet) -> None:
    """Refuse sourced shares over 100 %: a sum can only rise on a day on which some credit begins."""
    in_file, stored = stretches(sheet, "subscription", counts_as_sourced)
    held: defaultdict[str, list[Stretch]] = defaultdict(list)
    for stretch in [*stored, *in_file]:
        if stretch.start < stretch.end:
            held[stretch.values["subscription"]].append(stretch)
    for subscription, credits_held in held.items():
        if sum(s.values["share"] for s in credits_held) > WHOLE:
            _check_days(load, sheet, subscription, credits_held)


def _check_days(load: Load, sheet: Sheet, subscription: str, held: list[Stretch]) -> None:
    reported: set[int] = set()
    for day in sorted({s.start for s in held}):
        on_day = [s for s in held if s.start <= day < s.end]
        total = sum((s.values["share"] for s in on_day), Decimal(0))
        line = max(s.line for s in on_day)
        if total > WHOLE and line not in reported:
            reported.add(line)
            load.problems.add(sheet.spec.name, line, "share", _too_much(subscription, day, total, on_day, line))


def _too_much(subscription: str, day: date, total: Decimal, on_day: list[Stretch], line: int) -> str:
    others = sorted((s for s in on_day if s.line != line), key=lambda s: (s.line, s.start))
    return _("the sourced shares of “%(subscription)s” add up to %(total)s %% on %(day)s, together with %(others)s") % {
        "subscription": subscription,
        "total": f"{total.normalize():f}",
        "day": _("the first day") if day == BEGINNING else day,
        "others": ", ".join(s.place() for s in others),
    }


CREDITS = FileSpec(
    "credits.csv",
    "deals_credit",
    (
        Column("subscription", Reference(to=SUBSCRIPTION), "subscription_id", key=True, needed=True),
        Column("partner", Reference(to=PARTNER), "partner_id", key=True, needed=True),
        Column("role", Choice(allowed=tuple(CreditRole.values)), key=True, needed=True),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
        Column("share", Number(most=WHOLE, digits=4), needed=True),
    ),
    checks=(
        check_dates_in_order,
        check_no_overlap(
            "subscription",
            "partner",
            "role",
            keep=counts,
            what=lambda: _("a partner has one share of a subscription and role at a time"),
        ),
        check_shares,
    ),
)
