"""Wins that a system reports after the protection had ended: kept for a person, decided once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deals.models import LateWin, LateWinDecision, Registration
from deals.queries.rules import business_hours, rules_in_force
from prm import audit, outbox
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from deals.models import Subscription
    from prm.actors import Actor


def report(
    registration: Registration,
    *,
    subscription: Subscription | None,
    sale: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
) -> LateWin:
    """Keep the report, once: a system may repeat it, also after a person has refused it."""
    refused = registration.late_wins.filter(decision=LateWinDecision.REFUSED)
    same = refused.filter(subscription=subscription) if subscription else refused.filter(sale=sale)
    known = registration.late_wins.filter(decision="").first() or same.first()
    if known is not None:
        return known
    days = rules_in_force(now=now).decision_sla_business_days
    late = LateWin.objects.create(
        registration=registration,
        subscription=subscription,
        sale=sale,
        reported_at=now,
        reported_by=actor.label or actor.kind.value,
        due_at=business_hours(Program.current()).add_days(now, days),
    )
    note(late, "reported", actor=actor, now=now)
    return late


def close_waiting(registration: Registration, decision: LateWinDecision, *, actor: Actor, now: datetime) -> None:
    """Close a report that waits: the registration was decided, here or by the ordinary form."""
    waiting = registration.late_wins.filter(decision="").first()
    if waiting is not None:
        waiting.decision, waiting.decided_at, waiting.decided_by_id = decision, now, actor.user_id
        waiting.save(update_fields=["decision", "decided_at", "decided_by"])
        note(waiting, decision, actor=actor, now=now)


def note(late: LateWin, what: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Write what happened to a report into the trail and the outbox."""
    data = {"registration": late.registration.reference}
    audit.record(action=f"late_win.{what}", actor=actor, now=now, target=late, reason=reason, data=data)
    outbox.publish(
        topic=f"late_win.{what}",
        key=f"registration:{late.registration.public_id}",
        payload=data,
        now=now,
    )
