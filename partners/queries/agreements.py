"""Which texts of agreements are in force, and what a partner has still to accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import DateField, DateTimeField, Exists, Func, OuterRef, Subquery, Value
from django.db.models.functions import Cast

from partners.models import AgreementAcceptance, AgreementText, SignedAgreement
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from prm.actors import Actor


def texts_in_force() -> list[AgreementText]:
    """Return the latest text of each agreement. One query."""
    rows = AgreementText.objects.order_by("agreement", "-published_at", "-pk").distinct("agreement")
    return list(rows)


def texts_to_accept(*, partner_id: int) -> list[AgreementText]:
    """Return the texts in force that a partner has not accepted, by agreement. One query."""
    latest = AgreementText.objects.order_by("agreement", "-published_at", "-pk").distinct("agreement")
    accepted = AgreementAcceptance.objects.filter(partner_id=partner_id).values("text_id")
    return list(AgreementText.objects.filter(pk__in=latest.values("pk")).exclude(pk__in=accepted).order_by("agreement"))


def waiting_for(partner: str) -> Exists:
    """Return the condition that a text in force waits for the partner of a row."""
    return _unaccepted(partner)


def overdue_for(partner: str, *, now: datetime) -> Exists:
    """Return the condition that a text in force, whose day to accept it has come, waits for the partner of a row."""
    zone = Subquery(Program.objects.values("timezone")[:1])
    today = Cast(Func(zone, Value(now, DateTimeField()), function="timezone"), DateField())
    return _unaccepted(partner, accept_by__lte=today)


def _unaccepted(partner: str, **which: object) -> Exists:
    latest = AgreementText.objects.order_by("agreement", "-published_at", "-pk").distinct("agreement")
    accepted = AgreementAcceptance.objects.filter(partner_id=OuterRef(OuterRef(partner))).values("text_id")
    texts = AgreementText.objects.filter(pk__in=latest.values("pk"), **which)
    return Exists(texts.exclude(pk__in=accepted))


def acceptances_of(*, actor: Actor, partner_id: int) -> list[AgreementAcceptance]:
    """Return what was accepted for a partner, newest first. One query."""
    rows = AgreementAcceptance.objects.visible_to(actor).filter(partner_id=partner_id)
    return list(rows.select_related("text").order_by("-at", "-pk"))


def all_accepted(ids: Collection[int], on: date) -> set[int]:
    """Return the partners that accepted every text in force; without any text, those with an agreement in force."""
    texts = {text.pk for text in texts_in_force()}
    if not texts:
        rows = SignedAgreement.objects.filter(partner_id__in=ids, valid__contains=on)
        return set(rows.values_list("partner_id", flat=True))
    found: dict[int, set[int]] = {}
    accepted = AgreementAcceptance.objects.filter(partner_id__in=ids, text_id__in=texts)
    for partner_id, text_id in accepted.values_list("partner_id", "text_id"):
        found.setdefault(partner_id, set()).add(text_id)
    return {partner_id for partner_id, has in found.items() if has == texts}
