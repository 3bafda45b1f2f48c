"""Runs, entries and statements as the engine leaves them, without its facts.

Entries refuse INSERT through their parent table: like the engine, these makers fill a table of the run's own and
attach it as its partition.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from commissions.kinds import Kind
from commissions.models import Cause, Entry, Payout, PayoutBatch, Run, RunStatus, Statement
from commissions.services.payout_batches import post
from deals.models import Account, Credit, Family, MrrChange, Product, Subscription
from tests.factories.payees import make_method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partners.models import Partner
    from prm.models import User

COLUMNS = (
    "(run_id, partner_id, subscription_id, kind, currency, earned_period, amount, entitlement, posted_before,"
    " is_true_up, role, rule_id, rate, mrr, share, days, divisor, age, tier_id, plan_id, below_id, details)"
)
_serial = count(1)


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """One entry to be; ``entitlement`` is what is earned now, ``posted_before`` what was posted already."""

    partner: Partner
    subscription: Subscription | None
    entitlement: str
    posted_before: str = "0"
    kind: str = Kind.RECURRING
    currency: str = "EUR"
    earned_period: date | None = None
    is_true_up: bool = False
    working: dict[str, Any] | None = None

    @property
    def amount(self) -> Decimal:
        """What is posted."""
        return Decimal(self.entitlement) - Decimal(self.posted_before)


def make_product(code: str = "workspace", *, family: str = "suite", name: str = "") -> Product:
    """Return the product of that code, made with its family when it is not there."""
    kin, _made = Family.objects.get_or_create(code=family, defaults={"name": family.title()})
    product, _made = Product.objects.get_or_create(code=code, defaults={"name": name or code.title(), "family": kin})
    return product


def make_subscription(
    partner: Partner | None = None,
    *,
    customer: str = "",
    product: Product | None = None,
    started_on: date = date(2026, 1, 10),
    mrr: str = "100",
    currency: str = "EUR",
    share: str = "100",
    role: str = "sourced",
) -> Subscription:
    """Make a subscription of a customer of its own, with its starting level and, for ``partner``, a credit."""
    number = next(_serial)
    account = Account.objects.create(external_id=f"A-{number}", name=customer or f"Customer {number:03}")
    subscription = Subscription.objects.create(
        external_id=f"S-{number}",
        account=account,
        product=product or make_product(),
        currency=currency,
        started_on=started_on,
    )
    MrrChange.objects.create(subscription=subscription, effective_on=started_on, mrr=Decimal(mrr))
    if partner is not None:
        Credit.objects.create(
            subscription=subscription, partner=partner, role=role, share=Decimal(share), valid_from=started_on
        )
    return subscription


def working_of(
    *stretches: tuple[str, str, int], rate: str = "20", days_in_month: int = 31, age: int = 3, **more: Any
) -> dict[str, Any]:
    """Return the inputs of an entitlement: ``stretches`` of (MRR, share, days) in one role."""
    parts = [
        {
            "role": "sourced",
            "rule": 1,
            "rate": rate,
            "stretches": [{"mrr": mrr, "share": share, "days": days} for mrr, share, days in stretches],
        }
    ]
    return {"parts": parts, "days_in_month": days_in_month, "age": age, **more}


def make_run(
    period: date,
    rows: Sequence[EntryRow] = (),
    *,
    status: str = RunStatus.APPROVED,
    by: User | None = None,
    **fields: Any,
) -> Run:
    """Make a run of ``period`` with its entries; numbered after the last one, decided the day after the month."""
    number = (Run.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    approved = Run.objects.filter(status=RunStatus.APPROVED).order_by("-period", "-number")
    at = datetime(period.year, period.month, 1, 9, 0, tzinfo=UTC) + timedelta(days=33)
    fields = {
        "based_on": approved.first(),
        "created_at": at,
        "calculated_at": at,
        "calculated_by": by,
        "calculated_label": str(by) if by else "operator",
        "decided_at": at if status in {RunStatus.APPROVED, RunStatus.REJECTED} else None,
        "decided_label": "Fiona Marsh" if status in {RunStatus.APPROVED, RunStatus.REJECTED} else "",
        "digest": f"{number:064x}",
        "entry_count": len(rows),
        "partner_count": len({row.partner.pk for row in rows}),
        **fields,
    }
    run = Run.objects.create(number=number, period=period, status=status, **fields)
    attach_entries(run, rows)
    return run


def attach_entries(run: Run, rows: Sequence[EntryRow]) -> None:
    """Write ``rows`` into a partition of their own."""
    table = f"commissions_entry_{run.pk}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (LIKE commissions_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.executemany(
            f"INSERT INTO {table} {COLUMNS} VALUES ({', '.join(['%s'] * 22)})",  # noqa: S608 - our own name
            [
                [
                    run.pk,
                    row.partner.pk,
                    row.subscription.pk if row.subscription else None,
                    row.kind,
                    row.currency,
                    row.earned_period or run.period,
                    row.amount,
                    Decimal(row.entitlement),
                    Decimal(row.posted_before),
                    row.is_true_up,
                    *_inputs(row.working),
                ]
                for row in rows
            ],
        )
        cursor.execute(f"ALTER TABLE commissions_entry ATTACH PARTITION {table} FOR VALUES IN ({run.pk})")


def _inputs(working: dict[str, Any] | None) -> list[Any]:
    """Return the columns that hold the inputs of an entry: those of its first stretch, and what exceeds them."""
    if working is None:
        return ["", *[None] * 11]
    part = working["parts"][0]
    stretch = part["stretches"][0] if part["stretches"] else {}
    is_plain = len(working["parts"]) == 1 and len(part["stretches"]) == 1
    known = {"parts", "days_in_month", "age", "tier", "plan"}
    details = {name: value for name, value in working.items() if name not in known}
    if not is_plain:
        details["parts"] = working["parts"]
    return [
        part["role"],
        part["rule"],
        part["rate"],
        stretch.get("mrr") if is_plain else None,
        stretch.get("share") if is_plain else None,
        stretch.get("days"),
        working["days_in_month"],
        working["age"],
        working.get("tier"),
        working.get("plan"),
        stretch.get("partner"),
        json.dumps(details) if details else None,
    ]


def make_statement(run: Run, partner: Partner, *, currency: str = "EUR", opening: str = "0") -> Statement:
    """Issue the statement of what ``run`` has for ``partner``, as the approval does."""
    entries = Entry.objects.filter(run=run, partner=partner, currency=currency)
    earned = sum((entry.amount for entry in entries if not entry.is_true_up), Decimal(0))
    true_up = sum((entry.amount for entry in entries if entry.is_true_up), Decimal(0))
    start = Decimal(opening)
    return Statement.objects.create(
        number=f"S-{Statement.objects.count() + 1:06}",
        run=run,
        partner=partner,
        currency=currency,
        opening=start,
        earned=earned,
        true_up=true_up,
        closing=start + earned + true_up,
        entry_count=len(entries),
        issued_at=run.decided_at or run.created_at,
    )


def make_payout(partner: Partner, *, gross: str = "100", withheld: str = "0", currency: str = "EUR") -> Payout:
    """Make a prepared payout in a batch of its own, with its posting in the ledger."""
    number = Payout.objects.count() + 1
    at = datetime(2026, 4, 5, 9, 0, tzinfo=UTC)
    batch = PayoutBatch.objects.create(number=number, as_of=at.date(), created_at=at, created_label="Fiona Marsh")
    amount, kept = Decimal(gross), Decimal(withheld)
    with transaction.atomic():
        payout = Payout.objects.create(
            number=number,
            batch=batch,
            partner=partner,
            currency=currency,
            gross=amount,
            withholding_rate=100 * kept / amount,
            withheld=kept,
            net=amount - kept,
            method=partner.payout_methods.first() or make_method(partner),
            provider="test",
        )
        post(payout, [Cause.PREPARED], at)
    return payout
