"""Writes the facts of the demonstration's sales, month by month, as they became known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from commissions.demo.names import Customer
from commissions.demo.sales import Book, Sale, Share
from commissions.demo.timeline import Timeline
from deals.identity import domain_of, name_key, readings_of
from deals.models import (
    Account,
    AccountDomain,
    Credit,
    MrrChange,
    Product,
    Registration,
    Subscription,
)
from partners.models import Partner

SYSTEM = "crm"
FIRST_ACCOUNT, FIRST_SUBSCRIPTION = 10_001, 50_001


def write_customers(book: Book) -> dict[str, Account]:
    """Write every customer with its domain; return them by website."""
    made = Account.objects.bulk_create(
        account_of(customer, external_id=f"A-{number}")
        for number, customer in enumerate(book.customers(), start=FIRST_ACCOUNT)
    )
    AccountDomain.objects.bulk_create(
        AccountDomain(domain=domain_of(account.website), account=account) for account in made
    )
    return {account.website: account for account in made}


def account_of(customer: Customer, *, external_id: str) -> Account:
    """Return the row of a customer that is not written yet."""
    return Account(
        source_system=SYSTEM,
        external_id=external_id,
        name=customer.name,
        name_key=name_key(customer.name),
        readings=readings_of(name_key(customer.name)),
        website=customer.website,
        country=customer.country,
        segment=customer.segment,
    )


class Ledger:
    """Writes what was learnt in a month; what was learnt later stays unwritten until its month."""

    def __init__(
        self, timeline: Timeline, book: Book, accounts: Mapping[str, Account], partners: Mapping[str, Partner]
    ) -> None:
        self._accounts, self._partners = accounts, partners
        self._products = {product.code: product for product in Product.objects.select_related("family")}
        self._ids = {id(sale): f"S-{number}" for number, sale in enumerate(book.sales, start=FIRST_SUBSCRIPTION)}
        self._starts: dict[int, list[Sale]] = defaultdict(list)
        self._changes: dict[int, list[tuple[Sale, MrrChange]]] = defaultdict(list)
        self._corrections: dict[int, list[tuple[Sale, Share]]] = defaultdict(list)
        self._written: dict[int, Subscription] = {}
        for sale in book.sales:
            self._sort_in(sale, max(timeline.number_of(sale.started_on), 0))

    def _sort_in(self, sale: Sale, started: int) -> None:
        self._starts[started].append(sale)
        for change in sale.changes:
            row = MrrChange(effective_on=change.on, mrr=change.mrr)
            self._changes[max(change.known, started)].append((sale, row))
        for share in sale.shares:
            if share.known is not None:
                self._corrections[share.known].append((sale, share))

    def external_id(self, sale: Sale) -> str:
        """Return the subscription's name in the system that it comes from."""
        return self._ids[id(sale)]

    def product(self, sale: Sale) -> Product:
        """Return what was sold."""
        return self._products[sale.product]

    def account(self, customer: Customer) -> Account:
        """Return a customer's row."""
        return self._accounts[customer.website]

    def adopt(self, sale: Sale, subscription: Subscription) -> None:
        """Take over a subscription that winning its registration has written; add what else is known of it."""
        self._written[id(sale)] = subscription
        for share in sale.shares[1:]:
            if share.known is None:
                self._correct([(sale, sale.shares[0]), (sale, share)])

    def learn(self, number: int, won: Mapping[int, Registration]) -> None:
        """Write the starts, changes and corrections that became known in a month.

        ``won`` are the registrations that became subscriptions, by the identity of the sale.
        """
        starts = [sale for sale in self._starts[number] if id(sale) not in self._written]
        made = Subscription.objects.bulk_create(
            Subscription(
                source_system=SYSTEM,
                external_id=self._ids[id(sale)],
                account=self._accounts[sale.customer.website],
                product=self._products[sale.product],
                currency=sale.currency,
                started_on=sale.started_on,
                source=sale.source,
                registration=won.get(id(sale)),
            )
            for sale in starts
        )
        self._written |= {id(sale): row for sale, row in zip(starts, made, strict=True)}
        MrrChange.objects.bulk_create(
            MrrChange(subscription=row, effective_on=sale.started_on, mrr=sale.mrr)
            for sale, row in zip(starts, made, strict=True)
        )
        Credit.objects.bulk_create(
            self._credit(sale, share, won.get(id(sale)))
            for sale in starts
            for share in sale.shares
            if share.known is None
        )
        self._change(number)
        self._correct(self._corrections[number])

    def _change(self, number: int) -> None:
        rows = []
        for sale, row in self._changes[number]:
            row.subscription = self._written[id(sale)]
            rows.append(row)
        MrrChange.objects.bulk_create(rows)

    def _correct(self, shares: Iterable[tuple[Sale, Share]]) -> None:
        """Write shares anew from the subscription's start, the lowered ones first so that none passes 100 %."""
        for sale, share in shares:
            credits_before = Credit.objects.filter(
                subscription=self._written[id(sale)], partner=self._partners[share.partner], role=share.role
            )
            if not credits_before.update(share=share.share):
                self._credit(sale, share, None).save(force_insert=True)

    def _credit(self, sale: Sale, share: Share, registration: Registration | None) -> Credit:
        subscription = self._written[id(sale)]
        is_sellers = share.role == "sourced" and share.partner == sale.seller
        return Credit(
            subscription=subscription,
            partner=self._partners[share.partner],
            role=share.role,
            share=Decimal(share.share),
            valid_from=subscription.started_on,
            registration=registration if is_sellers else None,
        )
