"""Co-sell awards and late wins as people and payroll read them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from deals.models import (
    AwardExport,
    AwardTerms,
    CoSellAward,
    LateWin,
    Origin,
    Registration,
    RegistrationStatus,
)
from deals.queries.sorting import ordered
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor

COLUMNS = ("export", "award", "kind", "seller_email", "seller_name", "registration", "earned_on", "amount", "currency")


AWARD_SORTS = {
    "award": "number",
    "seller": "seller_name",
    "deal": "registration__account__name",
    "won": "earned_on",
    "amount": "amount",
}

LATE_SORTS = {
    "customer": "registration__account__name",
    "partner": "registration__holder__name",
    "reported": "reported_at",
    "due": "due_at",
}


def awards_for(actor: Actor, *, state: str = "pending", words: str = "", sort: str = "") -> QuerySet[CoSellAward]:
    """Return awards to internal readers alone: what waits for payroll, or everything; the last one on top."""
    awards = CoSellAward.objects.select_related(
        "registration__account", "registration__holder", "registration__family", "terms", "export", "reverses"
    )
    if not actor.is_internal:
        return awards.none()
    if state == "exported":
        awards = awards.filter(export__isnull=False)
    elif state != "all":
        awards = awards.filter(export=None, voided_at=None)
    if words:
        awards = awards.filter(
            Q(seller_name__icontains=words)
            | Q(seller_email__icontains=words)
            | Q(registration__account__name__icontains=words)
        )
    return ordered(awards, sort, AWARD_SORTS, "-number")


def exports_for(actor: Actor) -> QuerySet[AwardExport]:
    """Return the files for payroll, the last one on top."""
    return AwardExport.objects.order_by("-number") if actor.is_internal else AwardExport.objects.none()


def terms_now(actor: Actor) -> QuerySet[AwardTerms]:
    """Return every version of the terms, the newest on top."""
    found = AwardTerms.objects.select_related("family").order_by("family__name", "-valid_from")
    return found if actor.is_internal else found.none()


def without_seller(actor: Actor) -> QuerySet[Registration]:
    """Return won co-sell deals that nobody of direct sales has an award for: a seller has to be named."""
    standing = CoSellAward.objects.filter(registration=OuterRef("pk"), voided_at=None)
    return (
        Registration.objects.visible_to(actor)
        .filter(status=RegistrationStatus.WON, origin=Origin.CO_SELL)
        .exclude(source_system="csv")
        .filter(~Exists(standing))
        .select_related("account", "holder", "family")
        .order_by("-pk")
    )


def late_wins_for(actor: Actor, *, state: str = "waiting", words: str = "", sort: str = "due") -> QuerySet[LateWin]:
    """Return late wins to internal readers alone: what waits for a decision, or was decided; due first on top."""
    found = LateWin.objects.select_related(
        "registration__account", "registration__holder", "registration__family", "subscription__product", "decided_by"
    )
    if not actor.is_internal:
        return found.none()
    if state == "decided":
        found = found.exclude(decision="")
    elif state != "all":
        found = found.filter(decision="")
    if words:
        found = found.filter(
            Q(registration__account__name__icontains=words) | Q(registration__holder__name__icontains=words)
        )
    if sort.removeprefix("-") in LATE_SORTS and sort != "due":
        return ordered(found, sort, LATE_SORTS)
    return found.order_by("due_at", "pk")


def payroll_csv(export: AwardExport) -> str:
    """Return the file of one export: the same bytes whenever it is asked for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for award in export.awards.select_related("registration").order_by("number"):
        writer.writerow(
            (
                export.number,
                str(award),
                "reversal" if award.reverses_id else "award",
                safe_text(award.seller_email),
                safe_text(award.seller_name),
                award.registration.reference,
                award.earned_on.isoformat(),
                f"{(award.amount or Decimal(0)).normalize():f}",
                award.currency,
            )
        )
    return out.getvalue()
