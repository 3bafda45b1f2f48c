"""What every page about one registration shows to our own people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.manage.casefile import (
    alike_of,
    consequence,
    evidence_of,
    findings_of,
    line_sentence,
    offers_co_sell,
    rules_passed,
)
from deals.models import UNDECIDED_STATUSES, RegistrationStatus
from deals.queries.decisions import line_up, paid_by, terms_of
from deals.queries.rules import program_with_rules
from deals.queries.touches import full_history
from deals.services.decisions import DECIDERS

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from deals.models import Registration
    from deals.policy import RuleSettings
    from prm.actors import Actor
    from prm.models import Program


def program_of(request: HttpRequest, *, now: datetime) -> tuple[Program, RuleSettings]:
    """Return the program with its rules, read once a request: the page's own head finds it there."""
    program, settings = program_with_rules(now=now)
    request.program = program  # type: ignore[attr-defined]
    return program, settings


def case_values(
    registration: Registration, *, actor: Actor, now: datetime, program: Program, settings: RuleSettings
) -> dict[str, object]:
    """Return evidence, findings, line, terms and history of one registration."""
    line = line_up(registration)
    told = findings_of(registration)
    terms = None
    if registration.status == RegistrationStatus.SUBMITTED:
        terms = terms_of(registration, now=now, program=program, default_days=settings.default_protection_days)
    assert registration.account is not None  # noqa: S101 - case_of leaves drafts out
    return {
        "case": registration,
        "evidence": evidence_of(registration, line=line, pays=paid_by(registration, today=now, program=program)),
        "findings": told,
        "passed": rules_passed(told),
        "line_sentence": line_sentence(line),
        "terms": terms,
        "consequence": consequence(registration, terms, line, waiting_days=settings.waiting_days) if terms else "",
        "alike": alike_of(registration) if registration.status in UNDECIDED_STATUSES else [],
        "co_sell": offers_co_sell(registration),
        "history": full_history(registration.account, registration.family),
        "may_decide": actor.has_role(*DECIDERS),
        "now": now,
    }
