"""What the rules of engagement look at: gathered by ``deals.queries.evidence``, judged by ``rules``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal


class NamedPolicy(StrEnum):
    """What a named (key) account's own list says about registrations on it."""

    NONE = ""
    BLOCK = "block"
    REVIEW = "review"
    CO_SELL = "co-sell"


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """The partner that asks. ``territories`` are (country, segment), "" for any; none: everywhere."""

    status: str
    territories: tuple[tuple[str, str], ...] = ()
    live_count: int = 0
    live_cap: int | None = None


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A registration of the same partner on this customer and family."""

    reference: str
    status: str
    since: date | datetime | None


@dataclass(frozen=True, slots=True)
class Rival:
    """A registration of another partner on this customer and family; ``until`` ends its protection."""

    reference: str
    partner: str
    since: datetime | None
    place: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incumbent:
    """What the customer pays for, or a win that is not billed yet; no ``partners`` means direct."""

    reference: str
    since: date | None
    partners: tuple[str, ...] = ()
    includes_asker: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision rests on. Amounts are in the program's currency, per month.

    ``is_identified``: there is a domain that identifies the customer. ``is_certain``: the records
    agree on which customer it is. ``rivals_pending`` are undecided and earlier in line, in order.
    """

    partner: PartnerFacts
    country: str = ""
    segment: str = ""
    family: str = ""
    is_identified: bool = True
    is_certain: bool = True
    doubt: str = ""
    expected_mrr: Decimal | None = None
    minimum_mrr: Decimal | None = None
    own_live: OwnRecord | None = None
    own_closed: OwnRecord | None = None
    protected: Rival | None = None
    rivals_pending: tuple[Rival, ...] = ()
    incumbents: tuple[Incumbent, ...] = ()
    has_letter: bool = False
    named_policy: NamedPolicy = NamedPolicy.NONE
    named_owner: str = ""
