"""Versions of the rules of engagement: which there are, and what each of them changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deals.models import RulesOfEngagement
from deals.policy import RuleSettings
from deals.queries.rules import settings_of
from prm.errors import NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from prm.actors import Actor
    from prm.models import Program


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that two versions have differently; ``part`` names the rule or origin within it."""

    setting: str
    part: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a person reads it, with what it changed from the one before it."""

    row: RulesOfEngagement
    settings: RuleSettings
    differences: tuple[Difference, ...]

    def state(self, now: datetime) -> str:
        """Return past, current or future."""
        if self.row.effective_from > now:
            return "future"
        return "past" if self.row.effective_until is not None and self.row.effective_until <= now else "current"


def versions(actor: Actor, *, program: Program) -> list[Version]:
    """Return every version in order of time, the latest first; for internal readers alone."""
    if not actor.is_internal:
        raise NotAllowedError
    before = settings_of(0, {}, program=program)
    found = []
    for row in RulesOfEngagement.objects.select_related("created_by").order_by("effective_from"):
        settings = settings_of(row.version, row.settings, program=program)
        found.append(Version(row, settings, tuple(differences(before, settings))))
        before = settings
    return found[::-1]


def versions_to_read(actor: Actor) -> QuerySet[RulesOfEngagement]:
    """Return the versions; partners read sentences, not thresholds to stay just under."""
    found = RulesOfEngagement.objects.all()
    return found if actor.is_internal else found.none()


def differences(was: RuleSettings, now: RuleSettings) -> Iterator[Difference]:
    """Yield what ``now`` has differently from ``was``, in the order of the settings."""
    before, after = was.to_json(), now.to_json()
    for setting, value in after.items():
        old = before[setting]
        if isinstance(value, dict):
            for part, inner in value.items():
                if old.get(part) != inner:
                    yield Difference(setting, part, old.get(part), inner)
        elif old != value:
            yield Difference(setting, "", old, value)
