"""The list of plans, the page of one, the page of a rule with its versions, and a plan's rules as a file."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commissions.kinds import Kind
from commissions.manage.plans import words
from commissions.manage.plans.reach import reach_in_words
from commissions.manage.tabs import EDITORS, SIMULATORS, tabs
from commissions.models import Plan, Rule
from commissions.queries.plans import (
    RuleRow,
    assignments_of,
    changes_of_plan,
    partners_on,
    plan_rows,
    plans_visible_to,
    rules_of_plan,
    versions_of,
)
from commissions.queries.rule_reach import reach_of
from commissions.queries.rule_relations import related_to, rules_with_names
from commissions.queries.rule_words import dates_in_words, rule_sentence, rule_terms
from prm.doors import actor_of, console_page, today_of
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.http import HttpRequest

    from prm.actors import Actor

A_PAGE = 25
HEADS = (
    "plan", "kind", "product", "family", "tier", "role", "currency", "threshold", "age_from", "age_until", "from",
    "until", "rate", "amount", "minimum_mrr",
)  # fmt: skip
"""The columns of the interchange file ``rules.csv``."""


@require_GET
@console_page
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans with their terms and how many partners are on them."""
    actor = actor_of(request)
    rows = plan_rows(actor, on=today(request))
    values = {
        "tabs": tabs(request, "plans"),
        "state": words.list_sentence(rows),
        "rows": [(row, words.clawback_words(row.plan), words.window_words(row.plan)) for row in rows],
        "may_edit": actor.has_role(*EDITORS),
    }
    return render(request, "commissions/manage/plans/plans.html", values)


@require_GET
@console_page
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show a plan: its rules by kind, its terms, who is on it, what was changed."""
    actor, on = actor_of(request), today(request)
    found = find_plan(actor, code)
    values = {
        "plan": found,
        "groups": [
            {
                "kind": Kind(group.kind).label,
                "current": _lines(group.current),
                "upcoming": _lines(group.upcoming),
                "past": _lines(group.past),
            }
            for group in rules_of_plan(found, on=on)
        ],
        "terms": words.terms_in_words(found),
        "partners": partners_on(found, actor, on=on).count(),
        "history": words.history_of(changes_of_plan(found)),
        "may_edit": actor.has_role(*EDITORS),
        "may_try": actor.has_role(*SIMULATORS),
    }
    return render(request, "commissions/manage/plans/plan.html", values)


def _lines(rows: Sequence[RuleRow]) -> list[tuple[RuleRow, str, str]]:
    return [(row, rule_terms(row.rule), dates_in_words(row.rule.valid_from, row.rule.valid_until)) for row in rows]


@require_GET
@console_page
def rule(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show a rule: what it says, whom it matches, and all its versions with who, when and why."""
    actor = actor_of(request)
    found = find_rule(actor, code, number)
    return show_rule(request, found)


def show_rule(request: HttpRequest, found: Rule, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Render the page of a rule; ``problem`` says why something was not done."""
    actor, on = actor_of(request), today(request)
    versions = versions_of(found)
    in_force = found.retired_at is None
    values = {
        "plan": found.plan,
        "rule": found,
        "title": rule_terms(found),
        "dates": dates_in_words(found.valid_from, found.valid_until),
        "problem": problem,
        "state": state_of_rule(found, on),
        "latest": versions[0] if not in_force else None,
        "versions": [
            {
                "rule": version,
                "number": len(versions) - position,
                "sentence": rule_sentence(version),
                "by": words.person(version.created_by),
                "why": before.retired_reason if before else "",
                "differences": words.differences(before, version) if before else [],
            }
            for position, version in enumerate(versions)
            for before in [versions[position + 1] if position + 1 < len(versions) else None]
        ],
        "related": [words.beside(one) for one in related_to(found)] if in_force else [],
        "reach": reach_in_words(reach_of(found, on=on)) if in_force else None,
        "may_edit": actor.has_role(*EDITORS) and in_force,
        "may_undo": actor.has_role(*EDITORS) and in_force and found.replaces_id is not None,
    }
    return render(request, "commissions/manage/plans/rule.html", values, status=status)


def state_of_rule(found: Rule, on: date) -> tuple[str, str]:
    """Return the state's code and word for a chip."""
    if found.retired_at is not None:
        return "neutral", _("Corrected")
    if found.valid_from is not None and found.valid_from > on:
        return "info", _("Upcoming")
    if found.valid_until is not None and found.valid_until <= on:
        return "neutral", _("Ended")
    return "ok", _("In force")


@require_GET
@console_page
def partners(request: HttpRequest, code: str) -> HttpResponse:
    """List who was, is and will be on a plan."""
    actor, on = actor_of(request), today(request)
    found = find_plan(actor, code)
    page = Paginator(assignments_of(found, actor), A_PAGE).get_page(request.GET.get("page"))
    values = {
        "plan": found,
        "page": page,
        "rows": [(row, row.valid_until - timedelta(days=1) if row.valid_until else None) for row in page.object_list],
        "count": partners_on(found, actor, on=on).count(),
        "on": on,
        "may_edit": actor.has_role(*EDITORS),
    }
    return render(request, "commissions/manage/plans/partners.html", values)


@require_GET
@console_page
def rules_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Give a plan's rules, those over included, in the columns of ``rules.csv``."""
    found = find_plan(actor_of(request), code)
    rows = rules_with_names().filter(plan=found, retired_at__isnull=True)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rules-{found.code}-{today(request):%Y-%m-%d}.csv"'
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows([safe_text(cell) for cell in _cells(one)] for one in rows)
    return response


def _cells(one: Rule) -> tuple[str, ...]:
    def plain(value: Any) -> str:
        return "" if value is None else f"{value.normalize():f}"

    return (
        one.plan.code,
        one.kind,
        one.product.code if one.product else "",
        one.family.code if one.family else "",
        one.tier.code if one.tier else "",
        one.role,
        one.currency,
        plain(one.threshold),
        str(one.age_from),
        str(one.age_until or ""),
        one.valid_from.isoformat() if one.valid_from else "",
        one.valid_until.isoformat() if one.valid_until else "",
        plain(one.rate),
        plain(one.amount),
        plain(one.minimum_mrr),
    )


def find_plan(actor: Actor, code: str) -> Plan:
    """Return the plan with that code, or raise 404."""
    return get_object_or_404(plans_visible_to(actor), code=code)


def find_rule(actor: Actor, code: str, number: int) -> Rule:
    """Return any version of a rule of that plan, or raise 404."""
    rows = rules_with_names().filter(plan__in=plans_visible_to(actor))
    return get_object_or_404(rows, plan__code=code, pk=number)


def today(request: HttpRequest) -> date:
    """Return the program's day."""
    return today_of(request)
