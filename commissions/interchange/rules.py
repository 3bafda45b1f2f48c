"""``rules.csv``: a rule that changes keeps its old version; two rules that tie are refused, both lines named."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from commissions.interchange.plans import PLAN
from commissions.kinds import Kind
from deals.interchange.lookups import FAMILY, PRODUCT
from deals.models import CreditRole
from partners.interchange.lookups import TIER
from prm.interchange import staging
from prm.interchange.cells import Choice, Currency, Day, Number, Reference, Whole
from prm.interchange.checks import Stretch, check_dates_in_order
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prm.interchange.files import Key, Sheet, Values
    from prm.interchange.loading import Load

RATE_LIMIT = Decimal(10_000)
ENDLESS = 32_768
"""Beyond any customer month."""

REASON = "loaded from CSV"
TIE = ("plan", "kind", "product", "family", "tier", "role", "currency")


def check_fields(load: Load, sheet: Sheet) -> None:
    """Refuse fields that the rule's kind does not have, and miss those that it needs."""
    for row in sheet.rows:
        for column, message in _wrong_fields(row.values):
            load.wrong(sheet, row, column, message)


def _wrong_fields(values: Values) -> Iterator[tuple[str, str]]:
    kind = values["kind"]
    flat = kind == Kind.SPIFF
    if flat and values["amount"] is None:
        yield "amount", _("a spiff pays an amount")
    if flat and values["rate"] is not None:
        yield "rate", _("a spiff pays an amount, not a rate")
    if not flat and values["rate"] is None:
        yield "rate", _("a value is needed")
    if not flat and values["amount"] is not None:
        yield "amount", _("only a spiff pays an amount")
    if not flat and values["minimum_mrr"] is not None:
        yield "minimum_mrr", _("only a spiff has a minimum MRR")
    if kind in {Kind.SPIFF, Kind.ACCELERATOR} and not values["currency"]:
        yield "currency", _("%(kind)s needs a currency") % {"kind": kind}
    if values["product"] is not None and values["family"] is not None:
        yield "family", _("a rule names a product or a family, not both")
    if values["age_until"] is not None and values["age_until"] <= values["age_from"]:
        yield "age_until", _("is not above age_from (%(age)s)") % {"age": values["age_from"]}
    yield from _wrong_accelerator(values)


def _wrong_accelerator(values: Values) -> Iterator[tuple[str, str]]:
    if values["kind"] != Kind.ACCELERATOR:
        if values["threshold"] is not None:
            yield "threshold", _("only an accelerator has a threshold")
        return
    for column, plain in (("product", None), ("family", None), ("role", ""), ("age_from", 1), ("age_until", None)):
        if values[column] != plain:
            yield column, _("an accelerator is per partner and has none")


def check_ties(load: Load, sheet: Sheet) -> None:
    """Refuse two rules that are equal but for their rate and hold on a common day for a common age."""
    replaced = {row.id for row in sheet.rows}
    plans = {row.values["plan"] for row in sheet.written()}
    stored = staging.neighbours(sheet.spec, "plan", plans) if plans else []
    groups: defaultdict[Key, list[Stretch]] = defaultdict(list)
    for stretch in [
        *(Stretch.of(values) for pk, values in stored if pk not in replaced),
        *(Stretch.of(row.values, row.line) for row in sheet.rows),
    ]:
        threshold = stretch.values["threshold"]
        if threshold is None and stretch.values["kind"] == Kind.ACCELERATOR:
            threshold = Decimal(0)
        groups[(*(stretch.values[name] for name in TIE), threshold)].append(stretch)
    for group in groups.values():
        for position, later in enumerate(group):
            earlier = next((e for e in group[:position] if _tie(e, later)), None)
            if earlier is not None and later.line:
                message = _("ties with %(other)s: the same fields, and their dates and ages overlap")
                load.problems.add(sheet.spec.name, later.line, "kind", message % {"other": earlier.place()})


def _tie(one: Stretch, other: Stretch) -> bool:
    ages = max(one.values["age_from"], other.values["age_from"])
    until = min(one.values["age_until"] or ENDLESS, other.values["age_until"] or ENDLESS)
    return ages < until and one.overlaps(other)


def store_rules(load: Load, sheet: Sheet) -> None:
    """Retire what changes, with who, when and why, and write its next version."""
    table = staging.stage(sheet.spec, sheet.written())
    facts = {"now": load.now, "user": load.actor.user_id, "reason": REASON}
    columns = [column for column in sheet.spec.columns if column.lookup is None]
    targets = ", ".join(column.target for column in columns)
    sources = ", ".join(f"s.c_{column.name}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE commissions_rule t SET retired_at = %(now)s, retired_by_id = %(user)s, "  # noqa: S608 - names of our own
            f"retired_reason = %(reason)s FROM {table} s WHERE t.id = s.id",
            facts,
        )
        cursor.execute(
            f"INSERT INTO commissions_rule (plan_id, product_id, family_id, tier_id, {targets}, replaces_id, "  # noqa: S608 - as above
            f"created_at, created_by_id, retired_reason) "
            f"SELECT plan.id, product.id, family.id, tier.id, {sources}, s.id, %(now)s, %(user)s, '' "
            f"FROM {table} s JOIN commissions_plan plan ON plan.code = s.c_plan "
            f"LEFT JOIN deals_product product ON product.code = s.c_product "
            f"LEFT JOIN deals_family family ON family.code = s.c_family "
            f"LEFT JOIN partners_tier tier ON tier.code = s.c_tier ORDER BY s.line",
            facts,
        )
    staging.drop(table)


RULES = FileSpec(
    "rules.csv",
    "commissions_rule",
    (
        Column("plan", Reference(to=PLAN), "plan_id", key=True, needed=True),
        Column("kind", Choice(allowed=tuple(Kind.values)), key=True, needed=True),
        Column("product", Reference(to=PRODUCT), "product_id", key=True),
        Column("family", Reference(to=FAMILY), "family_id", key=True),
        Column("tier", Reference(to=TIER), "tier_id", key=True),
        Column("role", Choice(allowed=tuple(CreditRole.values)), key=True),
        Column("currency", Currency(), key=True),
        Column("threshold", Number(), key=True),
        Column("age_from", Whole(least=1), key=True, default=1),
        Column("age_until", Whole(least=1)),
        Column("from", Day(), "valid_from", key=True),
        Column("until", Day(), "valid_until"),
        Column("rate", Number(most=RATE_LIMIT)),
        Column("amount", Number()),
        Column("minimum_mrr", Number()),
    ),
    where="t.retired_at IS NULL",
    checks=(check_dates_in_order, check_fields, check_ties),
    store=store_rules,
)
