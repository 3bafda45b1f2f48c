"""The live verdict: what a partner may know before submitting, logged and bounded (deal rules, section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from deals.identity import domain_of
from deals.models import AvailabilityCheck, Family
from deals.policy import Verdict, evaluate, verdict_of
from deals.policy.verdict import is_fishing
from deals.queries.accounts import account_of_domain
from deals.queries.checks import checks_in_30_days, customers_checked_today
from deals.queries.evidence import Question, gather
from deals.queries.rules import rules_in_force
from deals.services.accounts import lock_identities
from prm import outbox
from prm.errors import NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from deals.policy import RuleSettings
    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one domain. ``domain`` is empty where what was typed identifies nobody."""

    verdict: Verdict
    domain: str


def check_availability(*, website: str, family: Family, actor: Actor, now: datetime, country: str = "") -> Answer:
    """Say whether a customer may be registered: a word, the same for every cause.

    Complete domains only; nothing is found by name. Beyond the program's number of distinct customers a
    day, or of checks per submission in 30 days, the answer is ``submit_to_learn``. Every check is logged.
    """
    if not actor.registers_deals or actor.partner_id is None:
        raise NotAllowedError
    partner_id = actor.partner_id
    settings, program = rules_in_force(now=now), Program.current()
    domain = domain_of(website, extra_shared=settings.shared_hosts)
    if not domain:
        return Answer(Verdict.CANNOT_TELL, "")
    with transaction.atomic():
        # One partner's checks come one after the other, so that nobody passes the limit in parallel.
        lock_identities([f"checks:{partner_id}"])
        question = Question(
            partner_id=partner_id,
            family=family,
            account=account_of_domain(domain),
            country=country.upper(),
        )
        facts = gather(question, settings=settings, now=now, program=program)
        verdict = verdict_of(evaluate(facts, settings), is_identified=True)
        if _is_too_curious(partner_id, domain, settings=settings, program=program, now=now):
            verdict = Verdict.SUBMIT_TO_LEARN
        AvailabilityCheck.objects.create(
            partner_id=partner_id,
            user_id=actor.user_id,
            domain=domain,
            family=family,
            verdict=verdict,
            checked_at=now,
        )
    return Answer(verdict, domain)


def _is_too_curious(partner_id: int, domain: str, *, settings: RuleSettings, program: Program, now: datetime) -> bool:
    today = customers_checked_today(partner_id=partner_id, now=now, program=program)
    if domain not in today and len(today) >= program.checks_per_day:
        return True
    checks, submissions = checks_in_30_days(partner_id=partner_id, domain=domain, now=now)
    fishing = is_fishing(
        checks=checks,
        submissions=submissions,
        allowed_per_submission=settings.checks_per_submission,
    )
    if fishing and not _told_since(partner_id, now - timedelta(days=1)):
        outbox.publish(
            topic="partner.checks_without_submissions",
            key=f"partner:{partner_id}",
            payload={"partner": partner_id, "checks": checks, "submissions": submissions},
            now=now,
        )
    return fishing


def _told_since(partner_id: int, since: datetime) -> bool:
    """Whether the manager was told about this partner's checks lately."""
    return AvailabilityCheck.objects.filter(
        partner_id=partner_id, verdict=Verdict.SUBMIT_TO_LEARN, checked_at__gt=since
    ).exists()
