"""Changes whose deal a registration is about: another customer or family is another claim, with another place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import UNDECIDED_STATUSES, Account, Family, Registration, RegistrationStatus
from deals.policy import Moment
from deals.queries.rules import rules_in_force
from deals.services.accounts import Resolution, resolve_account
from deals.services.holding import lock_accounts
from deals.services.judging import judge, keep_findings
from deals.services.line import advance, expire_overdue
from deals.services.own_leads import refuse_own_lead
from deals.services.progress import lock_held, require_party
from deals.services.settling import Case, next_place, settle
from deals.services.trail import Act
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Claim:
    """The customer, in words or, for our own people, as the record that it is; and the family."""

    family: Family
    website: str = ""
    company: str = ""
    country: str = ""
    account: Account | None = None


def change_claim(
    *, registration_id: int, claim: Claim, actor: Actor, now: datetime, version: int | None, reason: str = ""
) -> Registration:
    """Correct customer or family of an undecided registration: the rules are asked anew and it takes a new place.

    The answer is that of a new submission, a refusal included, so that nobody learns more by changing than by
    submitting. The line that it leaves moves up. The same customer and family change nothing.
    """
    require_party(actor)
    if claim.account is not None and not actor.is_internal:
        raise NotAllowedError
    seen = Registration.objects.visible_to(actor).filter(pk=registration_id).only("account_id").first()
    if seen is None or seen.account_id is None:
        raise NotAllowedError
    with transaction.atomic():
        program, settings = Program.current(), rules_in_force(now=now)
        found = _customer(claim, actor=actor, now=now)
        accounts = lock_accounts({seen.account_id, found.account.pk})
        _require_current(accounts[found.account.pk])
        registration = lock_held(registration_id, actor=actor, version=version)
        if registration.status not in UNDECIDED_STATUSES:
            raise DomainError("wrong_state", _("Customer and family change while a registration is undecided."))
        left = (seen.account_id, registration.family_id)
        if left == (found.account.pk, claim.family.pk):
            return registration
        account = accounts[found.account.pk]
        expire_overdue(account_id=account.pk, family_id=claim.family.pk, now=now)
        refuse_own_lead(account=account, family=claim.family, actor=actor, now=now)
        _fill(registration, claim, account, now=now)
        decision = judge(
            registration,
            account,
            doubt=found.doubt,
            domain_known=found.domain_known,
            settings=settings,
            now=now,
            program=program,
        )
        if (own := decision.finding("own_duplicate")) is not None:
            raise DomainError(own.code, own.said(_))
        data = {"place": registration.place, "rules": settings.version, "left": list(left)}
        case = Case(registration, decision, settings, program, Act(actor, now, reason.strip(), data), "claim_changed")
        wait = registration.status == RegistrationStatus.WAITING
        settle(case, wait=wait)
        keep_findings(registration, decision, moment=Moment.SUBMISSION, now=now, wait=wait)
        advance(account_id=left[0], family_id=left[1], now=now)
    return registration


def _customer(claim: Claim, *, actor: Actor, now: datetime) -> Resolution:
    if claim.account is not None:
        _require_current(claim.account)
        return Resolution(claim.account, domain_known=True)
    return resolve_account(
        website=claim.website,
        name=claim.company,
        country=claim.country,
        actor=actor,
        now=now,
    )


def _require_current(account: Account) -> None:
    """Refuse a record that is another one by now: looked at before the lock to tell at once, and again under it."""
    if account.merged_into_id is not None:
        raise DomainError("merged", _("That record was merged into another one."), field="account")


def _fill(registration: Registration, claim: Claim, account: Account, *, now: datetime) -> None:
    """Write the claim; the place is taken under the customers' locks."""
    registration.account = account
    registration.family = claim.family
    registration.website = claim.website.strip() or registration.website
    registration.company = claim.company.strip() or registration.company
    registration.country = claim.country.upper() or registration.country
    registration.submitted_at = now
    registration.place = next_place()
