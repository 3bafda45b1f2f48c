"""Facts as JSON and back: what a decision rested on is kept, so that it can be judged again under other rules."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from deals.policy.facts import (
    Claims,
    DirectOpportunity,
    Facts,
    Incumbent,
    Named,
    NamedPolicy,
    Neighbour,
    OwnRecord,
    PartnerFacts,
    Requirement,
    RequirementKind,
    Rival,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """Return ``facts`` in full, of plain JSON values."""
    return {name: _plain(value) for name, value in asdict(facts).items()}


def facts_from_json(kept: Mapping[str, Any]) -> Facts:
    """Return the facts that ``facts_to_json`` wrote; what was added to facts since has its default."""
    values = dict(kept)
    partner = dict(values["partner"])
    for name in ("territories", "certified"):
        partner[name] = tuple((first, second) for first, second in partner.get(name, ()))
    partner["agreements"] = tuple(partner.get("agreements", ()))
    values |= {
        "partner": PartnerFacts(**partner),
        "asked_at": datetime.fromisoformat(values["asked_at"]),
        "now": datetime.fromisoformat(values["now"]),
        "expected_mrr": _amount(values.get("expected_mrr")),
        "lookalike_floor": Decimal(values.get("lookalike_floor", "0")),
        "requirements": tuple(
            Requirement(**{**need, "kind": RequirementKind(need["kind"])}) for need in values.get("requirements", ())
        ),
        "claims": _claims(values.get("claims", {})),
        "related": _neighbours(values.get("related", ())),
        "lookalikes": _neighbours(values.get("lookalikes", ())),
    }
    return Facts(**values)


def _claims(kept: Mapping[str, Any]) -> Claims:
    own_live, own_closed, holder = kept.get("own_live"), kept.get("own_closed"), kept.get("protected")
    return Claims(
        own_live=_own(own_live) if own_live else None,
        own_closed=_own(own_closed) if own_closed else None,
        protected=_rival(holder) if holder else None,
        rivals_pending=tuple(_rival(entry) for entry in kept.get("rivals_pending", ())),
        incumbents=tuple(
            Incumbent(**{**entry, "since": _day(entry["since"]), "partners": tuple(entry["partners"])})
            for entry in kept.get("incumbents", ())
        ),
        named=tuple(
            Named(**{**entry, "policy": NamedPolicy(entry["policy"]), "since": _day(entry["since"])})
            for entry in kept.get("named", ())
        ),
        opportunities=tuple(
            DirectOpportunity(**{**entry, "since": datetime.fromisoformat(entry["since"])})
            for entry in kept.get("opportunities", ())
        ),
    )


def _neighbours(kept: Any) -> tuple[Neighbour, ...]:
    return tuple(
        Neighbour(**{**entry, "similarity": Decimal(entry["similarity"]), "claims": _claims(entry["claims"])})
        for entry in kept
    )


def _own(kept: Mapping[str, Any]) -> OwnRecord:
    return OwnRecord(**{**kept, "since": _moment(kept["since"])})


def _rival(kept: Mapping[str, Any]) -> Rival:
    return Rival(**{**kept, "since": _moment(kept["since"]), "until": _moment(kept["until"])})


def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


def _amount(kept: str | None) -> Decimal | None:
    return None if kept is None else Decimal(kept)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, (RequirementKind, NamedPolicy)) else value
