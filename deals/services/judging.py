"""Asks the rules about a registration, keeps what they found, grants protection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from psycopg.types.range import TimestamptzRange

from deals.models import (
    Account,
    Registration,
    RegistrationEvaluation,
    RegistrationFinding,
    RegistrationStatus,
    RulesOfEngagement,
)
from deals.policy import Decision, Moment, RuleSettings, evaluate, protection
from deals.policy.keeping import facts_to_json
from deals.queries.evidence import Question, gather, tier_of
from deals.queries.rules import day_of
from deals.services.accounts import NO_DOMAIN
from deals.services.holding import move, store
from deals.services.line import let_rivals_wait
from deals.services.trail import Act, write_change

if TYPE_CHECKING:
    from datetime import datetime

    from prm.models import Program


def judge(
    registration: Registration,
    account: Account,
    *,
    doubt: str,
    settings: RuleSettings,
    now: datetime,
    program: Program,
    domain_known: bool | None = None,
) -> Decision:
    """Evaluate every rule for ``registration`` on ``account``, whose row the caller has locked.

    ``domain_known``: its domain led to a customer that we knew; ``None`` takes what the submission found.
    """
    question = Question(
        partner_id=registration.holder_id,
        family=registration.family,
        account=account,
        name=registration.company or account.name,
        country=registration.country,
        is_identified=doubt != NO_DOMAIN,
        domain_known=_domain_was_known(registration) if domain_known is None else domain_known,
        doubt=doubt,
        expected_mrr=registration.expected_mrr,
        currency=registration.currency,
        asked_at=registration.submitted_at,
        registration_id=registration.pk or 0,
        place=registration.place,
    )
    return evaluate(gather(question, settings=settings, now=now, program=program), settings)


def _domain_was_known(registration: Registration) -> bool:
    """Whether the domain led to a customer at submission; what came from elsewhere names its customer itself."""
    first = registration.evaluations.order_by("-evaluated_at", "-pk").first()
    return first is None or bool(first.facts["domain_known"])


def keep_findings(
    registration: Registration, decision: Decision, *, moment: Moment, now: datetime, wait: bool = False
) -> None:
    """Store what the rules found, on which facts and under which version, as the evidence of the decision.

    ``wait``: the partner chose to wait in line if it is protected.
    """
    rules = RulesOfEngagement.objects.filter(version=decision.version).first()
    facts = decision.facts
    evaluation = RegistrationEvaluation.objects.create(
        registration=registration,
        evaluated_at=now,
        moment=moment,
        rules=rules,
        outcome=decision.outcome(auto_approve=facts.partner.auto_approve, wait=wait),
        waits_by_choice=wait,
        facts=facts_to_json(facts),
    )
    RegistrationFinding.objects.bulk_create(
        RegistrationFinding(
            registration=registration,
            evaluation=evaluation,
            evaluated_at=now,
            moment=moment,
            code=finding.code,
            severity=finding.severity,
            rules=rules,
            partner_text=finding.said(_),
            internal=dict(finding.evidence),
        )
        for finding in decision.findings
    )


def grant(registration: Registration, *, settings: RuleSettings, act: Act, program: Program) -> None:
    """Approve: protect for the tier's window and let undecided rivals wait.

    The window is granted on the terms of the tier held on the day of approval and never changes with it.
    """
    now = act.now
    tier = tier_of(partner_id=registration.holder_id, day=day_of(now, program))
    days = tier.protection_days if tier else settings.default_protection_days
    before = move(registration, to=RegistrationStatus.APPROVED, actor=act.actor)
    registration.protected = TimestamptzRange(*protection(now=now, days=days))
    registration.protected_tier = tier
    registration.decided_at = now
    registration.decision_reason = act.reason
    registration.due_at = None
    registration.active_at = None
    registration.stage = registration.stage or settings.stages[0]
    store(registration)
    write_change(registration, kind="approved", came_from=before, act=act)
    if registration.exclusive:
        let_rivals_wait(registration, now=now)
