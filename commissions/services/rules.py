"""Rules are corrected by versions: the row in force is retired, with who and why, and another takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import Rule
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

RULE_FIELDS = (
    "plan",
    "kind",
    "product",
    "family",
    "tier",
    "role",
    "currency",
    "age_from",
    "age_until",
    "rate",
    "amount",
    "threshold",
    "minimum_mrr",
    "valid_from",
    "valid_until",
)
"""What a rule says; the other columns are its history."""


def add_rule(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Rule:
    """Put a new rule in force; ``values`` by the names of ``RULE_FIELDS``.

    Raises ``DomainError`` named after the constraint that refuses, a tie among them (commission rules,
    section 2), and ``NotAllowedError`` for anybody but administrators.
    """
    _only_administrators(actor)
    with transaction.atomic():
        rule = _write(values, actor)
        audit.record(action="rule.added", actor=actor, now=now, target=rule)
    return rule


def correct_rule(*, rule_id: int, values: Mapping[str, Any], reason: str, actor: Actor, now: datetime) -> Rule:
    """Retire the rule in force and write its correction; fields not in ``values`` stay as they were.

    The next run computes every month again with the new version and posts the differences. Raises
    ``StaleError`` when somebody has corrected the rule meanwhile, and as ``add_rule`` does.
    """
    _only_administrators(actor)
    reason = reason.strip()
    if not reason:
        raise DomainError("reason_missing", _("Say why the rule is corrected."), field="reason")
    with transaction.atomic():
        old = Rule.objects.select_for_update().get(pk=rule_id)
        if old.retired_at is not None:
            raise StaleError(_("Somebody corrected this rule meanwhile. Open the version in force."))
        old.retired_at, old.retired_by_id, old.retired_reason = now, actor.user_id, reason
        old.save(update_fields=["retired_at", "retired_by", "retired_reason"])
        before = {name: getattr(old, name) for name in RULE_FIELDS}
        rule = _write({**before, **values}, actor, replaces=old)
        audit.record(
            action="rule.corrected",
            actor=actor,
            now=now,
            target=rule,
            reason=reason,
            data={"replaces": old.pk, "fields": [n for n in before if getattr(rule, n) != before[n]]},
        )
    return rule


def _only_administrators(actor: Actor) -> None:
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Only administrators change commission rules."))


def _write(values: Mapping[str, Any], actor: Actor, *, replaces: Rule | None = None) -> Rule:
    rule = Rule(**values, created_by_id=actor.user_id, replaces=replaces)
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return rule
