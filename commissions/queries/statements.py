"""Statements as their owner reads them: list, parts, lines. Every figure is a sum of entries or a stored balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from commissions.kinds import KIND_ORDER
from commissions.models import Entry, Statement
from commissions.queries.explained import with_tier_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from django.db.models import QuerySet

    from commissions.models import Run
    from prm.actors import Actor


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


def balances(statements: Sequence[Statement]) -> list[Statement]:
    """Return the latest of each currency: its closing balance is approved and not paid yet."""
    latest: dict[str, Statement] = {}
    for statement in sorted(statements, key=lambda one: one.run.number):
        latest[statement.currency] = statement
    return [latest[currency] for currency in sorted(latest)]


def latest_balances(actor: Actor) -> list[Statement]:
    """Return the latest statement of each currency of the actor's partner."""
    return list(
        Statement.objects.visible_to(actor)
        .filter(partner_id=actor.partner_id or 0)
        .select_related("run")
        .order_by("currency", "-run__number")
        .distinct("currency")
    )


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
