"""What the rules of engagement look at: gathered by ``deals.queries.evidence``, judged by ``rules``.

Facts hold more than one version of the settings needs: a past submission can be judged again under other windows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class NamedPolicy(StrEnum):
    """What a named-account list says about registrations, the strictest first."""

    BLOCK = "block"
    REVIEW = "review"
    CO_SELL = "co-sell"


class RequirementKind(StrEnum):
    """What a product family may ask of a partner."""

    TIER = "tier"
    AGREEMENT = "agreement"
    CERTIFICATION = "certification"


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """The partner that asks. ``territories`` are (country, segment), "" for any; none: everywhere.

    ``agreements`` are those signed and in force; ``certified`` says of each certification how many people hold it.
    """

    status: str
    territories: tuple[tuple[str, str], ...] = ()
    live_count: int = 0
    live_cap: int | None = None
    tier: str = ""
    tier_rank: int = 0
    auto_approve: bool = False
    agreements: tuple[str, ...] = ()
    certified: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the family needs: a tier of ``rank`` or higher, an agreement, or a certification of ``people``."""

    kind: RequirementKind
    name: str
    rank: int = 0
    people: int = 1


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A registration of the same partner on this customer and family; a closed one has ended ``since``."""

    reference: str
    status: str
    since: datetime | None


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
    """What the customer pays for, or a win that is not billed yet; no ``partners`` means direct.

    A win carries its ``origin``, which says whether its holder will have a sourced share.
    """

    reference: str
    since: date | None
    partners: tuple[str, ...] = ()
    includes_asker: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class DirectOpportunity:
    """What direct sales has open in the CRM; ``since`` is the CRM's own stamp."""

    reference: str
    since: datetime
    stage: str = ""
    owner: str = ""
    seller: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """An entry of a named-account list; ``relation`` says whose: "", parent or child."""

    policy: NamedPolicy
    account: str = ""
    owner: str = ""
    named_list: str = ""
    relation: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What is known about one customer and family. ``rivals_pending`` are undecided and earlier, in order."""

    own_live: OwnRecord | None = None
    own_closed: OwnRecord | None = None
    protected: Rival | None = None
    rivals_pending: tuple[Rival, ...] = ()
    incumbents: tuple[Incumbent, ...] = ()
    named: tuple[Named, ...] = ()
    opportunities: tuple[DirectOpportunity, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another customer that bears on the decision: ``relation`` is parent, child, sibling or lookalike."""

    account: str
    relation: str
    similarity: Decimal = Decimal(0)
    claims: Claims = field(default_factory=Claims)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision rests on. Amounts are in the program's currency, per month.

    ``asked_at`` is the submission, ``now`` the evaluation. ``is_identified``: there is a domain that identifies
    the customer; ``domain_known``: it led to a customer that we knew; ``is_certain``: the records agree on which
    customer it is. ``has_letter``: the customer names the partner in a letter; ``is_tendered``: several partners may
    bid for customer and family. ``lookalikes`` are those from ``lookalike_floor`` up.
    """

    partner: PartnerFacts
    asked_at: datetime = datetime(1, 1, 1, tzinfo=UTC)
    now: datetime = datetime(1, 1, 1, tzinfo=UTC)
    country: str = ""
    segment: str = ""
    family: str = ""
    is_identified: bool = True
    domain_known: bool = True
    is_certain: bool = True
    doubt: str = ""
    expected_mrr: Decimal | None = None
    requirements: tuple[Requirement, ...] = ()
    has_letter: bool = False
    is_tendered: bool = False
    claims: Claims = field(default_factory=Claims)
    related: tuple[Neighbour, ...] = ()
    lookalikes: tuple[Neighbour, ...] = ()
    lookalike_floor: Decimal = Decimal(0)
