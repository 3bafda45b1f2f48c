"""What a month would have cost with other rates: asked by address, so that it can be shown; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.manage import words
from commissions.manage.decisions import MONTH
from commissions.manage.files import csv_file, plain
from commissions.manage.months import last_known_month
from commissions.manage.plans.forms import typed_amount
from commissions.manage.tabs import SIMULATORS, tabs
from commissions.models import Rule
from commissions.queries.plans import plans_visible_to
from commissions.queries.rule_relations import rules_with_names
from commissions.queries.rule_words import rule_sentence
from commissions.services.simulation import Proposal, Simulation, simulate
from prm import formats
from prm.doors import actor_of, console_page
from prm.errors import DomainError
from prm.months import add_months

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from commissions.models import Plan

MONTHS, PARTNERS = 24, 25
HEADS = ("partner", "name", "kind", "currency", "before", "after", "difference")


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the form shows it: ``typed`` is what stands in its field, ``ends`` whether it is left out."""

    rule: Rule
    sentence: str
    typed: str
    ends: bool

    @property
    def value(self) -> Decimal:
        """The rate, or a SPIFF's amount."""
        return (self.rule.rate if self.rule.rate is not None else self.rule.amount) or Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    period: date
    plan: Plan | None
    rows: tuple[Row, ...]

    def proposal(self) -> Proposal:
        """Return the rules that differ; raise :class:`DomainError` for a field that is no number."""
        values = {}
        for row in self.rows:
            if row.ends:
                continue
            value = _number(row)
            if value != row.value:
                values[row.rule.pk] = value
        return Proposal(values=values, left_out=tuple(row.rule.pk for row in self.rows if row.ends))


@require_GET
@console_page(roles=SIMULATORS)
def simulated(request: HttpRequest) -> HttpResponse:
    """Choose a month and a plan, change rates, and read what the month would have cost."""
    asked = _asked(request)
    found, problem = _found(request, asked) if "ask" in request.GET else (None, "")
    months = _months()
    values: dict[str, Any] = {
        "tabs": tabs(request, "plans"),
        "asked": asked,
        "months": [(f"{month:%Y-%m}", month) for month in months],
        "wanted_month": f"{asked.period:%Y-%m}",
        "plans": [(plan.code, plan.name) for plan in plans_visible_to(actor_of(request)).order_by("name")],
        "wanted_plan": asked.plan.code if asked.plan else "",
        "problem": problem,
        "found": found,
        "query": request.GET.urlencode(),
    }
    if found is not None:
        values |= {
            "kinds": [(words.kind_word(cost.kind), cost) for cost in found.kinds],
            "partners": found.partners[:PARTNERS],
            "partner_count": len(found.partners),
        }
    return render(request, "commissions/manage/simulation.html", values, status=422 if problem else 200)


@require_GET
@console_page(roles=SIMULATORS)
def simulated_csv(request: HttpRequest) -> HttpResponse:
    """Give the sums of kinds and of every partner that differs as a file."""
    asked = _asked(request)
    found, _problem = _found(request, asked)
    if found is None:
        raise Http404
    rows = [
        (
            cost.partner_code, cost.partner, cost.kind, cost.currency,
            *(plain(amount, cost.currency) for amount in (cost.before, cost.after, cost.difference)),
        )
        for cost in (*found.kinds, *found.partners)
    ]  # fmt: skip
    name = f"simulation-{asked.period:%Y-%m}.csv"
    return csv_file(name, HEADS, rows, amounts=frozenset({"before", "after", "difference"}))


def _found(request: HttpRequest, asked: Asked) -> tuple[Simulation | None, str]:
    """Return what comes out, or why nothing does."""
    try:
        proposal = asked.proposal()
        return simulate(period=asked.period, proposal=proposal, actor=actor_of(request), now=timezone.now()), ""
    except DomainError as error:
        return None, str(error.sentence)


def _asked(request: HttpRequest) -> Asked:
    month, code = request.GET.get("month", ""), request.GET.get("plan", "")
    last = last_known_month(today=timezone.localdate())
    period = date.fromisoformat(f"{month}-01") if MONTH.fullmatch(month) else last
    plans = plans_visible_to(actor_of(request)).order_by("-is_default", "name")
    plan = (plans.filter(code=code).first() if code else None) or plans.first()
    rules = rules_with_names().filter(plan=plan, retired_at=None) if plan else Rule.objects.none()
    rows = [_row(request, rule) for rule in rules.order_by("kind", "age_from", "pk")]
    return Asked(period, plan, tuple(rows))


def _row(request: HttpRequest, rule: Rule) -> Row:
    value = rule.rate if rule.rate is not None else rule.amount
    typed = request.GET.get(f"value-{rule.pk}", typed_amount(value))
    return Row(rule, rule_sentence(rule), typed, f"end-{rule.pk}" in request.GET)


def _number(row: Row) -> Decimal:
    try:
        return formats.parse_number(row.typed.strip())
    except formats.NumberError as error:
        raise DomainError("bad_rate", f"{row.sentence}: {error}") from error


def _months() -> list[date]:
    this = timezone.localdate().replace(day=1)
    return [add_months(this, -by) for by in range(MONTHS)]
