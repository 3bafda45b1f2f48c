"""What a deal would earn, and what other tiers would cost: commissions registers the providers, pages show the answers.

An estimate is advice from what was typed and the terms of today; nothing is stored, nothing is promised.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """A deal as it is typed: monthly revenue in a currency for a family (its code), at the terms of a day."""

    family: str
    currency: str
    mrr: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Estimate:
    """Amounts in the currency that was asked in; rates are per cent, None where they change within the months.

    ``upfront`` and ``later`` (a month, from month 13) are None where no rule pays them.
    """

    upfront: Decimal | None
    upfront_rate: Decimal | None
    first_year: Decimal
    first_rate: Decimal | None
    later: Decimal | None
    later_rate: Decimal | None

    @property
    def total(self) -> Decimal:
        """Return what the first twelve months would bring."""
        return self.first_year + (self.upfront or 0)


Provider = Callable[[Actor, Asked], Estimate | None]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Set the provider; registering again replaces it, so that ``ready`` may run twice."""
    _providers[:] = [provider]


def estimate(actor: Actor, asked: Asked) -> Estimate | None:
    """Return the estimate, or nothing where no rule applies or the actor sees no money."""
    return _providers[0](actor, asked) if _providers and actor.sees_money else None


# What other tiers would cost


@dataclass(frozen=True, slots=True)
class TierCost:
    """What a month's commission comes to in one currency, as it is and with the tiers that were asked about."""

    currency: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """Return how much more it is."""
        return self.after - self.before


TierProvider = Callable[[Actor, Mapping[int, str], datetime], tuple[date, tuple[TierCost, ...]]]
_tier_providers: list[TierProvider] = []


def register_tiers(provider: TierProvider) -> None:
    """Set the provider of tiers' costs; registering again replaces it."""
    _tier_providers[:] = [provider]


def tier_cost(actor: Actor, tiers: Mapping[int, str], now: datetime) -> tuple[date, tuple[TierCost, ...]] | None:
    """Return a month and what it would cost if partners (by key) held other tiers (by code); None where nobody knows.

    Raises ``DomainError`` where it takes too long, ``NotAllowedError`` for whom it is not.
    """
    return _tier_providers[0](actor, tiers, now) if _tier_providers and tiers else None
