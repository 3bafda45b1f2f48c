"""Opens and closes a tender: several partners bid, and who was protected before stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationStatus, Tender
from deals.queries.rules import rules_in_force
from deals.services.decisions import require_decider, require_reason
from deals.services.holding import lock_account, store
from deals.services.line import expire_overdue, in_line, is_held, let_wait, recall
from deals.services.progress import close
from deals.services.trail import Act
from prm import audit, outbox
from prm.errors import DomainError, NotAllowedError, as_domain_error

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from prm.actors import Actor


def open_tender(*, account_id: int, family_id: int, reason: str, actor: Actor, now: datetime) -> Tender:
    """Let several partners bid for a family of a customer: who waits is decided now, and is told.

    From now on bidders are approved without excluding each other; the earlier holder keeps its protection and its
    terms. Raises ``DomainError`` when one is open already.
    """
    require_decider(actor)
    require_reason(reason)
    with transaction.atomic():
        if lock_account(account_id).merged_into_id is not None:
            raise DomainError("merged", _("That record was merged into another one."), field="account")
        expire_overdue(account_id=account_id, family_id=family_id, now=now)
        try:
            with transaction.atomic():
                tender = Tender.objects.create(
                    account_id=account_id,
                    family_id=family_id,
                    reason=reason.strip(),
                    opened_at=now,
                    opened_by_id=actor.user_id,
                )
        except IntegrityError as error:
            raise as_domain_error(error) from error
        _write(tender, "opened", reason=reason, actor=actor, now=now)
        waiting = in_line(account_id=account_id, family_id=family_id).filter(status=RegistrationStatus.WAITING)
        for bidder in waiting:
            recall(bidder, kind="tender_opened", now=now)
    return tender


def close_tender(*, tender_id: int, winner_id: int | None, reason: str, actor: Actor, now: datetime) -> Tender:
    """End a tender: every bidder but the winner is lost, and who is still undecided stands in line again.

    The winner is protected alone from now on, unless the earlier holder still is; it is won like any other. Raises
    ``DomainError`` when the tender is closed, or the winner is none of its bidders.
    """
    require_decider(actor)
    require_reason(reason)
    with transaction.atomic():
        seen = Tender.objects.visible_to(actor).filter(pk=tender_id).first()
        if seen is None:
            raise NotAllowedError
        lock_account(seen.account_id)
        tender = Tender.objects.select_for_update(no_key=True, of=("self",)).get(pk=tender_id)
        if tender.closed_at is not None:
            raise DomainError("wrong_state", _("This tender is closed already."))
        tender.winner = _winner(tender, winner_id)
        tender.closed_at, tender.closed_by_id, tender.outcome = now, actor.user_id, reason.strip()
        tender.save()
        _write(tender, "closed", reason=reason, actor=actor, now=now)
        _end_bids(tender, act=Act(actor, now, reason=_("The tender is over.")))
    return tender


def _winner(tender: Tender, winner_id: int | None) -> Registration | None:
    if winner_id is None:
        return None
    found = _bids(tender).filter(pk=winner_id).first()
    if found is None:
        raise DomainError("not_a_bidder", _("That registration is no bidder of this tender."), field="winner")
    return found


def _bids(tender: Tender) -> QuerySet[Registration]:
    return Registration.objects.select_related("holder", "account", "family").filter(
        account_id=tender.account_id,
        family_id=tender.family_id,
        exclusive=False,
        status__in=(RegistrationStatus.APPROVED, RegistrationStatus.WON),
    )


def _end_bids(tender: Tender, *, act: Act) -> None:
    """Close the losers, give the winner what is free, and send the undecided back into the line."""
    line = {"account_id": tender.account_id, "family_id": tender.family_id}
    undecided = list(in_line(**line).filter(status=RegistrationStatus.SUBMITTED))
    losers = _bids(tender).filter(status=RegistrationStatus.APPROVED).exclude(pk=tender.winner_id or 0)
    for bidder in losers.order_by("pk"):
        close(bidder, to=RegistrationStatus.LOST, kind="lost", act=act)
    winner = tender.winner
    if winner is not None and winner.status == RegistrationStatus.APPROVED and not is_held(**line, now=act.now):
        winner.exclusive = True
        store(winner)
    if is_held(**line, now=act.now):
        settings = rules_in_force(now=act.now)
        for bidder in undecided:
            let_wait(bidder, now=act.now, settings=settings)


def _write(tender: Tender, what: str, *, reason: str, actor: Actor, now: datetime) -> None:
    data = {"account": str(tender.account.public_id), "family": tender.family.code}
    audit.record(action=f"tender.{what}", actor=actor, now=now, target=tender, reason=reason.strip(), data=data)
    payload = {"tender": str(tender.public_id), "at": now.isoformat(), **data}
    outbox.publish(topic=f"tender.{what}", key=f"tender:{tender.public_id}", payload=payload, now=now)
