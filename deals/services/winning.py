"""Winning: the registration becomes a subscription, the partner's credit is made, and the direct seller's award."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import (
    Credit,
    LateWinDecision,
    MrrChange,
    Product,
    Registration,
    RegistrationStatus,
    Subscription,
)
from deals.policy import credit_role
from deals.queries.rules import rules_in_force
from deals.services.awards import award_seller
from deals.services.decisions import DECIDERS
from deals.services.holding import lock_registration
from deals.services.late_wins import close_waiting, report
from deals.services.line import expire_overdue
from deals.services.progress import close
from deals.services.trail import Act, write_change
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

    def to_json(self) -> dict[str, Any]:
        """Return it as a report keeps it until a person has decided."""
        return {
            "product": self.product.code,
            "mrr": f"{self.mrr:f}",
            "currency": self.currency,
            "started_on": self.started_on.isoformat(),
            "source_system": self.source_system,
            "external_id": self.external_id,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Sale:
        """Read what ``to_json`` wrote."""
        values = dict(kept)
        product = Product.objects.get(code=values.pop("product"))
        mrr, started_on = Decimal(values.pop("mrr")), date.fromisoformat(values.pop("started_on"))
        return cls(product=product, mrr=mrr, started_on=started_on, **values)


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

    The partner is credited with 100 % in the role that the origin earns under the rules of the day on which it was
    protected, from the day on which the subscription started; a direct seller gets an award. After expiry a person
    decides: reported by a system it stays ``expired`` and waits in the queue of late wins. The same win twice is one
    win. Raises ``DomainError`` when the product is of another family, the customer another one, or the shares would
    pass 100 %.
    """
    _require_winner(actor)
    with transaction.atomic():
        registration = _up_to_date(registration_id, actor=actor, version=None, now=now)
        if registration.status == RegistrationStatus.WON and _is_the_same(registration, sale, subscription):
            return registration
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        if registration.status == RegistrationStatus.EXPIRED and not _is_person(actor):
            _check(registration, sale, subscription)
            kept = sale.to_json() if sale else None
            report(registration, subscription=subscription, sale=kept, actor=actor, now=now)
            return registration
        _win(registration, actor=actor, now=now, sale=sale, subscription=subscription)
    return registration


def follow_subscription(registration: Registration, subscription: Subscription, *, actor: Actor, now: datetime) -> None:
    """Do what a subscription means that another system links to ``registration``; the customer's row is locked.

    A protected deal is won by it, an expired one waits for a person, and a further subscription of a won deal is
    credited like the first. Anything else is a link and no more.
    """
    status = Registration.objects.values_list("status", flat=True).get(pk=registration.pk)
    if status in {RegistrationStatus.APPROVED, RegistrationStatus.EXPIRED}:
        win_registration(registration_id=registration.pk, actor=actor, now=now, version=None, subscription=subscription)
    elif status == RegistrationStatus.WON and (credit := _credit(registration, subscription, now=now)) is not None:
        act = Act(actor, now, data={"subscription": subscription.external_id, "credit": credit})
        write_change(registration, kind="subscription_added", came_from=status, act=act)


def _up_to_date(registration_id: int, *, actor: Actor, version: int | None, now: datetime) -> Registration:
    """Return the locked registration, expired first where its protection is over and no sweep has been here yet."""
    registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
    if registration.status == RegistrationStatus.APPROVED and registration.account_id is not None:
        expire_overdue(account_id=registration.account_id, family_id=registration.family_id, now=now)
    return registration


def _win(
    registration: Registration, *, actor: Actor, now: datetime, sale: Sale | None, subscription: Subscription | None
) -> None:
    _require_winnable(registration)
    sold = _link(registration, subscription) if subscription else _sell(registration, sale)
    credit = _credit(registration, sold, now=now)
    window = registration.protected
    data = {
        "subscription": sold.external_id,
        "made": subscription is None,
        "credit": credit,
        "from": window.lower.isoformat() if window and window.lower else "",
        "until": window.upper.isoformat() if window and window.upper else "",
        "was": registration.status,
    }
    close(registration, to=RegistrationStatus.WON, kind="won", act=Act(actor, now, data=data))
    award_seller(registration, sold, now=now)
    close_waiting(registration, LateWinDecision.ACCEPTED, actor=actor, now=now)


def _require_winner(actor: Actor) -> None:
    if not (actor.has_role(*DECIDERS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError(_("Channel managers close deals as won."))


def _is_person(actor: Actor) -> bool:
    return actor.kind in {ActorKind.INTERNAL, ActorKind.OPERATOR}


def _is_the_same(registration: Registration, sale: Sale | None, subscription: Subscription | None) -> bool:
    """Whether the win that is reported is the one that was written."""
    if subscription is not None:
        return Subscription.objects.filter(pk=subscription.pk, registration=registration).exists()
    if sale is None:
        return False
    return Subscription.objects.filter(
        registration=registration,
        product=sale.product,
        started_on=sale.started_on,
        source_system=sale.source_system,
        external_id__startswith=sale.external_id or registration.reference,
        mrr_changes__effective_on=sale.started_on,
        mrr_changes__mrr=sale.mrr,
    ).exists()


def _require_winnable(registration: Registration) -> None:
    if registration.status not in {RegistrationStatus.APPROVED, RegistrationStatus.EXPIRED}:
        raise DomainError(
            "wrong_state",
            _("This registration is “%(state)s” and cannot be won.") % {"state": registration.get_status_display()},
        )


def _check(registration: Registration, sale: Sale | None, subscription: Subscription | None) -> None:
    """Refuse now what could not be won when the person has decided."""
    if subscription is not None:
        _require_fit(registration, subscription)
    else:
        _require_sale(registration, sale)


def _require_sale(registration: Registration, sale: Sale | None) -> Sale:
    if sale is None or registration.account_id is None:
        raise DomainError("subscription_needed", _("Say which subscription it became."))
    if sale.product.family_id != registration.family_id:
        raise DomainError(
            "wrong_family",
            _("This product is not of the family %(family)s.") % {"family": registration.family},
            field="product",
        )
    if sale.mrr <= 0:
        raise DomainError("wrong_amount", _("Give an amount above zero."), field="mrr")
    return sale


def _sell(registration: Registration, given: Sale | None) -> Subscription:
    sale = _require_sale(registration, given)
    if registration.account is None:
        raise DomainError("wrong_state", _("A draft has no customer."))
    try:
        with transaction.atomic():
            subscription = Subscription.objects.create(
                source_system=sale.source_system,
                external_id=sale.external_id or _own_name(registration),
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


def _own_name(registration: Registration) -> str:
    """Return what we call a subscription that has no other name; one that was undone keeps its own."""
    name = registration.reference
    taken = Subscription.objects.filter(source_system="", external_id__startswith=name).count()
    return f"{name}-{taken + 1}" if taken else name


def _link(registration: Registration, subscription: Subscription) -> Subscription:
    locked = Subscription.objects.select_for_update(no_key=True, of=("self",)).get(pk=subscription.pk)
    _require_fit(registration, locked)
    if locked.registration_id == registration.pk:
        return locked
    locked.registration = registration
    locked.version += 1
    locked.save(update_fields=["registration", "version", "updated_at"])
    return locked


def _require_fit(registration: Registration, subscription: Subscription) -> None:
    if subscription.account_id != registration.account_id:
        raise DomainError("wrong_account", _("That subscription is another customer's."))
    if subscription.product.family_id != registration.family_id:
        raise DomainError("wrong_family", _("That subscription is of another product family."))
    if subscription.registration_id not in {None, registration.pk}:
        raise DomainError("linked_before", _("That subscription belongs to another registration."))


def _credit(registration: Registration, subscription: Subscription, *, now: datetime) -> int | None:
    """Credit the holder, unless it is credited in this role already (a file brought it); return what was made."""
    terms = rules_in_force(now=registration.decided_at or now)
    role = credit_role(origin=registration.origin, settings=terms)
    own = Credit.objects.filter(subscription=subscription, partner_id=registration.holder_id, role=role)
    if (held := own.filter(share__gt=0)).exists():
        held.filter(registration__isnull=True).update(registration=registration)
        return None
    voided = own.filter(valid_from=subscription.started_on).first()
    credit = voided or Credit(
        subscription=subscription,
        partner_id=registration.holder_id,
        role=role,
        valid_from=subscription.started_on,
    )
    credit.share, credit.registration = FULL_SHARE, registration
    try:
        with transaction.atomic():
            credit.save()
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return credit.pk
