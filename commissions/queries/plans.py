"""What the console reads of plans: their terms, who is on them, their rules with versions, what was changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q

from commissions.kinds import KIND_ORDER
from commissions.models import Plan, PlanAssignment, Rule
from commissions.queries.rule_relations import rules_with_names
from partners.models import Partner, PartnerStatus
from prm.models import AuditEvent

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor

WORKING_STATUSES = (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
"""Partners that a plan is for; applicants and former partners are not counted."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan with how many partners are on it on the day, and how many rules it has in force."""

    plan: Plan
    partners: int
    rules: int


def plans_visible_to(actor: Actor) -> QuerySet[Plan]:
    """Return all plans to internal people; a partner reads its own rate in its earnings, not the plans."""
    return Plan.objects.all() if actor.is_internal else Plan.objects.none()


def plan_rows(actor: Actor, *, on: date) -> list[PlanRow]:
    """Return the plans by name, the default first. Three queries."""
    rules = {
        row["plan"]: row["count"]
        for row in Rule.objects.filter(retired_at__isnull=True, valid__contains=on)
        .order_by()
        .values("plan")
        .annotate(count=Count("pk"))
    }
    held = {
        row["plan"]: row["count"]
        for row in PlanAssignment.objects.visible_to(actor)
        .filter(valid__contains=on, partner__status__in=WORKING_STATUSES)
        .order_by()
        .values("plan")
        .annotate(count=Count("pk"))
    }
    working = Partner.objects.visible_to(actor).filter(status__in=WORKING_STATUSES).count()
    rest = working - sum(held.values())
    return [
        PlanRow(plan, held.get(plan.pk, 0) + (rest if plan.is_default else 0), rules.get(plan.pk, 0))
        for plan in plans_visible_to(actor).order_by("-is_default", "name")
    ]


def partners_on(plan: Plan, actor: Actor, *, on: date) -> QuerySet[Partner]:
    """Return who is on a plan on a day; with ``held_from`` and ``held_until`` where it was assigned."""
    held = PlanAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    found = Partner.objects.visible_to(actor).filter(status__in=WORKING_STATUSES)
    mine = Q(Exists(held.filter(plan=plan)))
    if plan.is_default:
        mine |= ~Q(Exists(held))
    return found.filter(mine).order_by("name", "pk")


def assignments_of(plan: Plan, actor: Actor) -> QuerySet[PlanAssignment]:
    """Return who was, is and will be put on a plan, by partner; assignments taken back are left out."""
    rows = PlanAssignment.objects.visible_to(actor).filter(plan=plan, valid__isempty=False)
    return rows.select_related("partner").order_by("partner__name", F("valid_from").desc(nulls_last=True), "pk")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in force or once in force, and which version of itself it is."""

    rule: Rule
    version: int


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The rules of a kind by the day: in force, still to come, over."""

    kind: str
    current: tuple[RuleRow, ...]
    upcoming: tuple[RuleRow, ...]
    past: tuple[RuleRow, ...]


def rules_of_plan(plan: Plan, *, on: date) -> list[RuleGroup]:
    """Return a plan's rules by kind; corrected versions are on the page of each rule. Two queries."""
    before: dict[int, int | None] = dict(Rule.objects.order_by().filter(plan=plan).values_list("pk", "replaces_id"))
    groups: dict[str, tuple[list[RuleRow], list[RuleRow], list[RuleRow]]] = defaultdict(lambda: ([], [], []))
    for rule in rules_with_names().filter(plan=plan, retired_at__isnull=True).order_by(
        "product__name", "family__name", "tier__rank", "role", "currency", "threshold", "age_from", "valid_from", "pk"
    ):  # fmt: skip
        groups[rule.kind][_place(rule, on)].append(RuleRow(rule, _version(rule.pk, before)))
    return [
        RuleGroup(kind, tuple(current), tuple(upcoming), tuple(past))
        for kind, (current, upcoming, past) in sorted(groups.items(), key=lambda item: KIND_ORDER[item[0]])
    ]


def _place(rule: Rule, on: date) -> int:
    """Return 0 for a rule in force, 1 for one to come, 2 for one that is over or holds on no day."""
    if rule.valid_from is not None and rule.valid_from == rule.valid_until:
        return 2
    if rule.valid_until is not None and rule.valid_until <= on:
        return 2
    return 1 if rule.valid_from is not None and rule.valid_from > on else 0


def _version(pk: int, before: dict[int, int | None]) -> int:
    version, earlier = 1, before.get(pk)
    while earlier is not None:
        version, earlier = version + 1, before.get(earlier)
    return version


LINEAGE = """
WITH RECURSIVE earlier AS (
    SELECT id, replaces_id FROM commissions_rule WHERE id = %(rule)s
    UNION SELECT r.id, r.replaces_id FROM commissions_rule r JOIN earlier e ON r.id = e.replaces_id
), later AS (
    SELECT id FROM commissions_rule WHERE id = %(rule)s
    UNION SELECT r.id FROM commissions_rule r JOIN later l ON r.replaces_id = l.id
)
SELECT id FROM earlier UNION SELECT id FROM later
"""


def versions_of(rule: Rule) -> list[Rule]:
    """Return every version of a rule, the latest first. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(LINEAGE, {"rule": rule.pk})
        ids = [row[0] for row in cursor.fetchall()]
    rows = rules_with_names().select_related("created_by", "retired_by").filter(pk__in=ids)
    return list(rows.order_by("-pk"))


def changes_of_plan(plan: Plan, *, limit: int = 20) -> list[AuditEvent]:
    """Return what was done to a plan's terms, the latest first; rules have versions of their own."""
    events = AuditEvent.objects.filter(object_type="commissions.plan", object_id=plan.pk)
    return list(events.order_by("-at", "-pk")[:limit])
