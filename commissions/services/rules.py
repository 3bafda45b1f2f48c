"""Rules are corrected by versions: the row in force is retired, with who and why, and another takes its place.

Ending a rule on a day and undoing a correction are corrections too, so that every state that a run was ever computed
from stays readable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import Rule
from commissions.models.sentences import SENTENCES
from commissions.queries.rule_relations import refusal_of
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

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

CLASHES = {"rule_no_tie", "rule_key"}
"""Constraints by which another rule stands in the way; the refusal names it."""


def add_rule(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> Rule:
    """Put a new rule in force; ``values`` by the names of ``RULE_FIELDS``.

    Raises ``DomainError`` named after the constraint that refuses, a tie among them with the other rule's sentence
    (commission rules, section 2), and ``NotAllowedError`` for anybody but administrators.
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
    with transaction.atomic():
        old = _lock_in_force(rule_id, reason)
        return _replace(old, values, reason=reason.strip(), actor=actor, now=now)


def end_rule(*, rule_id: int, on: date, reason: str, actor: Actor, now: datetime) -> Rule:
    """End a rule: ``on`` is the first day on which it no longer holds; its own first day makes it hold on none.

    A correction with that end. Raises as ``correct_rule`` does, and ``DomainError`` for a day before it begins or
    after it has ended.
    """
    _only_administrators(actor)
    with transaction.atomic():
        old = _lock_in_force(rule_id, reason)
        if old.valid_from is not None and on < old.valid_from:
            raise DomainError("end_before_begin", _("The rule begins later than this day."), field="valid_until")
        if old.valid_until is not None and on > old.valid_until:
            raise DomainError("ended_already", _("The rule has ended before this day."), field="valid_until")
        return _replace(old, {"valid_until": on}, reason=reason.strip(), actor=actor, now=now)


def undo_correction(*, rule_id: int, reason: str, actor: Actor, now: datetime) -> Rule:
    """Take the latest correction back: another version that says what the one before it said.

    Nothing is erased; both versions stay. Raises as ``correct_rule`` does, and ``DomainError`` for a first version.
    """
    _only_administrators(actor)
    with transaction.atomic():
        old = _lock_in_force(rule_id, reason)
        if old.replaces is None:
            raise DomainError("nothing_to_undo", _("This rule has never been corrected."))
        values = {name: getattr(old.replaces, name) for name in RULE_FIELDS}
        return _replace(old, values, reason=reason.strip(), actor=actor, now=now, undoes=True)


def _only_administrators(actor: Actor) -> None:
    if not (actor.kind is ActorKind.SYSTEM_KEY or actor.has_role(InternalRole.ADMIN)):
        raise NotAllowedError(_("Only administrators change commission rules."))


def _lock_in_force(rule_id: int, reason: str) -> Rule:
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why the rule is corrected."), field="reason")
    old = Rule.objects.select_for_update().get(pk=rule_id)
    if old.retired_at is not None:
        raise StaleError(_("Somebody corrected this rule meanwhile. Open the version in force."))
    return old


def _replace(
    old: Rule, values: Mapping[str, Any], *, reason: str, actor: Actor, now: datetime, undoes: bool = False
) -> Rule:
    before = {name: getattr(old, name) for name in RULE_FIELDS}
    if all(before[name] == value for name, value in values.items()):
        raise DomainError("nothing_changed", _("The rule says this already. Nothing was changed."))
    old.retired_at, old.retired_by_id, old.retired_reason = now, actor.user_id, reason
    old.save(update_fields=["retired_at", "retired_by", "retired_reason"])
    rule = _write({**before, **values}, actor, replaces=old)
    fields = [name for name in before if getattr(rule, name) != before[name]]
    audit.record(
        action="rule.corrected",
        actor=actor,
        now=now,
        target=rule,
        reason=reason,
        data={"replaces": old.pk, "fields": fields, **({"undoes": True} if undoes else {})},
    )
    return rule


def _write(values: Mapping[str, Any], actor: Actor, *, replaces: Rule | None = None) -> Rule:
    rule = Rule(**values, created_by_id=actor.user_id, replaces=replaces)
    _refuse_backwards(rule)
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
    except IntegrityError as error:
        refused = as_domain_error(error)
        rule.pk = None
        if refused.code in CLASHES and (named := refusal_of(rule)):
            raise DomainError(refused.code, named) from error
        raise refused from error
    return rule


def _refuse_backwards(rule: Rule) -> None:
    """Refuse ends before their beginnings: the database makes ranges of them before it looks at any constraint."""
    if rule.age_until is not None and rule.age_until <= rule.age_from:
        raise DomainError("rule_ages_in_order", SENTENCES["rule_ages_in_order"], field="age_until")
    if rule.valid_from is not None and rule.valid_until is not None and rule.valid_until < rule.valid_from:
        raise DomainError("rule_dates_in_order", SENTENCES["rule_dates_in_order"], field="valid_until")
