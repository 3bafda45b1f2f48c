"""What a partner earned, by month, kind and customer; amounts in their own currency, never added across.

A month is the period of the approved run that posted the entry, so that a month's sum is its statements' sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    DecimalField,
    Exists,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from commissions.kinds import KIND_ORDER, Kind
from commissions.models import Entry, Run, RunStatus
from commissions.queries.explained import with_tier_names
from commissions.queries.zeros import ZeroReason, zeros_of
from partners.models import Partner

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from commissions.models.runs import EntryQuerySet
    from prm.actors import Actor

_MONEY = DecimalField(max_digits=20, decimal_places=4)


@dataclass(frozen=True, slots=True)
class KindSum:
    """What one kind brought in one month: ``added`` ≥ 0, ``taken_back`` ≤ 0, in ``currency``."""

    month: date
    currency: str
    kind: str
    added: Decimal
    taken_back: Decimal

    @property
    def amount(self) -> Decimal:
        """Both together."""
        return self.added + self.taken_back


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One line of a month: a subscription, or all that an override brought from it.

    ``customer`` is the customer's name, for an override the sub-partner's (``is_override``). ``share`` is the
    last share of the month in per cent. A row without entries says why in ``zero``.
    """

    key: str
    subscription_id: int | None
    customer: str
    product: str
    is_override: bool
    share: Decimal | None
    kinds: tuple[str, ...]
    amount: Decimal
    zero: ZeroReason | None = None


def earned_by_month(actor: Actor, *, since: date | None = None) -> list[KindSum]:
    """Return approved sums per month, currency and kind, from the month ``since`` on, oldest first."""
    entries = Entry.objects.visible_to(actor)
    if since is not None:
        entries = entries.filter(run__period__gte=since)
    return _kind_sums(entries)


def pending_for_partner(actor: Actor) -> list[KindSum]:
    """Return what the run that waits for approval would post for the actor's partner: sums, no entries.

    Nothing for actors without a partner or without a view of money, and nothing from a run that another
    approval has made stale.
    """
    return _kind_sums(_pending_entries(actor))


def earned_and_pending(actor: Actor) -> tuple[list[KindSum], list[KindSum]]:
    """Return :func:`earned_by_month` and :func:`pending_for_partner`, read at once."""
    both = Entry.objects.visible_to(actor) | _pending_entries(actor)
    sums = _sums_by_state(both)
    return (
        _in_order(one for state, one in sums if state == RunStatus.APPROVED),
        _in_order(one for state, one in sums if state != RunStatus.APPROVED),
    )


def _pending_entries(actor: Actor) -> EntryQuerySet:
    """Return the partner's entries of the waiting run: only ever to be summed."""
    if actor.partner_id is None or not (actor.is_partner and actor.sees_money):
        return Entry.objects.none()
    later = Run.objects.filter(status=RunStatus.APPROVED, based_on=OuterRef("pk"))
    newest = Run.objects.filter(~Exists(later), status=RunStatus.APPROVED).values("pk")[:1]
    first = Q(based_on__isnull=True) & ~Exists(Run.objects.filter(status=RunStatus.APPROVED))
    waiting = Run.objects.filter(Q(based_on=Subquery(newest)) | first, status=RunStatus.CALCULATED)
    last = waiting.order_by("-period").values("pk")[:1]
    return Entry.objects.filter(partner_id=actor.partner_id, run_id=Subquery(last))


def _kind_sums(entries: EntryQuerySet) -> list[KindSum]:
    return _in_order(one for _state, one in _sums_by_state(entries))


def _sums_by_state(entries: EntryQuerySet) -> list[tuple[str, KindSum]]:
    """Return (state of the run, sum) for each month, currency and kind."""
    sums = (
        entries.values("run__status", "run__period", "currency", "kind")
        .annotate(
            added=Coalesce(Sum("amount", filter=Q(amount__gt=0)), Value(0), output_field=_MONEY),
            taken_back=Coalesce(Sum("amount", filter=Q(amount__lt=0)), Value(0), output_field=_MONEY),
        )
        .order_by()
    )
    return [
        (
            row["run__status"],
            KindSum(row["run__period"], row["currency"], row["kind"], row["added"], row["taken_back"]),
        )
        for row in sums
    ]


def _in_order(sums: Iterable[KindSum]) -> list[KindSum]:
    return sorted(sums, key=lambda one: (one.month, one.currency, KIND_ORDER[one.kind]))


def month_rows(actor: Actor, *, month: date, currency: str) -> list[CustomerRow]:
    """Return the month's rows by customer name, with zero rows where their reason is known."""
    entries = Entry.objects.visible_to(actor).filter(run__period=month, currency=currency)
    rows = _paid_rows(entries)
    zeros = zeros_of(actor, month=month, currency=currency)
    return sorted([*rows, *_zero_rows(zeros)], key=lambda row: (row.customer.casefold(), row.product, row.key))


def row_of(rows: Iterable[CustomerRow], key: str) -> CustomerRow | None:
    """Return the row of that key, if the month has it."""
    return next((row for row in rows if row.key == key), None)


def _paid_rows(entries: QuerySet[Entry]) -> list[CustomerRow]:
    groups = (
        entries.annotate(
            is_override=Case(When(kind=Kind.OVERRIDE, then=Value(1)), default=Value(0)),
            last_share=Coalesce(F("share"), Cast(_at("details", "{parts,0,stretches,-1,share}"), _MONEY)),
        )
        .annotate(below_name=Subquery(Partner.objects.filter(pk=OuterRef("below_id")).values("name")[:1]))
        .values(
            "subscription_id",
            "subscription__public_id",
            "is_override",
            "subscription__account__name",
            "subscription__product__name",
        )
        .annotate(
            kinds=ArrayAgg("kind", distinct=True),
            newest_share=Max("last_share"),
            under=Max("below_name"),
            posted=Sum("amount"),
        )
        .order_by()
    )
    return [_paid_row(cast("dict[str, Any]", group)) for group in groups]


def _at(column: str, path: str) -> Func:
    """Return the text at a path of a JSON column; a missing step gives NULL."""
    return Func(column, Value(path), template="(%(expressions)s)", arg_joiner=" #>> ", output_field=TextField())


def _paid_row(group: dict[str, Any]) -> CustomerRow:
    """Name an override's row by the sub-partner: a distributor does not see the customers of others."""
    override = bool(group["is_override"])
    public_id = group["subscription__public_id"]
    return CustomerRow(
        key=f"{'o' if override else 's'}{public_id.hex if public_id else 0}",
        subscription_id=group["subscription_id"],
        customer=(group["under"] if override else group["subscription__account__name"]) or "",
        product=group["subscription__product__name"] or "",
        is_override=override,
        share=group["newest_share"],
        kinds=tuple(sorted(group["kinds"], key=KIND_ORDER.__getitem__)),
        amount=group["posted"],
    )


def _zero_rows(zeros: Iterable[ZeroReason]) -> list[CustomerRow]:
    return [
        CustomerRow(
            key=f"z{zero.public_id.hex}",
            subscription_id=zero.subscription_id,
            customer=zero.customer,
            product=zero.product,
            is_override=False,
            share=None,
            kinds=(),
            amount=zero.amount,
            zero=zero,
        )
        for zero in zeros
    ]


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Entries of one key that a month posted, with the earlier ones of the same key, oldest first."""

    entry: Entry
    earlier: tuple[Entry, ...]


def row_entries(actor: Actor, row: CustomerRow, *, month: date, currency: str) -> list[KeyHistory]:
    """Return the entries behind a row, newest earned month first, each with what its key was posted before."""
    entries = (
        with_tier_names(Entry.objects.visible_to(actor))
        .filter(Q(subscription=row.subscription_id), currency=currency, run__period__lte=month)
        .select_related("run", "subscription__account", "subscription__product", "partner")
        .order_by("run__number", "id")
    )
    wanted = [entry for entry in entries if (entry.kind == Kind.OVERRIDE) == row.is_override]
    shown = [entry for entry in wanted if entry.run.period == month]
    shown.sort(key=lambda entry: (-entry.earned_period.toordinal(), KIND_ORDER[entry.kind], entry.run.number))
    return [
        KeyHistory(
            entry,
            tuple(
                other
                for other in wanted
                if (other.kind, other.earned_period) == (entry.kind, entry.earned_period)
                and other.run.number < entry.run.number
            ),
        )
        for entry in shown
    ]


def month_entries(actor: Actor, *, month: date, currency: str) -> QuerySet[Entry]:
    """Return the entries of a month in the order of its CSV."""
    return (
        with_tier_names(Entry.objects.visible_to(actor))
        .filter(run__period=month, currency=currency)
        .select_related("run", "partner", "subscription__account", "subscription__product")
        .order_by("subscription__account__name", "subscription_id", "earned_period", "kind", "id")
    )


def clawbacks_of(actor: Actor, *, month: date, currency: str, limit: int = 3) -> list[Entry]:
    """Return what was taken back in a month, or later from what it earned, because a customer left early."""
    return list(
        Entry.objects.visible_to(actor)
        .filter(Q(run__period=month) | Q(earned_period=month), currency=currency, is_true_up=True, amount__lt=0)
        .filter(details__has_key="clawback")
        .select_related("run", "subscription__account")
        .order_by("amount", "run_id", "id")[:limit]
    )
