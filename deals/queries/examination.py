"""What the rules of engagement would say, with their evidence: for internal readers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.policy import Decision, Verdict, evaluate, verdict_of
from deals.queries.accounts import account_of_domain
from deals.queries.evidence import Question, gather
from deals.queries.hosts import website_of
from deals.queries.rules import program_with_rules
from prm.errors import NotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from deals.models import Family
    from partners.models import Partner
    from prm.actors import Actor


def examine(
    *,
    partner: Partner,
    website: str,
    family: Family,
    country: str,
    actor: Actor,
    now: datetime,
    company: str = "",
) -> tuple[Verdict, Decision | None]:
    """Return the verdict on a customer for ``partner``, and every finding; nothing is logged or limited.

    A website that identifies nobody cannot be told, and has no decision.
    """
    if not actor.is_internal:
        raise NotAllowedError
    program, settings = program_with_rules(now=now)
    domain = website_of(website).identifying
    if not domain:
        return Verdict.CANNOT_TELL, None
    account = account_of_domain(domain)
    question = Question(
        partner_id=partner.pk,
        family=family,
        account=account,
        name=company or (account.name if account else ""),
        country=country.upper(),
        domain_known=account is not None,
    )
    decision = evaluate(gather(question, settings=settings, now=now, program=program), settings)
    return verdict_of(decision, is_identified=True), decision
