"""What a merge of two customers would move, where their claims collide, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from deals.models import (
    LIVE_STATUSES,
    Account,
    AccountCandidate,
    AccountMerge,
    AccountToCompare,
    LeadOffer,
    NamedAccount,
    Registration,
    RegistrationStatus,
)
from deals.policy.merging import Claim, Collision, collisions_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import Field, Model, QuerySet

NOT_MOVED = (Account, AccountCandidate, AccountMerge, AccountToCompare)
"""Parents, candidates and merges themselves have ways of their own; what waits to be compared is made anew."""


@dataclass(frozen=True, slots=True)
class Moving:
    """How many rows of a kind would move."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Clash:
    """A collision with the registrations themselves: a person keeps one of them."""

    collision: Collision
    registrations: tuple[Registration, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do, before anybody does it."""

    survivor: Account
    merged: Account
    moving: tuple[Moving, ...]
    clashes: tuple[Clash, ...]
    obstacles: tuple[str, ...]


def references() -> list[tuple[type[Model], Field[Any, Any]]]:
    """Return every table and column that points at a customer and moves along, today's and later ones alike."""
    relations: list[Any] = [
        relation
        for relation in Account._meta.get_fields(include_hidden=True)  # noqa: SLF001 - Django's documented API
        if relation.auto_created and not relation.concrete
    ]
    found = [(one.related_model, one.field) for one in relations if one.related_model not in NOT_MOVED]
    return sorted(found, key=lambda pair: (pair[0]._meta.label_lower, pair[1].name))  # noqa: SLF001 - as above


def rows_moving(model: type[Model], field: Field[Any, Any], *, merged_id: int, survivor_id: int) -> QuerySet[Any]:
    """Return the rows that point at the merged customer and move; a list that names both names the survivor once."""
    rows: QuerySet[Any] = model._default_manager.filter(**{field.name: merged_id}).order_by("pk")  # noqa: SLF001 - as above
    if model is NamedAccount:
        return rows.exclude(pk__in=[row.pk for row, other in _named_twice(merged_id, survivor_id) if _same(row, other)])
    return rows


def preview_of(*, survivor: Account, merged: Account, now: datetime) -> Preview:
    """Return what merging ``merged`` into ``survivor`` would do."""
    clashes = clashes_of(survivor_id=survivor.pk, merged_id=merged.pk, now=now)
    counts = [
        Moving(
            str(model._meta.verbose_name_plural),  # noqa: SLF001 - as above
            rows_moving(model, field, merged_id=merged.pk, survivor_id=survivor.pk).count(),
        )
        for model, field in references()
    ]
    counts.append(Moving(_("customers below it"), Account.objects.current().filter(parent=merged).count()))
    return Preview(
        survivor,
        merged,
        tuple(moving for moving in counts if moving.count),
        clashes,
        tuple(obstacles_of(survivor_id=survivor.pk, merged_id=merged.pk, now=now)),
    )


def clashes_of(*, survivor_id: int, merged_id: int, now: datetime) -> tuple[Clash, ...]:
    """Return the live registrations of the two customers that cannot stand side by side."""
    live = (
        Registration.objects.filter(account_id__in=[survivor_id, merged_id], status__in=LIVE_STATUSES)
        .exclude(status=RegistrationStatus.APPROVED, protected__endswith__lte=now)
        .select_related("holder", "family", "account")
        .order_by("pk")
    )
    known = {registration.pk: registration for registration in live}
    claims = [
        Claim(
            id=registration.pk,
            account_id=registration.account_id or 0,
            family_id=registration.family_id,
            holder_id=registration.holder_id,
            protects=registration.status == RegistrationStatus.APPROVED and registration.exclusive,
        )
        for registration in known.values()
    ]
    return tuple(Clash(collision, tuple(known[pk] for pk in collision.ids)) for collision in collisions_of(claims))


def obstacles_of(*, survivor_id: int, merged_id: int, now: datetime) -> Iterable[str]:
    """Say, in sentences, what has to be settled before the two can be one."""
    for row, other in _named_twice(merged_id, survivor_id):
        if not _same(row, other):
            yield _(
                "Both are key accounts on the same days, with different policies. End one of the two entries first."
            )
            break
    both = [survivor_id, merged_id]
    offers = list(LeadOffer.objects.filter(account_id__in=both, released_at__isnull=True).select_related("partner"))
    for offer in offers:
        if any(other.family_id == offer.family_id and other.pk > offer.pk for other in offers):
            yield _("A lead on each of the two is with a partner. Take one of them back first.")
            break
    for offer in offers:
        held = Registration.objects.filter(
            account_id__in=both,
            family_id=offer.family_id,
            status=RegistrationStatus.APPROVED,
            exclusive=True,
            protected__endswith__gt=now,
        ).exclude(Q(holder_id=offer.partner_id) | Q(account_id=offer.account_id))
        if first := held.first():
            yield _(
                "%(reference)s protects another partner than the one who has a lead on it. Settle one of them first."
            ) % {"reference": first.reference}
            break


def _named_twice(merged_id: int, survivor_id: int) -> list[tuple[NamedAccount, NamedAccount]]:
    """Return the entries of the merged customer whose days overlap with one of the survivor on the same list."""
    mine = list(NamedAccount.objects.filter(account_id=merged_id))
    theirs = list(NamedAccount.objects.filter(account_id=survivor_id))
    return [
        (row, other)
        for row in mine
        for other in theirs
        if row.named_list_id == other.named_list_id and _overlap(row, other)
    ]


def _overlap(row: NamedAccount, other: NamedAccount) -> bool:
    starts_before = row.valid_from is None or other.valid_until is None or row.valid_from < other.valid_until
    return starts_before and (other.valid_from is None or row.valid_until is None or other.valid_from < row.valid_until)


def _same(row: NamedAccount, other: NamedAccount) -> bool:
    return (row.policy, row.named_list_id) == (other.policy, other.named_list_id)
