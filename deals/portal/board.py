"""The open deals as a board: what is not approved yet, then one column for each stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from deals.models import RegistrationEvent, RegistrationStatus
from deals.portal.next_step import next_step
from deals.queries.deals import DealRow, deal_row, deals_of
from deals.queries.history import stage_word

if TYPE_CHECKING:
    from datetime import datetime

    from deals.policy import RuleSettings
    from prm.actors import Actor

MOST_CARDS = 200
"""Cards on the board; more are in the table, which has pages."""


@dataclass(frozen=True, slots=True)
class Card:
    """A deal on the board: ``back`` and ``forward`` are the stages beside its own, (code, word) or nothing."""

    row: DealRow
    next_step: str
    back: tuple[str, str] | None = None
    forward: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One stage, or what comes before the first."""

    title: str
    cards: list[Card] = field(default_factory=list)


def columns_of(actor: Actor, *, settings: RuleSettings, vendor: str, now: datetime) -> list[Column]:
    """Return the columns in the order of the stages; a deal in a stage that is offered no more stands in the first."""
    stages = list(settings.stages)
    before = Column(_("Not approved yet"))
    columns = {stage: Column(stage_word(stage)) for stage in stages}
    extended = RegistrationEvent.objects.filter(registration=OuterRef("pk"), kind="extended")
    for deal in deals_of(actor, sort="until").annotate(was_extended=Exists(extended))[:MOST_CARDS]:
        row = deal_row(deal, now=now)
        said = next_step(row, vendor=vendor, was_extended=deal.was_extended)
        if deal.status != RegistrationStatus.APPROVED:
            before.cards.append(Card(row, said))
            continue
        at = stages.index(deal.stage) if deal.stage in stages else 0
        columns[stages[at]].cards.append(Card(row, said, _beside(stages, at - 1), _beside(stages, at + 1)))
    return [before, *columns.values()]


def _beside(stages: list[str], at: int) -> tuple[str, str] | None:
    return (stages[at], stage_word(stages[at])) if 0 <= at < len(stages) else None
