"""Winning: the registration becomes a subscription, and the partner's credit is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import (
    Credit,
    MrrChange,
    Product,
    Registration,
    RegistrationStatus,
    Subscription,
)
from deals.policy import credit_role
from deals.queries.rules import rules_in_force
from deals.services.decisions import DECIDERS
from deals.services.holding import lock_registration
from deals.services.progress import close
from deals.services.trail import Act
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError, as_domain_error

if TYPE_CHECKING:
    from prm.actors import Actor

FULL_SHARE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Sale:
    """What was sold. ``mrr`` is per month in ``currency``, from ``started_on``."""

    product: Product
    mrr: Decimal
    currency: str
    started_on: date
    source_system: str = ""
    external_id: str = ""


def win_registration(
    *,
    registration_id: int,
    actor: Actor,
    now: datetime,
    version: int | None,
    sale: Sale | None = None,
    subscription: Subscription | None = None,
) -> Registration:
    """Close a registration as won: a ``sale`` makes its subscription, or ``subscription`` is linked.

    The partner is credited with 100 % in the role that the origin earns, from the day on which the
    subscription started. After expiry only a person may do it. Raises ``DomainError`` when the product
    is of another family, the customer another one, or the shares would pass 100 %.
    """
    _require_winner(actor)
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        _require_winnable(registration, actor)
        sold = _link(registration, subscription) if subscription else _sell(registration, sale)
        _credit(registration, sold, now=now)
        data = {"subscription": sold.external_id}
        close(registration, to=RegistrationStatus.WON, kind="won", act=Act(actor, now, data=data))
    return registration


def _require_winner(actor: Actor) -> None:
    if not (actor.has_role(*DECIDERS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError(_("Channel managers close deals as won."))


def _require_winnable(registration: Registration, actor: Actor) -> None:
    is_person = actor.kind in {ActorKind.INTERNAL, ActorKind.OPERATOR}
    if registration.status == RegistrationStatus.EXPIRED and not is_person:
        raise DomainError("expired", _("It was won after its protection ended: a person decides."))
    if registration.status not in {RegistrationStatus.APPROVED, RegistrationStatus.EXPIRED}:
        raise DomainError(
            "wrong_state",
            _("This registration is “%(state)s” and cannot be won.") % {"state": registration.get_status_display()},
        )


def _sell(registration: Registration, sale: Sale | None) -> Subscription:
    if sale is None or registration.account is None:
        raise DomainError("subscription_needed", _("Say which subscription it became."))
    if sale.product.family_id != registration.family_id:
        raise DomainError(
            "wrong_family",
            _("This product is not of the family %(family)s.") % {"family": registration.family},
            field="product",
        )
    if sale.mrr <= 0:
        raise DomainError("wrong_amount", _("Give an amount above zero."), field="mrr")
    try:
        with transaction.atomic():
            subscription = Subscription.objects.create(
                source_system=sale.source_system,
                external_id=sale.external_id or registration.reference,
                account=registration.account,
                product=sale.product,
                currency=sale.currency,
                started_on=sale.started_on,
                registration=registration,
            )
            MrrChange.objects.create(subscription=subscription, effective_on=sale.started_on, mrr=sale.mrr)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return subscription


def _link(registration: Registration, subscription: Subscription) -> Subscription:
    locked = Subscription.objects.select_for_update(no_key=True, of=("self",)).get(pk=subscription.pk)
    if locked.account_id != registration.account_id:
        raise DomainError("wrong_account", _("That subscription is another customer's."))
    if locked.product.family_id != registration.family_id:
        raise DomainError("wrong_family", _("That subscription is of another product family."))
    if locked.registration_id not in {None, registration.pk}:
        raise DomainError("linked_before", _("That subscription belongs to another registration."))
    locked.registration = registration
    locked.version += 1
    locked.save(update_fields=["registration", "version", "updated_at"])
    return locked


def _credit(registration: Registration, subscription: Subscription, *, now: datetime) -> None:
    """Credit the holder, unless it is credited in this role already (a file brought it)."""
    role = credit_role(origin=registration.origin, settings=rules_in_force(now=now))
    held = Credit.objects.filter(subscription=subscription, partner_id=registration.holder_id, role=role, share__gt=0)
    if held.exists():
        held.filter(registration__isnull=True).update(registration=registration)
        return
    try:
        with transaction.atomic():
            Credit.objects.create(
                subscription=subscription,
                partner_id=registration.holder_id,
                role=role,
                share=FULL_SHARE,
                valid_from=subscription.started_on,
                registration=registration,
            )
    except IntegrityError as error:
        raise as_domain_error(error) from error
