"""Whose decisions are on whose desk: by the partner's manager, and by who stands in for whom today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from deals.models import Delegation, Family, ReasonTemplate, Registration, RegistrationFinding, RegistrationStatus
from prm.models import User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

STATES = (RegistrationStatus.SUBMITTED, RegistrationStatus.RETURNED, RegistrationStatus.WAITING)
"""What the queue can list: what waits for us, for the partner, and for somebody else's protection to end."""

SORTS: Mapping[str, tuple[str, ...]] = {
    "due": ("due_at", "pk"),
    "submitted": ("submitted_at", "pk"),
    "customer": ("account__name", "pk"),
    "partner": ("holder__name", "due_at", "pk"),
    "expected": ("expected_mrr", "pk"),
}
"""What the queue can be sorted by; ``-key`` turns it round."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's desk today: their own partners', and those of the managers for whom they stand in."""

    email: str = ""
    covers: Mapping[str, str] = field(default_factory=dict)
    families: Sequence[tuple[str, str]] = ()
    reasons: Sequence[tuple[str, str]] = ()

    @property
    def managers(self) -> set[str]:
        """Return the addresses of the managers whose decisions are on this desk."""
        return {email for email in (self.email, *self.covers) if email}

    def stands_in_for(self, registration: Registration) -> str:
        """Return the name of the manager for whom this person decides ``registration``, or nothing."""
        return self.covers.get(registration.holder.manager_email.lower(), "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the queue is asked for, and in which order. Everything empty: all that waits, due first."""

    who: str = ""
    state: str = ""
    family: str = ""
    partner: str = ""
    rule: str = ""
    late: bool = False
    sort: str = ""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.who or self.state or self.family or self.partner or self.rule or self.late)


def desk_of(*, user_id: int | None, email: str, today: date) -> Desk:
    """Return the desk of a person, with the families to filter by and the reasons to offer: (text, decision).

    Three short lists that every page of the queue needs, in one query.
    """
    standing_in = Delegation.objects.filter(deputy_id=user_id or 0, valid__contains=today)
    rows = (
        _list("cover", standing_in, "away__email", Coalesce(NullIf("away__name", Value("")), "away__email"))
        .union(
            _list("family", Family.objects.all(), "code", F("name")),
            _list("reason", ReasonTemplate.objects.all(), "act", F("text"), "position"),
            all=True,
        )
        .order_by("list", "place", "word")
    )
    lists: dict[str, list[tuple[str, str]]] = {"cover": [], "family": [], "reason": []}
    for name, code, word, _position in rows:
        lists[name].append((code, word))
    acts = dict(ReasonTemplate.Act.choices)
    reasons = [(text, str(acts[act])) for act, text in lists["reason"]]
    return Desk(email.lower(), dict(lists["cover"]), lists["family"], reasons)


def _list(
    name: str, rows: QuerySet[Any], code: str, word: Any, position: str | None = None
) -> QuerySet[Any, tuple[str, str, str, int]]:
    place = Cast(F(position), IntegerField()) if position else Value(0, IntegerField())
    text = Cast(word, TextField())
    listed: QuerySet[Any, tuple[str, str, str, int]] = (
        rows.order_by()
        .annotate(list=Value(name, TextField()), desk_code=Cast(F(code), TextField()), word=text, place=place)
        .values_list("list", "desk_code", "word", "place")
    )
    return listed


def sieved(
    registrations: QuerySet[Registration], *, wanted: Wanted, desk: Desk, now: datetime
) -> QuerySet[Registration]:
    """Return those of ``registrations`` that are wanted, in the wanted order; unknown words are the default ones."""
    state = wanted.state if wanted.state in STATES else RegistrationStatus.SUBMITTED
    found = registrations.filter(status=state)
    if wanted.who == "mine":
        found = found.filter(on_desk(desk))
    if wanted.family:
        found = found.filter(family__code=wanted.family)
    if wanted.partner:
        found = found.filter(holder__code=wanted.partner)
    if wanted.late:
        found = found.filter(due_at__lte=now)
    if wanted.rule:
        found = found.filter(_found_last(wanted.rule))
    return found.order_by(*_order(wanted.sort))


def on_desk(desk: Desk) -> Q:
    """Return the condition of what is on the desk; partners without a manager are on everybody's."""
    mine = Q(holder__manager_email="")
    for email in sorted(desk.managers):
        mine |= Q(holder__manager_email__iexact=email)
    return mine


def delegations_now(*, today: date) -> list[Delegation]:
    """Return the delegations of today and of the days to come, the first first."""
    running = Delegation.objects.filter(valid_until__gt=today).exclude(valid__isempty=True)
    return list(running.select_related("away", "deputy").order_by("valid_from", "pk"))


def deciders() -> QuerySet[User]:
    """Return who decides registrations, by name."""
    roles = ["channel_manager", "admin"]
    return User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "email")


def reasons_offered() -> list[ReasonTemplate]:
    """Return the reasons in the order of decisions and positions."""
    return list(ReasonTemplate.objects.order_by("act", "position", "pk"))


def _found_last(rule: str) -> Exists:
    """Return the condition that the last evaluation found ``rule``."""
    of_it = RegistrationFinding.objects.filter(registration=OuterRef("registration")).order_by("-evaluated_at")
    found = RegistrationFinding.objects.filter(registration=OuterRef("pk"), code=rule)
    return Exists(found.filter(evaluated_at=Subquery(of_it.values("evaluated_at")[:1])))


def _order(sort: str) -> list[str]:
    fields = SORTS.get(sort.removeprefix("-"), SORTS["due"])
    turn = "-" if sort.startswith("-") else ""
    return [turn + fields[0], *fields[1:]]
