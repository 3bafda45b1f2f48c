"""Asks the rules about a registration, keeps what they found, grants protection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from psycopg.types.range import TimestamptzRange

from deals.identity import registrable_domain
from deals.models import (
    Account,
    Registration,
    RegistrationEvaluation,
    RegistrationFinding,
    RegistrationStatus,
    RulesOfEngagement,
)
from deals.policy import Decision, Moment, RuleSettings, Sentence, evaluate, protection
from deals.policy.keeping import facts_to_json
from deals.policy.wording import TAKEN_UNTIL
from deals.queries.evidence import Question, gather, tier_of
from deals.queries.rules import day_of
from deals.queries.tenders import is_tendered
from deals.services.accounts import UNIDENTIFIED
from deals.services.holding import move, store
from deals.services.line import let_rivals_wait
from deals.services.trail import Act, write_change
from prm import formats

if TYPE_CHECKING:
    from datetime import datetime

    from prm.models import Program

ADDRESS = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+")


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
        is_identified=doubt not in UNIDENTIFIED,
        domain_known=_domain_was_known(registration) if domain_known is None else domain_known,
        doubt=doubt,
        expected_mrr=registration.expected_mrr,
        currency=registration.currency,
        asked_at=registration.submitted_at,
        registration_id=registration.pk or 0,
        place=registration.place,
    )
    decision = evaluate(gather(question, settings=settings, now=now, program=program), settings)
    return _telling_until(decision, registration, account, settings=settings, program=program)


def _telling_until(
    decision: Decision, registration: Registration, account: Account, *, settings: RuleSettings, program: Program
) -> Decision:
    """Let ``protected`` say until which month, where the program tells it and the partner knows somebody there.

    Off by default: it tells something about a rival, so only who names a contact at the customer's own domain, and
    has submitted, reads it (deal rules, section 6).
    """
    holder = decision.facts.claims.protected
    if not settings.tell_taken_until or holder is None or holder.until is None:
        return decision
    if not _knows_somebody(registration.contact, account):
        return decision
    until = Sentence(TAKEN_UNTIL, {"month": formats.month(day_of(holder.until, program))})
    findings = tuple(
        replace(finding, sentences=(*finding.sentences, until)) if finding.code == "protected" else finding
        for finding in decision.findings
    )
    return replace(decision, findings=findings)


def _knows_somebody(contact: str, account: Account) -> bool:
    """Whether ``contact`` is a name with an address at one of the customer's domains."""
    address = ADDRESS.search(contact)
    if address is None or not any(char.isalpha() for char in ADDRESS.sub("", contact)):
        return False
    return account.domains.filter(domain=registrable_domain(address.group())).exists()


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
    if is_tendered(account_id=registration.account_id or 0, family_id=registration.family_id):
        registration.exclusive = False
    registration.stage = registration.stage or settings.stages[0]
    store(registration)
    write_change(registration, kind="approved", came_from=before, act=act)
    if registration.exclusive:
        let_rivals_wait(registration, now=now)
