"""Which other rules in force a rule ties with, takes over from, or gives way to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.models import Rule
from commissions.policy.ties import Overlap, Relation, Shape, relation_of
from commissions.queries.rule_words import ages_in_words, dates_in_words, rule_sentence

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Related:
    """Another rule in force, how the rule in question stands to it, and for which days and customer months."""

    rule: Rule
    relation: Relation
    overlap: Overlap


def rules_with_names() -> QuerySet[Rule]:
    """Return rules with everything that their sentence names."""
    return Rule.objects.select_related("plan", "product", "family", "tier")


def shape_of(rule: Rule) -> Shape:
    """Return where a rule matches; it may not be saved yet."""
    return Shape(
        plan=rule.plan_id,
        kind=rule.kind,
        product=rule.product_id or 0,
        product_family=rule.product.family_id if rule.product else 0,
        family=rule.family_id or 0,
        tier=rule.tier_id or 0,
        role=rule.role,
        currency=rule.currency,
        threshold=rule.threshold,
        age_from=rule.age_from,
        age_until=rule.age_until,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
    )


def related_to(rule: Rule, *, instead_of: int | None = None) -> list[Related]:
    """Return the rules in force that can match the same cases, ties first; ``instead_of`` is the version replaced.

    One query: the rules of the plan and kind.
    """
    others = rules_with_names().filter(plan_id=rule.plan_id, kind=rule.kind, retired_at__isnull=True)
    mine = shape_of(rule)
    found = []
    for other in others.exclude(pk__in=[pk for pk in (instead_of, rule.pk) if pk]):
        related = relation_of(mine, shape_of(other))
        if related is not None:
            found.append(Related(other, *related))
    return sorted(found, key=lambda one: (one.relation.value, one.rule.pk))


def tie_sentence(tie: Related) -> str:
    """Name the other rule, and the days and customer months for which nobody could tell which counts."""
    ages = ages_in_words(tie.overlap.age_from, tie.overlap.age_until) or _("all customer months")
    return _("Ties with “%(rule)s”: the same fields for %(ages)s, %(dates)s; nobody could tell which one counts.") % {
        "rule": rule_sentence(tie.rule),
        "ages": ages,
        "dates": dates_in_words(tie.overlap.valid_from, tie.overlap.valid_until),
    }


def same_key_sentence(rule: Rule, *, instead_of: int | None = None) -> str:
    """Name the rule with the same fields and first day, of which there can be one, or return nothing.

    It need not tie: a rule that holds on no day keeps its place until it is corrected.
    """
    same = {name: getattr(rule, name) for name in ("role", "currency", "threshold", "age_from", "valid_from")}
    same |= {name: getattr(rule, name) for name in ("plan_id", "kind", "product_id", "family_id", "tier_id")}
    others = rules_with_names().filter(**same, retired_at__isnull=True).exclude(pk=instead_of or 0)
    other = others.exclude(pk=rule.pk or 0).first()
    if other is None:
        return ""
    return _("“%(rule)s” has the same fields and the same first day. Correct that rule instead.") % {
        "rule": rule_sentence(other)
    }


def refusal_of(rule: Rule, *, instead_of: int | None = None) -> str:
    """Return why the database would refuse the rule beside those in force, or nothing."""
    ties = [one for one in related_to(rule, instead_of=instead_of) if one.relation is Relation.TIE]
    return tie_sentence(ties[0]) if ties else same_key_sentence(rule, instead_of=instead_of)
