"""What of deals and leads waits for a partner's people: every page of the portal asks, so it is one statement."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from deals.models import LeadOffer, Registration, RegistrationEvent, RegistrationStatus
from deals.models.registrations import EndOfWindow, StartOfWindow
from deals.queries.deals import ENDS_SOON

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


class Waits(NamedTuple):
    """One thing that waits: a ``returned`` or ``ending`` registration, an ``offered`` or ``accepted`` lead.

    ``question`` is what we asked; ``expected`` a month, in ``currency``; ``extended`` says that the protection was.
    """

    kind: str
    public_id: UUID
    customer: str
    question: str
    stage: str
    expected: Decimal | None
    currency: str
    due_at: datetime | None
    started_at: datetime | None
    extended: bool


def waits_for(actor: Actor, *, now: datetime) -> list[Waits]:
    """Return what waits for the people of ``actor``'s partner, what is due first on top, in one query.

    Registrations on which an answer is awaited, protected ones whose window ends within 14 days, and leads to answer
    or to register.
    """
    rows = _registrations(actor, now=now).union(_leads(actor), all=True).order_by("due", "link")
    return [Waits(*row) for row in rows]


def _registrations(actor: Actor, *, now: datetime) -> QuerySet[Any, Any]:
    returned = Q(status=RegistrationStatus.RETURNED)
    ending = Q(status=RegistrationStatus.APPROVED, protected__endswith__gt=now)
    ending &= Q(protected__endswith__lte=now + ENDS_SOON)
    extended = RegistrationEvent.objects.filter(registration=OuterRef("pk"), kind="extended")
    found = Registration.objects.visible_to(actor).filter(returned | ending, holder_id=actor.partner_id)
    return _columns(
        found,
        kind=Case(When(returned, then=Value("returned")), default=Value("ending"), output_field=CharField()),
        link=F("public_id"),
        customer=Coalesce(NullIf("company", Value("")), "account__name"),
        question=F("decision_reason"),
        at_stage=F("stage"),
        expected=F("expected_mrr"),
        in_currency=F("currency"),
        due=Case(When(returned, then=F("due_at")), default=EndOfWindow("protected")),
        begun=Case(When(returned, then=None), default=StartOfWindow("protected"), output_field=DateTimeField()),
        was_extended=Exists(extended),
    )


def _leads(actor: Actor) -> QuerySet[Any, Any]:
    is_open = Q(answer="")
    return _columns(
        LeadOffer.objects.filter(partner_id=actor.partner_id or 0, released_at__isnull=True),
        kind=Case(When(is_open, then=Value("offered")), default=Value("accepted"), output_field=CharField()),
        link=F("lead__public_id"),
        customer=F("account__name"),
        question=Value("", TextField()),
        at_stage=Value("", CharField()),
        expected=Cast(Value(None), DecimalField(max_digits=20, decimal_places=6)),
        in_currency=Value("", CharField()),
        due=Case(When(is_open, then=F("due_at")), default=F("register_by")),
        begun=Case(When(is_open, then=F("offered_at")), default=F("answered_at")),
        was_extended=Value(False, BooleanField()),  # noqa: FBT003 - a value of SQL
    )


def _columns(rows: QuerySet[Any], **columns: Any) -> QuerySet[Any, Any]:
    named: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return named
