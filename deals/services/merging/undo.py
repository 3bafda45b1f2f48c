"""Takes two merged customers apart again: exactly the rows that moved go back, unless a promise would break."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deals.identity import domain_of, name_key
from deals.models import (
    LIVE_STATUSES,
    Account,
    AccountMerge,
    AccountMove,
    Registration,
    RegistrationStatus,
    Subscription,
)
from deals.policy.merging import UNDO_DAYS
from deals.services.holding import in_words, lock_accounts, move, store
from deals.services.line import advance, is_held, recall
from deals.services.merging.claims import STATE
from deals.services.merging.merge import lock_both, require_merger, tell_merge
from deals.services.merging.moves import model_of, plain, stored
from deals.services.trail import Act, write_change
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

REGISTRATION, ACCOUNT, DOMAIN = "deals.registration", "deals.account", "deals.accountdomain"


def undo_merge(*, merge_id: int, actor: Actor, now: datetime, reason: str = "") -> AccountMerge:
    """Undo a merge within 30 days: the rows that it moved go back, and the states that it changed.

    A row that somebody has changed since stays as it is now. Refused where a promise would break: where something was
    registered or sold since that belongs to both, and where a restored protection would meet another.
    """
    require_merger(actor)
    with transaction.atomic():
        seen = AccountMerge.objects.filter(pk=merge_id).first()
        if seen is None:
            raise DomainError("unknown_merge", _("There is no such merge."))
        lock_both(seen.survivor_id, seen.merged_id)
        moves = list(AccountMove.objects.filter(merge_id=merge_id).order_by("-pk"))
        lock_accounts([seen.survivor_id, seen.merged_id, *_keys(moves, ACCOUNT)])
        merge = (
            AccountMerge.objects.select_for_update(of=("self",)).select_related("survivor", "merged").get(pk=merge_id)
        )
        _require_undoable(merge, moves, now=now)
        act = Act(actor, now, reason=reason.strip())
        returned = _take_back(merge, moves, act=act)
        merge.undone_at, merge.undone_by = now, actor.label or actor.kind.value
        merge.save(update_fields=["undone_at", "undone_by"])
        tell_merge(merge, "account.merge_undone", rows=returned, act=act)
    return merge


def _keys(moves: list[AccountMove], row_type: str) -> list[int]:
    return [int(moved.row_key) for moved in moves if moved.row_type == row_type]


def _require_undoable(merge: AccountMerge, moves: list[AccountMove], *, now: datetime) -> None:
    if merge.undone_at is not None:
        raise StaleError(_("Somebody else has undone this merge already."))
    if now > merge.merged_at + timedelta(days=UNDO_DAYS):
        raise DomainError("too_late", _("A merge can be undone for %(days)s days.") % {"days": UNDO_DAYS})
    if (further := merge.survivor.merged_into_id) is not None:
        name = Account.objects.get(pk=further).name
        sentence = _("The customer was merged into %(name)s since. Undo that merge first.")
        raise DomainError("merged_further", sentence % {"name": name})
    _require_no_sale_since(merge, moves)
    _require_no_claim_since(merge, moves)


def _require_no_sale_since(merge: AccountMerge, moves: list[AccountMove]) -> None:
    """Refuse to part a registration from the subscription that it became since, whichever of the two would move."""
    moved, sold = _keys(moves, REGISTRATION), _keys(moves, "deals.subscription")
    parted = Subscription.objects.filter(account_id=merge.survivor_id, registration__isnull=False).filter(
        Q(registration_id__in=moved) & ~Q(pk__in=sold) | ~Q(registration_id__in=moved) & Q(pk__in=sold)
    )
    if first := parted.select_related("registration").order_by("pk").first():
        assert first.registration is not None  # noqa: S101 - the query says so
        sentence = _("%(reference)s became the subscription %(subscription)s since: taken apart, the two would part.")
        raise DomainError(
            "promise_in_the_way",
            sentence % {"reference": first.registration.reference, "subscription": first.external_id},
        )


def _require_no_claim_since(merge: AccountMerge, moves: list[AccountMove]) -> None:
    """Refuse where somebody has registered the merged customer since: its claim would stay with the other one."""
    domains = {moved.row_key for moved in moves if moved.row_type == DOMAIN}
    key = name_key(merge.merged.name)
    since = Registration.objects.filter(
        account_id=merge.survivor_id, submitted_at__gte=merge.merged_at, status__in=[*LIVE_STATUSES, "won"]
    ).exclude(pk__in=_keys(moves, REGISTRATION))
    for registration in since.order_by("pk"):
        typed = domain_of(registration.website)
        if typed in domains or (not typed and name_key(registration.company) == key):
            sentence = _("%(reference)s was registered since under %(name)s: taken apart, it would lose its customer.")
            named = typed or registration.company
            raise DomainError("promise_in_the_way", sentence % {"reference": registration.reference, "name": named})


def _take_back(merge: AccountMerge, moves: list[AccountMove], *, act: Act) -> int:
    """Return the rows, the customer itself first, so that the others have somewhere to go."""
    accounts = [moved for moved in moves if moved.row_type == ACCOUNT]
    rest = [moved for moved in moves if moved.row_type != ACCOUNT]
    first = [moved for moved in accounts if moved.row_key == str(merge.merged_id)]
    later = [moved for moved in accounts if moved.row_key != str(merge.merged_id)]
    returned = []
    for moved in [*first, *rest, *later]:
        if _return(moved, act=act):
            moved.returned_at = act.now
            returned.append(moved)
    AccountMove.objects.bulk_update(returned, ["returned_at"])
    _settle_lines(merge, returned, now=act.now)
    return len(returned)


def _return(moved: AccountMove, *, act: Act) -> bool:
    """Write a row's columns back, if they are still as the merge left them; whether it was."""
    model = model_of(moved)
    row: Any = model._default_manager.filter(pk=moved.row_key).first()  # noqa: SLF001 - Django's documented API
    if row is None:
        return False
    same = {name for name, value in moved.after.items() if plain(getattr(row, name)) == value}
    names = [name for name in moved.before if name in same]
    if moved.row_type == REGISTRATION and not set(STATE) & set(moved.before) <= same:
        names = [name for name in names if name not in STATE]  # its state went on: only the customer goes back
    if not names:
        return False
    came_from = getattr(row, "status", "")
    for name in names:
        setattr(row, name, stored(model, name, moved.before[name]))
    try:
        with transaction.atomic():
            if moved.row_type == REGISTRATION:
                _return_registration(row, came_from, act=act)
            else:
                _save(row, names, now=act.now)
    except IntegrityError as error:
        raise in_words(error) from error
    return True


def _save(row: Any, names: list[str], *, now: datetime) -> None:
    fields = {field.attname: field.name for field in row._meta.concrete_fields}  # noqa: SLF001 - as above
    columns = [fields[name] for name in names]
    if "version" in fields:
        row.version += 1
        columns.append("version")
    if "updated_at" in fields:
        row.updated_at = now
        columns.append("updated_at")
    row.save(update_fields=columns)


def _return_registration(row: Registration, came_from: str, *, act: Act) -> None:
    """Write a registration back; one that the merge superseded is what it was, and its partner is told."""
    to = row.status
    if came_from == RegistrationStatus.SUPERSEDED and to != came_from:
        row.status = came_from
        move(row, to=RegistrationStatus(to), actor=act.actor)
        store(row)
        reason = _("The two records are two customers after all; the registration goes on as before.")
        write_change(row, kind="restored", came_from=came_from, act=Act(act.actor, act.now, reason=reason))
        return
    if to != came_from:
        row.status = came_from  # who was put into the line goes back by the line's own rule
    store(row)


def _settle_lines(merge: AccountMerge, returned: list[AccountMove], *, now: datetime) -> None:
    """Have those decided again who were put into the line by the merge, where nobody holds their customer."""
    keys = _keys(returned, REGISTRATION)
    waited = {int(moved.row_key) for moved in returned if moved.row_type == REGISTRATION and "status" in moved.before}
    for registration in Registration.objects.filter(pk__in=waited, status=RegistrationStatus.WAITING).order_by("place"):
        if not is_held(registration.account_id or 0, registration.family_id, now):
            recall(registration, kind="next_in_line", now=now)
    touched = Registration.objects.filter(Q(pk__in=keys) | Q(account_id=merge.survivor_id))
    for account_id, family_id in sorted(set(touched.values_list("account_id", "family_id"))):
        advance(account_id=account_id or 0, family_id=family_id, now=now)
