"""What waits for channel managers, every list of it counted in one statement: the lists count the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DateTimeField, IntegerField, Min, Q, TextField, Value
from django.db.models.functions import Cast

from deals.queries.awards import late_wins_for
from deals.queries.decisions import waiting_for_decision
from deals.queries.leads import TO_OFFER, leads_for
from deals.queries.letters import letters_to_handle
from deals.queries.protection import to_release

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor

    Row = tuple[str, int, int, datetime | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of each list waits; ``silent`` are protected customers of whom nothing was heard for long.

    Of the decisions also how many are late, and since when the oldest waits.
    """

    decisions: int = 0
    leads: int = 0
    late_wins: int = 0
    letters: int = 0
    silent: int = 0
    late: int = 0
    oldest: datetime | None = None


def waiting_for(actor: Actor, *, now: datetime, release_days: int) -> Waiting:
    """Count what waits, in one query; ``release_days`` are the days of silence after which one may release."""
    return _counted(
        _count(
            "decisions",
            waiting_for_decision(actor),
            late=Count("pk", filter=Q(due_at__lte=now)),
            oldest=Min("submitted_at"),
        ),
        _count("leads", leads_for(actor, state=TO_OFFER)),
        _count("late_wins", late_wins_for(actor)),
        _count("letters", letters_to_handle(actor)),
        _count("silent", to_release(actor, now=now, days=release_days)),
    )


def waiting_in_bar(actor: Actor) -> Waiting:
    """Count what the bar of every console page says, in one query."""
    return _counted(_count("decisions", waiting_for_decision(actor)), _count("leads", leads_for(actor, state=TO_OFFER)))


def _counted(first: QuerySet[Any, Row], *others: QuerySet[Any, Row]) -> Waiting:
    rows = list(first.union(*others, all=True))
    counts: dict[str, Any] = {name: count for name, count, _late, _oldest in rows}
    late = sum(late for _name, _count, late, _oldest in rows)
    return Waiting(**counts, late=late, oldest=next((oldest for *_figures, oldest in rows if oldest), None))


def _count(name: str, rows: QuerySet[Any], **figures: Any) -> QuerySet[Any, Row]:
    nothing = Cast(Value(None), DateTimeField())
    late, oldest = figures.get("late", Value(0, IntegerField())), figures.get("oldest", nothing)
    counted: QuerySet[Any, Row] = (
        rows.order_by()
        .select_related(None)
        .prefetch_related(None)
        .annotate(waiting_list=Value(name, TextField()))
        .values("waiting_list")
        .annotate(waiting_count=Count("pk"), waiting_late=late, waiting_oldest=oldest)
        .values_list("waiting_list", "waiting_count", "waiting_late", "waiting_oldest")
    )
    return counted
