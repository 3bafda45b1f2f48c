"""Customers, products, registrations in any state, and subscriptions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from psycopg.types.range import TimestamptzRange

from deals.identity import name_key, readings_of
from deals.models import (
    Account,
    AccountDomain,
    Credit,
    Family,
    MrrChange,
    Opportunity,
    Product,
    Registration,
    RegistrationStatus,
    Subscription,
)
from deals.services.submission import Deal
from partners.models import Partner

NOW = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
"""A Monday morning."""

_serial = count(1)


def make_family(code: str = "security", **fields: Any) -> Family:
    """Return the family of that code, made at the first call."""
    return Family.objects.get_or_create(code=code, defaults={"name": code.title(), **fields})[0]


def make_product(code: str = "", *, family: Family | None = None, **fields: Any) -> Product:
    """Make a product."""
    code = code or f"product-{next(_serial)}"
    return Product.objects.create(code=code, family=family or make_family(), **{"name": code.title(), **fields})


def make_account(name: str = "", *, domain: str = "", **fields: Any) -> Account:
    """Make a customer, found by ``domain`` where there is one."""
    name = name or f"Customer {next(_serial)} Oy"
    fields = {"country": "FI", "website": domain, **fields}
    account = Account.objects.create(name=name, name_key=name_key(name), readings=readings_of(name_key(name)), **fields)
    if domain:
        AccountDomain.objects.create(domain=domain, account=account)
    return account


def make_registration(
    holder: Partner,
    *,
    account: Account | None = None,
    family: Family | None = None,
    status: str = RegistrationStatus.SUBMITTED,
    submitted_at: datetime | None = None,
    days_left: float = 60,
    now: datetime = NOW,
    **fields: Any,
) -> Registration:
    """Make a registration as if it had come to ``status`` by itself; approved ones have ``days_left``."""
    number = next(_serial)
    if status != RegistrationStatus.DRAFT:
        account = account or make_account()
        fields.setdefault("submitted_at", submitted_at or now - timedelta(days=1))
        fields.setdefault("place", number)
    if status == RegistrationStatus.SUBMITTED:
        fields.setdefault("due_at", now + timedelta(hours=5))
    if status == RegistrationStatus.APPROVED:
        end = now + timedelta(days=days_left)
        fields.setdefault("protected", TimestamptzRange(end - timedelta(days=90), end))
        fields.setdefault("decided_at", end - timedelta(days=90))
        fields.setdefault("stage", "qualified")
    fields.setdefault("company", account.name if account else f"Draft {number} Oy")
    fields.setdefault("country", account.country if account else "FI")
    fields.setdefault("website", account.website if account else "")
    fields.setdefault("expected_mrr", Decimal("480.00"))
    fields.setdefault("currency", "EUR")
    registration = Registration.objects.create(
        holder=holder, account=account, family=family or make_family(), status=status, **fields
    )
    registration.refresh_from_db()
    return registration


def make_subscription(
    account: Account,
    *,
    product: Product | None = None,
    mrr: str = "100",
    started_on: date = date(2026, 1, 1),
    credited: Partner | None = None,
    **fields: Any,
) -> Subscription:
    """Make a subscription that is paid from its first day, credited to nobody or wholly to ``credited``."""
    subscription = Subscription.objects.create(
        external_id=fields.pop("external_id", f"sub-{next(_serial)}"),
        account=account,
        product=product or make_product(),
        currency="EUR",
        started_on=started_on,
        **fields,
    )
    MrrChange.objects.create(subscription=subscription, effective_on=started_on, mrr=Decimal(mrr))
    if credited is not None:
        Credit.objects.create(
            subscription=subscription,
            partner=credited,
            role="sourced",
            share=100,
            valid_from=started_on,
        )
    return subscription


def make_opportunity(account: Account, **fields: Any) -> Opportunity:
    """Make what direct sales has open on a customer, for any family, since ten days."""
    values = {"external_id": f"006-{next(_serial)}", "opened_at": NOW - timedelta(days=10), **fields}
    return Opportunity.objects.create(account=account, **values)


def a_deal(website: str = "lumisaari.fi", **fields: Any) -> Deal:
    """Return what a partner types for one new customer."""
    values: dict[str, Any] = {
        "company": "Lumisaari Oy",
        "country": "FI",
        "family": fields.pop("family", None) or make_family(),
        "expected_mrr": Decimal("480.00"),
        "currency": "EUR",
        "expected_close_on": date(2027, 1, 1),
        **fields,
    }
    return Deal(website=website, **values)
