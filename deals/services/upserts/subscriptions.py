"""Subscriptions as billing or a CRM keeps them, and the facts below them (commission rules, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Account, Collection, Credit, MrrChange, Product, Registration, Subscription
from deals.queries.references import Reference, find, find_code
from deals.services.holding import lock_account
from deals.services.upserts.keeping import ExternalId, check_name, locked, note, require, require_system
from deals.services.winning import follow_subscription
from partners.models import Partner
from prm import audit
from prm.errors import DomainError, as_domain_error
from prm.upserts import Upserted, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import Model

    from prm.actors import Actor

NEEDED = ("account", "product", "currency", "started_on")
PLAIN = ("currency", "started_on", "source")


def upsert_subscription(
    *, name: ExternalId, values: Mapping[str, Any], actor: Actor, now: datetime, version: int | None = None
) -> Upserted:
    """Make or change the subscription that another system calls ``name``; a repeat changes nothing.

    ``values`` holds the named ones of account and registration (``Reference``), product (a code), currency,
    started_on and source. One that names a protected registration wins it (deal rules, section 1). Raises
    ``DomainError`` for what is missing, unknown or refused by the database (a currency cannot change once
    commission is posted), ``StaleError`` for another version.
    """
    require_system(actor)
    check_name(name)
    with transaction.atomic():
        linked = _named_registration(values, actor)
        before = locked(Subscription.objects.all(), name, version=version)
        if before is None:
            require(values, NEEDED)
        columns = _columns(values, actor)
        if "registration_id" in columns:
            _require_fit({**_kept(before), **columns})
        done = _in_words(lambda: upsert(Subscription, key=name.key(), values=columns, on_insert=_kept(before), now=now))
        row = Subscription.objects.get(pk=done.pk)
        note(what="subscription", done=done, before=before, row=row, values=columns, actor=actor, now=now)
        if linked is not None:
            follow_subscription(linked, row, actor=actor, now=now)
    return done


def _named_registration(values: Mapping[str, Any], actor: Actor) -> Registration | None:
    """Return the registration that is named, its customer locked before the subscription, as whoever wins does."""
    if values.get("registration") is None:
        return None
    found: Registration = find(Registration.objects.visible_to(actor), values["registration"], field="registration")
    if found.account_id is not None:
        lock_account(found.account_id)
    return found


def _columns(values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    columns = {column: values[column] for column in PLAIN if column in values}
    if "account" in values:
        columns["account_id"] = find(Account.objects.visible_to(actor), values["account"], field="account").pk
    if "product" in values:
        columns["product_id"] = find_code(Product.objects.all(), values["product"], field="product").pk
    if "registration" in values:
        columns["registration_id"] = _registration(values["registration"], actor)
    return columns


def _registration(reference: Reference | None, actor: Actor) -> int | None:
    if reference is None:
        return None
    found: Registration = find(Registration.objects.visible_to(actor), reference, field="registration")
    return found.pk


def _kept(before: Subscription | None) -> dict[str, Any]:
    """Return the columns that may not be empty: an insert that meets its row still has to be a whole one."""
    if before is None:
        return {"source": "partner"}
    return {name: getattr(before, name) for name in ("account_id", "product_id", *PLAIN)}


def _require_fit(columns: Mapping[str, Any]) -> None:
    """Refuse a registration of another customer or another product family."""
    if columns["registration_id"] is None:
        return
    registration = Registration.objects.get(pk=columns["registration_id"])
    if registration.account_id != columns["account_id"]:
        raise DomainError("wrong_account", _("That registration is another customer's."), field="registration")
    if registration.family_id != Product.objects.get(pk=columns["product_id"]).family_id:
        raise DomainError("wrong_family", _("That registration is of another product family."), field="registration")


def upsert_mrr_change(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Upserted:
    """Set the MRR level of a subscription from a day on; one a day, the last received wins; 0 = ended."""
    key = {"subscription_id": _subscription(values, actor).pk, "effective_on": values["effective_on"]}
    return _fact(MrrChange, "mrr_change", key, {"mrr": values["mrr"]}, actor=actor, now=now)


def upsert_collection(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Upserted:
    """Set what was billed and paid for a subscription in a month (``month`` is its first day)."""
    key = {"subscription_id": _subscription(values, actor).pk, "month": values["month"]}
    amounts = {name: values[name] for name in ("billed", "paid")}
    return _fact(Collection, "collection", key, amounts, actor=actor, now=now)


def upsert_credit(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Upserted:
    """Credit a partner with a share (per cent) of a subscription from a day on; share 0 voids the row.

    The key is subscription, partner, role and from. Raises ``DomainError`` where shares would pass 100 % or
    days overlap.
    """
    partner = find_code(Partner.objects.visible_to(actor), values["partner"], field="partner")
    key = {
        "subscription_id": _subscription(values, actor).pk,
        "partner_id": partner.pk,
        "role": values["role"],
        "valid_from": values.get("from"),
    }
    columns = {"share": values["share"]}
    if "until" in values:
        columns["valid_until"] = values["until"]
    return _fact(Credit, "credit", key, columns, actor=actor, now=now)


def _subscription(values: Mapping[str, Any], actor: Actor) -> Subscription:
    found: Subscription = find(Subscription.objects.visible_to(actor), values["subscription"], field="subscription")
    return found


def _fact(
    model: type[Model], what: str, key: dict[str, Any], columns: dict[str, Any], *, actor: Actor, now: datetime
) -> Upserted:
    """Write one fact of a subscription by its natural key, and the trail where something differs."""
    require_system(actor)
    with transaction.atomic():
        # Facts of one subscription are written one after the other, whoever writes them.
        Subscription.objects.select_for_update(no_key=True).get(pk=key["subscription_id"])
        before = model._default_manager.filter(**key).first()  # noqa: SLF001 - Django's documented API
        done = _in_words(lambda: upsert(model, key=key, values=columns))
        if done.created or done.changed:
            changed = {name: [str(getattr(before, name)) if before else None, str(columns[name])] for name in columns}
            row = model._default_manager.get(pk=done.pk)  # noqa: SLF001 - as above
            action = f"{what}.created" if done.created else f"{what}.updated"
            audit.record(action=action, actor=actor, now=now, target=row, data={"changed": changed})
    return done


def _in_words(write: Any) -> Upserted:
    """Carry ``write`` out; a broken promise of the database becomes a sentence."""
    try:
        with transaction.atomic():
            done: Upserted = write()
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return done
