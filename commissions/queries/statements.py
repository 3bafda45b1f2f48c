"""Statements as their owner reads them: list, parts, lines. Every figure is a sum of entries or a stored balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, DecimalField, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from commissions.kinds import KIND_ORDER
from commissions.models import Adjustment, Entry, LedgerAccount, Posting, Statement
from commissions.queries.explained import with_tier_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from commissions.models import Run
    from prm.actors import Actor

_MONEY = DecimalField(max_digits=20, decimal_places=4)


@dataclass(frozen=True, slots=True)
class StatementParts:
    """What the entries of a statement add up to: ``earned`` by kind without true-ups, ``true_ups`` by kind."""

    earned: tuple[tuple[str, Decimal], ...]
    true_ups: tuple[tuple[str, Decimal], ...]


def statements_of(actor: Actor) -> QuerySet[Statement]:
    """Return the statements that ``actor`` may see, newest first."""
    rows = Statement.objects.visible_to(actor).select_related("run", "partner", "self_billing_document")
    return rows.order_by("-run__number", "currency")


def statements_of_run(run: Run) -> QuerySet[Statement]:
    """Return the statements that a run's approval issued, in the order of their numbers."""
    return Statement.objects.filter(run=run).select_related("run", "partner").order_by("number")


def latest_balances(actor: Actor) -> list[Statement]:
    """Return the latest statement of each currency of the actor's partner, with what is ``owed`` by now."""
    return list(_with_owed(_latest(actor)).select_related("run").order_by("currency"))


def balances_and_month(actor: Actor, *, month: date, currency: str) -> tuple[list[Statement], list[Statement]]:
    """Return :func:`latest_balances`, and the statements of a month in a currency, oldest first; read at once.

    A month has several where it was run again.
    """
    found = _with_owed(Statement.objects.visible_to(actor)).filter(
        Q(pk__in=_latest(actor).values("pk")) | Q(run__period=month, currency=currency)
    )
    rows = list(found.select_related("run").order_by("currency", "-run__number"))
    latest: dict[str, Statement] = {}
    for row in rows:
        latest.setdefault(row.currency, row)
    of_month = [row for row in reversed(rows) if row.run.period == month and row.currency == currency]
    return list(latest.values()), of_month


def _latest(actor: Actor) -> QuerySet[Statement]:
    """Return the last statement of each currency of the actor's partner."""
    own = Statement.objects.visible_to(actor).filter(partner_id=actor.partner_id or 0)
    newest = own.filter(currency=OuterRef("currency")).order_by("-run__number").values("pk")[:1]
    return own.filter(pk=Subquery(newest))


def _with_owed(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Add what the ledger says is ``owed``: a payout since the statement has lessened it.

    It is the closing balance where nothing was ever posted for the partner.
    """
    payable = Case(
        When(credit=LedgerAccount.PARTNER_PAYABLE, then=F("amount")),
        When(debit=LedgerAccount.PARTNER_PAYABLE, then=-F("amount")),
        default=Value(0),
        output_field=_MONEY,
    )
    own = Posting.objects.filter(partner=OuterRef("partner"), currency=OuterRef("currency"))
    owed = own.order_by().values("currency").annotate(total=Sum(payable)).values("total")
    return statements.annotate(owed=Coalesce(Subquery(owed), F("closing"), output_field=_MONEY))


def parts_of(statements: Sequence[Statement]) -> StatementParts:
    """Return the sums by kind behind statements of one partner and currency."""
    if not statements:
        return StatementParts((), ())
    sums = (
        Entry.objects.filter(
            run_id__in=[statement.run_id for statement in statements],
            partner_id=statements[0].partner_id,
            currency=statements[0].currency,
        )
        .values_list("is_true_up", "kind")
        .annotate(amount=Sum("amount"))
        .order_by()
    )
    found = sorted(sums, key=lambda row: KIND_ORDER[row[1]])
    return StatementParts(
        tuple((kind, amount) for is_true_up, kind, amount in found if not is_true_up),
        tuple((kind, amount) for is_true_up, kind, amount in found if is_true_up),
    )


def lines_of(statement: Statement) -> QuerySet[Entry]:
    """Return the entries of a statement: what was earned first, then true-ups, by customer."""
    return (
        with_tier_names(Entry.objects.all())
        .filter(run_id=statement.run_id, partner_id=statement.partner_id, currency=statement.currency)
        .select_related("run", "partner", "subscription__account", "subscription__product")
        .order_by("is_true_up", "subscription__account__name", "subscription_id", "earned_period", "kind", "id")
    )


def adjustments_on(statement: Statement) -> list[Adjustment]:
    """Return the adjustments that a statement carries, in the order in which they were entered."""
    found = Adjustment.objects.filter(
        run_id=statement.run_id, partner_id=statement.partner_id, currency=statement.currency
    )
    return list(found.select_related("subscription__account").order_by("pk"))
