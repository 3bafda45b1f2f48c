"""What integrators read of commission, with everything that an answer shows already joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commissions.models import Adjustment, Entry, Payout, Plan, Rule, Statement
from commissions.queries.differences import standing_differences
from commissions.queries.explained import with_tier_names
from commissions.queries.export import rule_text
from commissions.queries.payouts import batches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from prm.actors import Actor


def entries_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the entries that ``actor`` may see."""
    joined: QuerySet[Any] = with_tier_names(Entry.objects.visible_to(actor)).select_related(
        "run", "partner", "subscription"
    )
    return joined


def rule_texts(entries: Iterable[Entry]) -> dict[int, str]:
    """Return the keys of all rules that the entries used, by id, in one query."""
    used = {pk for entry in entries for pk in rules_of(entry)}
    rules = Rule.objects.filter(pk__in=used).select_related("plan", "product", "family", "tier")
    return {rule.pk: rule_text(rule) for rule in rules}


def rules_of(entry: Entry) -> set[int]:
    """Return the ids of the rules behind an entry; none for a vanished key."""
    return {part["rule"] for part in (entry.working or {}).get("parts", [])}


def statements_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the statements that ``actor`` may see."""
    visible: QuerySet[Any] = Statement.objects.visible_to(actor)
    return visible.select_related("run", "partner")


def plans_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the plans, to internal readers alone."""
    return Plan.objects.all() if actor.is_internal else Plan.objects.none()


def rules_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the commission rules in force or to come, to internal readers alone; corrected versions are history."""
    if not actor.is_internal:
        return Rule.objects.none()
    return Rule.objects.filter(retired_at__isnull=True).select_related("plan", "product", "family", "tier")


def adjustments_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the adjustments that ``actor`` may see."""
    return Adjustment.objects.visible_to(actor).select_related("partner", "subscription", "run")


def open_items_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the differences outside the correction window, decided or not, to internal readers alone."""
    return standing_differences(actor, undecided_only=False)


def payouts_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the payouts that ``actor`` may see."""
    return Payout.objects.visible_to(actor).select_related("partner", "batch")


def batches_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the batches of payouts with how many are in which state, to internal readers alone."""
    return batches(actor)
