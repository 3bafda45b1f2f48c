"""Merges one customer into another: locks first, then everything moves, and every row that moved is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deals.identity import identity_keys
from deals.models import Account, AccountCandidate, AccountMerge
from deals.queries.merging import obstacles_of, references, rows_moving
from deals.services.accounts import PARENTS, lock_identities
from deals.services.candidates import decide
from deals.services.decisions import DECIDERS
from deals.services.holding import in_words, lock_accounts
from deals.services.merging.claims import give_way, put_in_line, sweep
from deals.services.merging.moves import Moves, columns_of
from deals.services.trail import Act
from prm import audit, outbox
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from django.db.models import Field, Model

    from prm.actors import Actor

FILLED = ("website", "country", "segment", "parent_id")
"""Columns that the survivor takes over where it has nothing in them."""


def merge_accounts(
    *,
    survivor_id: int,
    merged_id: int,
    actor: Actor,
    now: datetime,
    keep: Collection[int] = (),
    reason: str = "",
) -> AccountMerge:
    """Make ``merged_id`` one with ``survivor_id``: everything moves, and both external ids lead to the survivor.

    ``keep`` names, by their ids, the registrations to keep where two live protections or two live registrations of
    one partner collide; the others become ``superseded`` (deal rules, section 2). Refused with ``keeper_needed`` until
    a person has named them, and with a sentence where something else stands in the way.
    """
    require_merger(actor)
    if survivor_id == merged_id:
        raise DomainError("same_account", _("A customer cannot be merged into itself."))
    with transaction.atomic():
        lock_both(survivor_id, merged_id)
        survivor, merged = _lock_rows(survivor_id, merged_id)
        for obstacle in obstacles_of(survivor_id=survivor_id, merged_id=merged_id, now=now):
            raise DomainError("promise_in_the_way", obstacle)
        moves, act = Moves(), Act(actor, now, reason=reason.strip())
        sweep([survivor_id, merged_id], now=now)
        give_way(survivor_id=survivor_id, merged_id=merged_id, keep=keep, moves=moves, act=act)
        _move_all(survivor, merged, moves=moves, now=now)
        _move_family_tree(survivor, merged, moves=moves, now=now)
        _move_candidates(survivor, merged, moves=moves, act=act)
        put_in_line(survivor_id, moves=moves, now=now)
        _close(survivor, merged, moves=moves, now=now)
        merge = AccountMerge.objects.create(
            survivor=survivor,
            merged=merged,
            merged_at=now,
            merged_by=actor.label or actor.kind.value,
            user_id=actor.user_id,
            reason=act.reason,
        )
        tell_merge(merge, "account.merged", rows=moves.write(merge), act=act)
    return merge


def require_merger(actor: Actor) -> None:
    """Let in those who decide about duplicates, and systems: a CRM merges its own records."""
    if not actor.has_role(*DECIDERS) and actor.kind is not ActorKind.SYSTEM_KEY:
        raise NotAllowedError(_("Channel managers decide about duplicates."))


def lock_both(*account_ids: int) -> None:
    """Take every identity lock of the customers and the one of parents, in the order that everybody takes them in.

    Whoever resolves one of their domains or names waits until the merge is done; merges come one after the other.
    """
    keys: set[str] = {PARENTS}
    for account in Account.objects.filter(pk__in=account_ids).prefetch_related("domains"):
        keys.update(identity_keys(domain="", name=account.name, country=account.country))
        keys.update(f"domain:{row.domain}" for row in account.domains.all())
    lock_identities(keys)


def _lock_rows(survivor_id: int, merged_id: int) -> tuple[Account, Account]:
    """Lock every customer's row that the merge writes, in the order of their ids."""
    touched = Account.objects.filter(
        Q(pk__in=[survivor_id, merged_id]) | Q(parent=merged_id) | Q(merged_into=merged_id)
    ).values_list("pk", flat=True)
    rows = lock_accounts(touched)
    if survivor_id not in rows or merged_id not in rows:
        raise DomainError("unknown_account", _("There is no such customer."))
    survivor, merged = rows[survivor_id], rows[merged_id]
    if survivor.merged_into_id is not None or merged.merged_into_id is not None:
        raise StaleError(_("One of the two was merged meanwhile. Look at them again."))
    return survivor, merged


def _move_all(survivor: Account, merged: Account, *, moves: Moves, now: datetime) -> None:
    """Let every row that points at the merged customer point at the survivor."""
    for model, column in references():
        rows = list(rows_moving(model, column, merged_id=merged.pk, survivor_id=survivor.pk))
        for row in rows:
            moves.note(row, before={column.attname: merged.pk}, after={column.attname: survivor.pk})
        point_at(survivor.pk, model, column, [row.pk for row in rows], now=now)


def point_at(
    account_id: int, model: type[Model], column: Field[Any, Any], keys: Iterable[Any], *, now: datetime
) -> None:
    """Write the customer into rows of one table; a promise that would break becomes a sentence."""
    changes: dict[str, Any] = {column.attname: account_id}
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's documented API
    if "version" in names:
        changes["version"] = F("version") + 1
    if "updated_at" in names:
        changes["updated_at"] = now
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=list(keys)).update(**changes)  # noqa: SLF001 - as above
    except IntegrityError as error:
        raise in_words(error) from error


def _move_family_tree(survivor: Account, merged: Account, *, moves: Moves, now: datetime) -> None:
    """Hang those below the merged one, and those merged into it before, on the survivor; nobody above itself."""
    if _is_above(merged, survivor):
        # The survivor stood below: it moves up to where the merged one was, so that no circle comes about.
        _write(survivor, {"parent_id": merged.parent_id}, moves=moves, now=now)
    for child in Account.objects.filter(parent=merged).exclude(pk=survivor.pk).order_by("pk"):
        _write(child, {"parent_id": survivor.pk}, moves=moves, now=now)
    for earlier in Account.objects.filter(merged_into=merged).order_by("pk"):
        _write(earlier, {"merged_into_id": survivor.pk}, moves=moves, now=now)


def _is_above(account: Account, other: Account) -> bool:
    """Whether ``account`` is above ``other``, over however many steps."""
    seen: set[int] = set()
    parent_id = other.parent_id
    while parent_id is not None and parent_id not in seen:
        if parent_id == account.pk:
            return True
        seen.add(parent_id)
        parent_id = Account.objects.values_list("parent_id", flat=True).get(pk=parent_id)
    return False


def _move_candidates(survivor: Account, merged: Account, *, moves: Moves, act: Act) -> None:
    """Decide the pair as the same; every other pair of the merged customer becomes the survivor's, once."""
    pairs = AccountCandidate.objects.select_for_update(of=("self",)).filter(Q(account=merged) | Q(other=merged))
    columns = ("account_id", "other_id", "decision", "decided_at", "decided_by")
    for pair in pairs.order_by("pk"):
        before = columns_of(pair, columns)
        third = pair.other_id if pair.account_id == merged.pk else pair.account_id
        if third == survivor.pk:
            if pair.decision == AccountCandidate.Decision.OPEN:
                decide(pair, AccountCandidate.Decision.SAME, actor=act.actor, now=act.now)
        elif not _is_compared(survivor.pk, third):
            pair.account_id, pair.other_id = (
                (survivor.pk, third) if pair.account_id == merged.pk else (third, survivor.pk)
            )
            pair.save(update_fields=["account", "other"])
        moves.note(pair, before=before, after=columns_of(pair, columns))


def _is_compared(one: int, other: int) -> bool:
    return AccountCandidate.objects.filter(
        Q(account_id=one, other_id=other) | Q(account_id=other, other_id=one)
    ).exists()


def _close(survivor: Account, merged: Account, *, moves: Moves, now: datetime) -> None:
    """Fill what the survivor lacks, and let the merged customer lead to it."""
    gained = {
        name: getattr(merged, name)
        for name in FILLED
        if not getattr(survivor, name) and getattr(merged, name) and getattr(merged, name) != survivor.pk
    }
    if "parent_id" in gained and _is_above(survivor, merged):
        del gained["parent_id"]
    if survivor.is_prospect and not merged.is_prospect:
        gained["is_prospect"] = False
    _write(survivor, gained, moves=moves, now=now)
    _write(merged, {"merged_into_id": survivor.pk}, moves=moves, now=now)


def _write(account: Account, values: dict[str, Any], *, moves: Moves, now: datetime) -> None:
    """Write columns of a customer that the caller has locked, and keep what they were."""
    if not values:
        return
    moves.note(account, before=columns_of(account, values), after=values)
    for name, value in values.items():
        setattr(account, name, value)
    account.version += 1
    account.updated_at = now
    account.save(update_fields=[*(name.removesuffix("_id") for name in values), "version", "updated_at"])


def tell_merge(merge: AccountMerge, action: str, *, rows: int, act: Act) -> None:
    """Write a merge, or its undoing, into audit trail and outbox."""
    data = {"survivor": merge.survivor_id, "merged": merge.merged_id, "rows": rows}
    audit.record(action=action, actor=act.actor, now=act.now, target=merge.survivor, reason=act.reason, data=data)
    payload = {
        "merge": str(merge.public_id),
        "survivor": str(merge.survivor.public_id),
        "merged": str(merge.merged.public_id),
        "rows": rows,
    }
    outbox.publish(topic=action, key=f"account:{merge.survivor.public_id}", payload=payload, now=act.now)
