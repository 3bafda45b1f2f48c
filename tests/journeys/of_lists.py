"""The console's lists beside the queue of decisions, and their files: addresses without anybody's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.journeys.world import World


def nothing(_world: World) -> dict[str, Any]:
    """Give nothing: an address without ids."""
    return {}


OF_LISTS = dict.fromkeys(
    (
        "manage/awards/",
        "manage/awards/awards.csv",
        "manage/late-wins/",
        "manage/late-wins/late-wins.csv",
        "manage/leads/",
        "manage/leads/leads.csv",
        "manage/letters/",
        "manage/letters/letters.csv",
        "manage/silent/",
        "manage/silent/release/",
        "manage/silent/silent.csv",
        "manage/tenders/",
        "manage/tenders/tenders.csv",
    ),
    nothing,
)
