"""Plans and who is on them. Terms have no versions of their own: the audit trail keeps them before and after.

The next run computes every month anew with changed terms and posts the differences (commission rules, section 3).
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commissions.models import Plan, PlanAssignment
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from prm.actors import Actor

TERMS = (
    "name",
    "basis",
    "clawback",
    "clawback_days",
    "cap_per_subscription",
    "cap_currency",
    "minimum_payout",
    "minimum_currency",
    "true_up_months",
    "is_default",
)
"""What can be changed of a plan; its code is its name for other systems and stays."""

AMOUNTS = {"cap_per_subscription", "minimum_payout"}


def terms_of(plan: Plan) -> dict[str, Any]:
    """Return a plan's terms as the audit trail keeps them: decimals as plain text."""
    return {name: _kept(name, getattr(plan, name)) for name in TERMS}


def version_of_terms(plan: Plan) -> str:
    """Return a fingerprint of the terms, for a form to say which ones it was made from."""
    return hashlib.sha256(json.dumps(terms_of(plan), sort_keys=True).encode()).hexdigest()[:16]


def add_plan(*, code: str, values: Mapping[str, Any], actor: Actor, now: datetime) -> Plan:
    """Make a plan with ``values`` by the names of ``TERMS``; a new default takes over from the one before.

    Raises ``DomainError`` named after the constraint that refuses, ``NotAllowedError`` for anybody but administrators.
    """
    _only_administrators(actor)
    plan = Plan(code=code, **values)
    with transaction.atomic():
        if plan.is_default:
            _hand_over_default(plan, actor, now)
        _save(plan, force_insert=True)
        audit.record(action="plan.added", actor=actor, now=now, target=plan, data={"after": terms_of(plan)})
    return plan


def change_plan(
    *, plan_id: int, values: Mapping[str, Any], reason: str, version: str, actor: Actor, now: datetime
) -> Plan:
    """Change a plan's terms; ``version`` is the fingerprint of those that the person saw.

    Raises ``StaleError`` when somebody has changed them meanwhile, ``DomainError`` without a reason, without a change,
    or when a default plan would step back without a successor.
    """
    _only_administrators(actor)
    _need_reason(reason)
    with transaction.atomic():
        plan = Plan.objects.select_for_update().get(pk=plan_id)
        if version != version_of_terms(plan):
            raise StaleError(_("Somebody changed these terms meanwhile. Look at them again."))
        before = terms_of(plan)
        for name, value in values.items():
            setattr(plan, name, value)
        after = terms_of(plan)
        if before == after:
            raise DomainError("nothing_changed", _("These are the terms already. Nothing was changed."))
        if before["is_default"] and not plan.is_default:
            raise DomainError(
                "default_needed", _("Make another plan the default instead; one there must be."), field="is_default"
            )
        if plan.is_default and not before["is_default"]:
            _hand_over_default(plan, actor, now)
        _save(plan)
        changed = [name for name in TERMS if before[name] != after[name]]
        audit.record(
            action="plan.changed", actor=actor, now=now, target=plan, reason=reason.strip(),
            data={name: {"before": before[name], "after": after[name]} for name in changed},
        )  # fmt: skip
    return plan


def assign_plan(
    *, partner_id: int, plan_id: int, valid_from: date, reason: str, actor: Actor, now: datetime
) -> PlanAssignment:
    """Put a partner on a plan from a day, until its next assignment begins; the one before ends on that day.

    An assignment that begins on the very day is corrected in place; the audit trail keeps what it said.
    Raises ``DomainError`` when the partner is on that plan already, ``NotAllowedError`` for anybody but administrators.
    """
    _only_administrators(actor)
    _need_reason(reason)
    with transaction.atomic():
        held = list(PlanAssignment.objects.select_for_update().filter(partner_id=partner_id).order_by("valid_from"))
        current = next((row for row in held if _holds_on(row, valid_from)), None)
        if current is not None and current.plan_id == plan_id:
            raise DomainError("on_it_already", _("The partner is on this plan on that day already."), field="plan")
        until = min(filter(None, (_begin_after(row, valid_from) for row in held)), default=None)
        before = current.plan_id if current else None
        same_day = next((row for row in held if row.valid_from == valid_from), None)
        if current is not None and current is not same_day:
            current.valid_until = valid_from
            _save(current, update_fields=["valid_until"])
        row = same_day or PlanAssignment(partner_id=partner_id, valid_from=valid_from)
        row.plan_id, row.valid_until = plan_id, until
        _save(row)
        audit.record(
            action="plan.assigned", actor=actor, now=now, target=row, reason=reason.strip(),
            data={"partner": partner_id, "plan": plan_id, "before": before, "from": valid_from.isoformat()},
        )  # fmt: skip
    return row


def end_assignment(*, assignment_id: int, on: date, reason: str, actor: Actor, now: datetime) -> PlanAssignment:
    """End an assignment: from ``on`` the partner is on the default plan; its own first day takes it back whole.

    Raises ``DomainError`` for a day outside the assignment, ``NotAllowedError`` for anybody but administrators.
    """
    _only_administrators(actor)
    _need_reason(reason)
    with transaction.atomic():
        row = PlanAssignment.objects.select_for_update().get(pk=assignment_id)
        if row.valid_from is not None and on < row.valid_from:
            raise DomainError("end_before_begin", _("The assignment begins later than this day."), field="valid_until")
        if row.valid_until is not None and on >= row.valid_until:
            raise StaleError(_("The assignment has ended by that day already."))
        before, row.valid_until = row.valid_until, on
        _save(row, update_fields=["valid_until"])
        audit.record(
            action="plan.assignment_ended", actor=actor, now=now, target=row, reason=reason.strip(),
            data={
                "partner": row.partner_id, "plan": row.plan_id, "on": on.isoformat(),
                "before": before.isoformat() if before else None,
            },
        )  # fmt: skip
    return row


def _only_administrators(actor: Actor) -> None:
    if not (actor.kind is ActorKind.SYSTEM_KEY or actor.has_role(InternalRole.ADMIN)):
        raise NotAllowedError(_("Only administrators change commission plans."))


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why the plan is changed."), field="reason")


def _hand_over_default(plan: Plan, actor: Actor, now: datetime) -> None:
    """Take the default from the plan that has it: partners without a plan move with it."""
    for other in Plan.objects.select_for_update().filter(is_default=True).exclude(pk=plan.pk or 0):
        other.is_default = False
        other.save(update_fields=["is_default"])
        audit.record(
            action="plan.changed", actor=actor, now=now, target=other,
            data={"is_default": {"before": True, "after": False}},
        )  # fmt: skip


def _save(row: Plan | PlanAssignment, **options: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**options)
    except IntegrityError as error:
        raise as_domain_error(error) from error


def _holds_on(row: PlanAssignment, day: date) -> bool:
    began = row.valid_from is None or row.valid_from <= day
    return began and (row.valid_until is None or day < row.valid_until)


def _begin_after(row: PlanAssignment, day: date) -> date | None:
    """Return the first day of an assignment that begins later and was not taken back."""
    later = row.valid_from is not None and row.valid_from > day and row.valid_from != row.valid_until
    return row.valid_from if later else None


def _kept(name: str, value: Any) -> Any:
    return f"{Decimal(value).normalize():f}" if name in AMOUNTS and value is not None else value
