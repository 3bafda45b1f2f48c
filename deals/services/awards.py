"""Co-sell: who of direct sales helps a partner, what the win brings that person, and the file for payroll."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deals.models import (
    AwardBasis,
    AwardExport,
    AwardTerms,
    CoSellAward,
    CoSeller,
    MrrChange,
    Opportunity,
    Origin,
    Registration,
    RegistrationStatus,
)
from deals.queries.rules import day_of
from deals.services.accounts import lock_identities
from deals.services.decisions import DECIDERS
from deals.services.holding import lock_registration, store
from deals.services.trail import Act, write_change
from prm import audit, outbox
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, as_domain_error
from prm.models import Currency, Program

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from deals.models import Family, Subscription
    from prm.actors import Actor

PAYROLL = (InternalRole.FINANCE, InternalRole.ADMIN)
EXPORT = "award-export"
CARRYING = (*("submitted", "returned", "waiting", "approved", "expired"), "won")
"""States in which a registration may get a direct seller."""


def name_seller(
    *, registration_id: int, name: str, email: str, actor: Actor, now: datetime, version: int | None
) -> Registration:
    """Say which direct seller helps on a deal; a partner's own deal becomes a co-sell deal by it.

    On a co-sell deal that was won without a seller the award is written now. Raises ``DomainError`` once payroll has
    the award, and for a deal that was won as something else.
    """
    if not (actor.has_role(*DECIDERS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError(_("Channel managers name the direct seller."))
    if not name.strip() or "@" not in email:
        raise DomainError("required", _("Give the seller’s name and e-mail."), field="name")
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        _require_carrying(registration)
        if registration.origin == Origin.PARTNER:
            registration.origin = Origin.CO_SELL
        values = {"name": name.strip(), "email": email.strip(), "set_at": now}
        CoSeller.objects.update_or_create(registration=registration, defaults=values)
        store(registration)
        write_change(registration, kind="seller_named", came_from=registration.status, act=Act(actor, now))
        if registration.status == RegistrationStatus.WON:
            _award_again(registration, now=now)
    return registration


def award_seller(registration: Registration, subscription: Subscription, *, now: datetime) -> CoSellAward | None:
    """Write the award of the direct seller that a won registration carries, if there is one.

    A co-sell deal without a named seller gets the owner of the CRM's opportunity. Runs in the win's transaction.
    """
    seller = _seller_of(registration, now=now)
    if seller is None or _standing(registration).exists():
        return None
    award = CoSellAward(
        registration=registration,
        subscription=subscription,
        seller_name=seller.name,
        seller_email=seller.email,
        earned_on=registration.closed_on or day_of(now, Program.current()),
        created_at=now,
    )
    _price(award)
    award.save()
    award.refresh_from_db(fields=["number"])
    outbox.publish(
        topic="award.written",
        key=f"award:{award.number}",
        payload={"award": str(award), "registration": registration.reference, "seller": award.seller_email},
        now=now,
    )
    return award


def take_back_award(registration: Registration, *, now: datetime) -> None:
    """Answer a win that is undone: an award that payroll has not got is voided, another one is reversed."""
    for award in _standing(registration).select_for_update(of=("self",)).order_by("pk"):
        if award.export_id is None:
            award.voided_at, award.subscription = now, None
            award.save(update_fields=["voided_at", "subscription"])
            continue
        CoSellAward.objects.create(
            registration=registration,
            seller_name=award.seller_name,
            seller_email=award.seller_email,
            earned_on=day_of(now, Program.current()),
            terms=award.terms,
            mrr=award.mrr,
            amount=-(award.amount or Decimal(0)),
            currency=award.currency,
            reverses=award,
            created_at=now,
        )


def export_awards(*, actor: Actor, now: datetime) -> AwardExport:
    """Put every priced award that payroll has not got into the next numbered file, each exactly once.

    Amounts are computed anew from the terms of the day of the win and the first monthly revenue as known now; what
    lacks either waits for the next file. Raises ``DomainError`` when there is nothing to export.
    """
    if not (actor.has_role(*PAYROLL) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError(_("Finance exports awards to payroll."))
    with transaction.atomic():
        # One file after the other: numbers without gaps, and no award in two.
        lock_identities([EXPORT])
        pending = CoSellAward.objects.filter(export=None, voided_at=None).select_for_update(of=("self",))
        ready = [award for award in pending.order_by("number") if _priced_anew(award)]
        if not ready:
            raise DomainError("nothing_to_export", _("No award waits for payroll."))
        last = AwardExport.objects.order_by("-number").values_list("number", flat=True).first() or 0
        export = AwardExport.objects.create(
            number=last + 1,
            created_at=now,
            created_by_id=actor.user_id,
            created_label=actor.label or actor.kind.value,
            count=len(ready),
        )
        for award in ready:
            award.export = export
            award.save()
        data = {"number": export.number, "awards": [str(award) for award in ready]}
        audit.record(action="awards.exported", actor=actor, now=now, target=export, data=data)
        outbox.publish(topic="awards.exported", key="awards", payload=data, now=now)
    return export


def set_award_terms(
    *,
    family: Family | None,
    basis: str,
    value: Decimal,
    currency: str,
    valid_from: date,
    actor: Actor,
    now: datetime,
) -> AwardTerms:
    """Set what a co-sell win brings from a day on; the terms before end there.

    ``value`` is an amount in ``currency`` or per cent of the first monthly revenue. Raises ``DomainError`` where
    later terms exist already.
    """
    if not actor.has_role(*PAYROLL):
        raise NotAllowedError(_("Finance sets the terms of co-sell awards."))
    is_amount = basis == AwardBasis.AMOUNT
    with transaction.atomic():
        lock_identities([EXPORT])
        before = AwardTerms.objects.filter(family=family, valid_until=None, valid_from__lt=valid_from)
        before.update(valid_until=valid_from)
        terms = AwardTerms(
            family=family,
            basis=basis,
            amount=value if is_amount else None,
            currency=currency if is_amount else "",
            percent=None if is_amount else value,
            valid_from=valid_from,
        )
        try:
            with transaction.atomic():
                terms.save()
        except IntegrityError as error:
            raise as_domain_error(error) from error
        data = {"family": family.code if family else "", "terms": str(terms), "from": valid_from.isoformat()}
        audit.record(action="award_terms.set", actor=actor, now=now, target=terms, data=data)
    return terms


def _standing(registration: Registration) -> QuerySet[CoSellAward]:
    """Return the award that counts, as a set of one or none: not voided, not taken back, and no taking back."""
    return CoSellAward.objects.filter(registration=registration, voided_at=None, reverses=None, reversal=None)


def _require_carrying(registration: Registration) -> None:
    sold_alone = registration.status == RegistrationStatus.WON and registration.origin == Origin.PARTNER
    if registration.status not in CARRYING or sold_alone:
        raise DomainError("wrong_state", _("This deal can have no direct seller any more."))


def _award_again(registration: Registration, *, now: datetime) -> None:
    """Bring the award of a won deal to its seller, unless payroll has it."""
    standing = _standing(registration)
    if standing.filter(export__isnull=False).exists():
        raise DomainError("award_is_kept", _("What payroll has got does not change."))
    pending = standing.first()
    seller = CoSeller.objects.get(registration=registration)
    if pending is not None:
        pending.seller_name, pending.seller_email = seller.name, seller.email
        pending.save(update_fields=["seller_name", "seller_email"])
    elif (subscription := registration.subscriptions.order_by("pk").first()) is not None:
        award_seller(registration, subscription, now=now)


def _seller_of(registration: Registration, *, now: datetime) -> CoSeller | None:
    known = CoSeller.objects.filter(registration=registration).first()
    if known is not None or registration.origin != Origin.CO_SELL:
        return known
    opportunity = (
        Opportunity.objects.filter(Q(family=None) | Q(family=registration.family_id), account=registration.account)
        .exclude(owner_email="")
        .order_by(F("closed_at").desc(nulls_first=True), "opened_at", "pk")
        .first()
    )
    if opportunity is None:
        return None
    return CoSeller.objects.create(
        registration=registration,
        name=opportunity.seller_name or opportunity.owner_email,
        email=opportunity.owner_email,
        opportunity=opportunity,
        set_at=now,
    )


def _priced_anew(award: CoSellAward) -> bool:
    """Compute what is not fixed yet; whether the award can go to payroll."""
    if award.reverses_id is None:
        _price(award)
        award.save()
    return award.amount is not None


def _price(award: CoSellAward) -> None:
    award.terms = _terms_of(award)
    award.mrr = _first_mrr(award)
    award.amount, award.currency = None, ""
    terms = award.terms
    if terms is None:
        return
    if terms.basis == AwardBasis.AMOUNT:
        award.amount, award.currency = terms.amount, terms.currency
    elif award.mrr is not None and award.subscription is not None and terms.percent is not None:
        award.currency = award.subscription.currency
        award.amount = _rounded(award.mrr * terms.percent / 100, award.currency)


def _terms_of(award: CoSellAward) -> AwardTerms | None:
    fitting = AwardTerms.objects.filter(
        Q(family=None) | Q(family=award.registration.family_id), valid__contains=award.earned_on
    )
    return fitting.order_by(F("family").asc(nulls_last=True)).first()


def _first_mrr(award: CoSellAward) -> Decimal | None:
    if award.subscription_id is None:
        return None
    levels = MrrChange.objects.filter(subscription=award.subscription_id, mrr__gt=0).order_by("effective_on")
    return levels.values_list("mrr", flat=True).first()


def _rounded(amount: Decimal, currency: str) -> Decimal:
    digits = Currency.objects.values_list("minor_units", flat=True).get(pk=currency)
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
