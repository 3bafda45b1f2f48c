"""The live verdict: what a partner may know before submitting, logged and bounded (deal rules, section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import AvailabilityCheck, Family
from deals.policy import Verdict, evaluate, verdict_of
from deals.policy.verdict import is_fishing
from deals.queries.accounts import account_of_domain
from deals.queries.checks import checks_in_window, customers_checked_today, was_told
from deals.queries.evidence import Question, gather
from deals.queries.hosts import website_of
from deals.queries.rules import program_with_rules
from deals.services.accounts import lock_identities
from partners.models import Partner
from prm import mail, outbox
from prm.errors import NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from deals.policy import RuleSettings
    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one domain. ``domain`` is empty where what was typed identifies nobody."""

    verdict: Verdict
    domain: str


def check_availability(
    *, website: str, family: Family, actor: Actor, now: datetime, country: str = "", company: str = ""
) -> Answer:
    """Say whether a customer may be registered: a word, the same for every cause.

    Complete domains only; no customer is found by name, and ``company`` is compared with the partner's own
    customers alone. Beyond the number of distinct customers a day, or of customers looked at per submission in
    the window, the answer is ``submit_to_learn``. Every check of a whole host is logged; of one that identifies
    nobody (free mail, a social network) as ``cannot_tell``, which counts as no customer.
    """
    if not actor.registers_deals or actor.partner_id is None:
        raise NotAllowedError
    partner_id = actor.partner_id
    read = website_of(website)
    domain = read.identifying
    if not domain:
        if read.host:
            _log(Verdict.CANNOT_TELL, partner_id, domain=read.host, family=family, actor=actor, now=now).save()
        return Answer(Verdict.CANNOT_TELL, "")
    program, settings = program_with_rules(now=now)
    with transaction.atomic():
        # One partner's checks come one after the other, so that nobody passes the limit in parallel.
        lock_identities([f"checks:{partner_id}"])
        account = account_of_domain(domain)
        question = Question(
            partner_id=partner_id,
            family=family,
            account=account,
            name=company,
            country=country.upper(),
            domain_known=account is not None,
            own_alike_only=True,
        )
        facts = gather(question, settings=settings, now=now, program=program)
        verdict = verdict_of(evaluate(facts, settings), is_identified=True)
        curiosity = _curiosity(partner_id, domain, settings=settings, program=program, now=now)
        if curiosity.is_over:
            verdict = Verdict.SUBMIT_TO_LEARN
        check = _log(verdict, partner_id, domain=domain, family=family, actor=actor, now=now)
        if curiosity.is_fishing and not was_told(partner_id=partner_id, now=now, settings=settings):
            check.told_manager = True
            _tell_manager(partner_id, curiosity, settings=settings, now=now)
        check.save()
    return Answer(verdict, domain)


def _log(
    verdict: Verdict, partner_id: int, *, domain: str, family: Family, actor: Actor, now: datetime
) -> AvailabilityCheck:
    return AvailabilityCheck(
        partner_id=partner_id,
        user_id=actor.user_id,
        domain=domain,
        family=family,
        verdict=verdict,
        checked_at=now,
    )


@dataclass(frozen=True, slots=True)
class _Curiosity:
    """How many customers a partner looked at, and whether that is over one of the limits."""

    is_over: bool
    is_fishing: bool
    checks: int
    submissions: int


def _curiosity(partner_id: int, domain: str, *, settings: RuleSettings, program: Program, now: datetime) -> _Curiosity:
    today = customers_checked_today(partner_id=partner_id, now=now, program=program)
    is_many = domain not in today and len(today) >= settings.checks_per_day
    checks, submissions = checks_in_window(
        partner_id=partner_id, domain=domain, now=now, days=settings.fishing_window_days
    )
    fishing = is_fishing(checks=checks, submissions=submissions, allowed_per_submission=settings.checks_per_submission)
    return _Curiosity(is_many or fishing, fishing, checks, submissions)


def _tell_manager(partner_id: int, curiosity: _Curiosity, *, settings: RuleSettings, now: datetime) -> None:
    """Tell the partner's manager, once in the window, that it looks at many more customers than it registers."""
    partner = Partner.objects.get(pk=partner_id)
    counts = {"checks": curiosity.checks, "submissions": curiosity.submissions}
    outbox.publish(
        topic="partner.checks_without_submissions",
        key=f"partner:{partner_id}",
        payload={"partner": partner_id, **counts},
        now=now,
    )
    mail.send_later(
        to=[partner.manager_email],
        subject=_("%(partner)s looks at many customers and registers few") % {"partner": partner.name},
        text=_(
            "%(partner)s checked the availability of %(checks)s customers in %(days)s days and registered "
            "%(submissions)s. Until it registers more, its answer is “submit to learn”."
        )
        % {"partner": partner.name, "days": settings.fishing_window_days, **counts},
        now=now,
        key=f"partner:{partner_id}",
    )
