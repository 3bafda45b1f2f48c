"""What a person decides about wins: a late one counts or not, and a slip is undone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from psycopg.types.range import TimestamptzRange

from deals.models import Credit, LateWin, LateWinDecision, MrrChange, Registration, RegistrationStatus, Subscription
from deals.services.awards import take_back_award
from deals.services.decisions import DECIDERS
from deals.services.holding import lock_registration, move, store
from deals.services.late_wins import note
from deals.services.line import let_rivals_wait
from deals.services.trail import Act, write_change
from deals.services.winning import Sale, win_registration
from prm import postings
from prm.errors import DomainError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prm.actors import Actor


def accept_late_win(*, late_win_id: int, actor: Actor, now: datetime, reason: str = "") -> Registration:
    """Let a late win count: the registration is won as if it had been reported in time."""
    _require_decider(actor)
    with transaction.atomic():
        late = _waiting(late_win_id, actor)
        sale = Sale.from_json(late.sale) if late.sale is not None and late.subscription is None else None
        registration = win_registration(
            registration_id=late.registration_id,
            actor=actor,
            now=now,
            version=None,
            sale=sale,
            subscription=late.subscription,
        )
        if reason.strip():
            LateWin.objects.filter(pk=late.pk).update(reason=reason.strip())
    return registration


def refuse_late_win(*, late_win_id: int, actor: Actor, now: datetime, reason: str) -> Registration:
    """Let a late win count for nobody: the registration stays expired, and its partner reads why."""
    _require_decider(actor)
    if not reason.strip():
        raise DomainError("reason_needed", _("Give the reason that the partner reads."), field="reason")
    with transaction.atomic():
        late = _waiting(late_win_id, actor)
        late.decision, late.reason = LateWinDecision.REFUSED, reason.strip()
        late.decided_at, late.decided_by_id = now, actor.user_id
        late.save(update_fields=["decision", "reason", "decided_at", "decided_by"])
        if late.subscription is not None:
            linked = Subscription.objects.filter(pk=late.subscription.pk, registration=late.registration_id)
            linked.update(registration=None)
        registration = late.registration
        act = Act(actor, now, reason=reason.strip())
        write_change(registration, kind="late_win_refused", came_from=registration.status, act=act)
        note(late, LateWinDecision.REFUSED, actor=actor, now=now, reason=reason.strip())
    return registration


def undo_win(*, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str) -> Registration:
    """Undo a win that was a slip: protected again for what is left of its window, else expired.

    The credit that the win made is voided, a subscription that it made is removed (or ended, where something refers
    to it), an award is voided or taken back. Refused once commission was posted in an approved run, and where
    somebody else is protected by now.
    """
    _require_decider(actor)
    if not reason.strip():
        raise DomainError("reason_needed", _("Say what went wrong."), field="reason")
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        won = registration.events.filter(kind="won").order_by("-pk").first()
        if registration.status != RegistrationStatus.WON or won is None or "until" not in won.data:
            raise DomainError("wrong_state", _("Only a win that was written here can be undone."))
        subscriptions = list(registration.subscriptions.select_for_update(of=("self",)).order_by("pk"))
        if postings.is_posted_on([subscription.pk for subscription in subscriptions]):
            raise DomainError("posted", _("Commission was posted on it in an approved run: it stays won."))
        take_back_award(registration, now=now)
        made = {data.get("credit") for data in registration.events.values_list("data", flat=True)} - {None}
        for subscription in subscriptions:
            is_ours = bool(won.data["made"]) and subscription.external_id == won.data["subscription"]
            _take_apart(registration, subscription, made=made, is_ours=is_ours)
        window = [datetime.fromisoformat(won.data[end]) for end in ("from", "until") if won.data.get(end)]
        _restore(registration, window=window, act=Act(actor, now, reason=reason.strip()))
    return registration


def _take_apart(registration: Registration, subscription: Subscription, *, made: set[int], is_ours: bool) -> None:
    """Unlink a subscription and void what the win credited on it; one that the win made goes, or ends at once."""
    Credit.objects.filter(subscription=subscription, pk__in=made).update(share=0)
    Credit.objects.filter(subscription=subscription, registration=registration).update(registration=None)
    subscription.registration = None
    subscription.version += 1
    subscription.save(update_fields=["registration", "version", "updated_at"])
    if not is_ours:
        return
    try:
        with transaction.atomic():
            subscription.delete()
    except (IntegrityError, ProtectedError):
        MrrChange.objects.filter(subscription=subscription).update(mrr=0)


def _restore(registration: Registration, *, window: Sequence[datetime], act: Act) -> None:
    """Give back what is left of the ``window`` (its two ends) that the win had cut, else leave it expired."""
    runs_on = bool(window) and window[-1] > act.now
    to = RegistrationStatus.APPROVED if runs_on else RegistrationStatus.EXPIRED
    before = move(registration, to=to, actor=act.actor)
    if runs_on:
        registration.protected = TimestamptzRange(window[0], window[-1])
        registration.closed_on = None
    store(registration)
    write_change(registration, kind="win_undone", came_from=before, act=act)
    if runs_on and registration.exclusive:
        let_rivals_wait(registration, now=act.now)


def _waiting(late_win_id: int, actor: Actor) -> LateWin:
    """Return the report that waits, its registration locked with the customer's row first."""
    seen = LateWin.objects.filter(pk=late_win_id).only("registration_id").first()
    if seen is None:
        raise NotAllowedError
    registration = lock_registration(registration_id=seen.registration_id, actor=actor, version=None)
    late = LateWin.objects.select_for_update(of=("self",)).select_related("subscription").get(pk=late_win_id)
    late.registration = registration
    if late.decision:
        raise DomainError("wrong_state", _("This late win was decided already."))
    return late


def _require_decider(actor: Actor) -> None:
    if not actor.has_role(*DECIDERS):
        raise NotAllowedError(_("Channel managers decide about wins."))
