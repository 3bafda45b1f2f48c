"""Reads of partner-of-record letters and of whom they concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from deals.models import (
    Credit,
    CreditRole,
    LetterNotice,
    LetterStatus,
    RecordLetter,
    Registration,
    RegistrationStatus,
)
from deals.models.letters import RUNNING_LETTERS
from deals.queries.sorting import ordered
from deals.queries.together import Read
from partners.models import Partner

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from prm.actors import Actor


SORTS = {
    "customer": "registration__account__name",
    "partner": "registration__holder__name",
    "state": "status",
    "signer": "signer_name",
    "uploaded": "uploaded_at",
    "effective": "effective_on",
}

TO_HANDLE = "waiting"
"""The state by which a list asks for what waits for a manager."""


def letters_for(actor: Actor, *, state: str = "all", words: str = "", sort: str = "") -> QuerySet[RecordLetter]:
    """Return the letters that ``actor`` may see, filtered and sorted; the latest first."""
    found = (
        RecordLetter.objects.visible_to(actor)
        .select_related("registration__holder", "registration__account", "registration__family")
        .prefetch_related("notices__partner")
    )
    if state == TO_HANDLE:
        found = found.filter(status__in=(LetterStatus.UPLOADED, LetterStatus.OBJECTED))
    elif state in LetterStatus.values:
        found = found.filter(status=state)
    if words:
        found = found.filter(
            Q(registration__account__name__icontains=words)
            | Q(registration__company__icontains=words)
            | Q(registration__holder__name__icontains=words)
            | Q(signer_name__icontains=words)
            | Q(signer_email__icontains=words)
        )
    return ordered(found, sort, SORTS, "-uploaded_at", "-pk")


def letters_to_handle(actor: Actor) -> QuerySet[RecordLetter]:
    """Return the letters that wait for a manager: to be verified, or with an objection; the oldest first."""
    return letters_for(actor, state=TO_HANDLE, sort="uploaded").order_by("uploaded_at", "pk")


def letter_of(actor: Actor, public_id: UUID) -> RecordLetter | None:
    """Return one letter that ``actor`` may see."""
    return letters_for(actor).filter(public_id=public_id).first()


def notices_for(actor: Actor) -> QuerySet[LetterNotice]:
    """Return what an incumbent was told, the latest first; internal people have the letters themselves."""
    return (
        LetterNotice.objects.visible_to(actor)
        .filter(partner_id=actor.partner_id or 0)
        .select_related("letter__registration__account", "letter__registration__family")
    )


def notice_of(actor: Actor, public_id: UUID) -> LetterNotice | None:
    """Return one notice to the actor's own partner."""
    return notices_for(actor).filter(public_id=public_id).first()


LETTER = """
-- Letters in which the customer names the partner: one that lies with this registration, or one that is on its way.
SELECT l.id FROM deals_recordletter l WHERE l.registration_id = %(registration)s AND l.status = ANY(%(lying)s)
UNION ALL
SELECT l.id FROM deals_registration r JOIN deals_recordletter l ON l.registration_id = r.id
WHERE r.holder_id = %(partner)s AND r.account_id = %(account)s AND r.family_id = %(family)s
    AND l.status = ANY(%(running)s)
LIMIT 1
"""


def has_letter(*, partner_id: int, account_id: int, family_id: int, registration_id: int) -> Read[bool]:
    """Read whether a letter in which the customer names the partner lies with this registration, or is on its way."""
    values = {
        "partner": partner_id,
        "account": account_id,
        "family": family_id,
        "registration": registration_id,
        "lying": [LetterStatus.UPLOADED.value, *RUNNING_LETTERS],
        "running": list(RUNNING_LETTERS),
    }
    return Read(LETTER, values, bool)


def incumbents_of(registration: Registration, *, day: date, now: datetime) -> QuerySet[Partner]:
    """Return the other partners that lose by a letter: credited on the family, or protected on the customer."""
    credited = Credit.objects.filter(
        subscription__account_id=registration.account_id or 0,
        subscription__product__family_id=registration.family_id,
        role=CreditRole.SOURCED,
        share__gt=0,
        valid__isempty=False,
    ).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day))
    return (
        Partner.objects.filter(
            Q(pk__in=credited.values("partner")) | Q(pk__in=protected_rivals(registration, now=now).values("holder"))
        )
        .exclude(pk=registration.holder_id)
        .order_by("pk")
    )


def protected_rivals(registration: Registration, *, now: datetime) -> QuerySet[Registration]:
    """Return the registrations of others that exclude this one."""
    return (
        Registration.objects.filter(
            account_id=registration.account_id or 0,
            family_id=registration.family_id,
            status=RegistrationStatus.APPROVED,
            exclusive=True,
            protected__endswith__gt=now,
        )
        .exclude(holder_id=registration.holder_id)
        .select_related("holder", "account", "family")
        .order_by("pk")
    )
