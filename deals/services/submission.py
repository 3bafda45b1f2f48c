"""Drafts and submissions: what a partner does to register a deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from deals.models import Account, Family, Origin, Registration, RegistrationStatus
from deals.policy import Moment, Outcome
from deals.policy.wording import PARTNER_TEXTS
from deals.queries.evidence import tier_of
from deals.queries.rules import day_of, rules_in_force
from deals.services.accounts import Resolution, resolve_account
from deals.services.holding import lock_account, lock_registration, store
from deals.services.judging import grant, judge, keep_findings
from deals.services.line import expire_overdue, start_clock
from deals.services.trail import Act, write_change
from partners.models import Partner, PartnerStatus
from prm import audit
from prm.actors import RULE, ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from deals.policy import Decision, RuleSettings
    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Deal:
    """What a partner says about a deal. ``expected_mrr`` is per month, in ``currency``."""

    website: str
    company: str
    country: str
    family: Family
    expected_mrr: Decimal | None = None
    currency: str = ""
    expected_close_on: date | None = None
    contact: str = ""
    note: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a registration came from, its name there, and the customer where that system names it."""

    system: str = ""
    external_id: str | None = None
    origin: str = Origin.PARTNER
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """One submission on its way through the rules."""

    registration: Registration
    decision: Decision
    settings: RuleSettings
    program: Program
    act: Act


def save_draft(
    *,
    deal: Deal,
    actor: Actor,
    now: datetime,
    holder_id: int | None = None,
    draft_id: int | None = None,
    version: int | None = None,
) -> Registration:
    """Keep a deal that is not submitted yet. A draft has no place and belongs to no customer.

    ``holder_id`` is needed from internal people and systems only. Raises ``NotAllowedError``,
    ``StaleError`` and ``DomainError`` when ``draft_id`` is no draft any more.
    """
    holder = _holder(actor, holder_id)
    with transaction.atomic():
        draft = _draft(draft_id, holder=holder, actor=actor, version=version)
        _fill(draft, deal)
        store(draft)
        audit.record(action="registration.draft_saved", actor=actor, now=now, target=draft)
    return draft


def discard_draft(*, draft_id: int, actor: Actor, now: datetime, version: int) -> None:
    """Delete a draft; nothing but the audit trail remembers it."""
    _holder(actor, actor.partner_id)
    with transaction.atomic():
        draft = lock_registration(registration_id=draft_id, actor=actor, version=version)
        if draft.status != RegistrationStatus.DRAFT:
            raise DomainError("wrong_state", _("Only a draft can be discarded."))
        audit.record(action="registration.draft_discarded", actor=actor, now=now, target=draft)
        draft.delete()


def submit_registration(
    *,
    deal: Deal,
    actor: Actor,
    now: datetime,
    holder_id: int | None = None,
    draft_id: int | None = None,
    version: int | None = None,
    wait: bool = False,
    source: Source | None = None,
) -> Registration:
    """Submit a deal: find the customer, ask the rules, and answer at once where the rules can.

    Blocked: ``rejected`` with the reason, or ``waiting`` if only ``protected`` refused it and the partner
    chose to ``wait``. Something to review, or clean without automatic approval: ``submitted``, due in
    business hours. Clean, and the tier approves automatically: ``approved``. The place in line is taken
    after the customer's row is locked, so places are in the order of commits (deal rules, 3 and 4).
    """
    holder = _holder(actor, holder_id)
    with transaction.atomic():
        program, settings = Program.current(), rules_in_force(now=now)
        registration = _draft(draft_id, holder=holder, actor=actor, version=version)
        _fill(registration, deal, source)
        found = _customer(deal, source, settings=settings, actor=actor, now=now)
        account = lock_account(found.account.pk)
        expire_overdue(account_id=account.pk, family_id=deal.family.pk, now=now)
        decision = judge(
            registration,
            account,
            doubt=found.doubt,
            domain_known=found.domain_known,
            settings=settings,
            now=now,
            program=program,
        )
        _enter_line(registration, account, found=found, actor=actor, now=now)
        act = Act(actor, now, data={"place": registration.place, "rules": settings.version})
        case = _Case(registration, decision, settings, program, act)
        _settle(case, wait=wait)
        keep_findings(registration, decision, moment=Moment.SUBMISSION, now=now, wait=wait)
    return registration


def _customer(deal: Deal, source: Source | None, *, settings: RuleSettings, actor: Actor, now: datetime) -> Resolution:
    """Return the customer that the other system names, else the one that the deal's words identify."""
    if source is not None and source.account is not None:
        return Resolution(source.account, domain_known=True)
    return resolve_account(
        website=deal.website,
        name=deal.company,
        country=deal.country,
        actor=actor,
        now=now,
        extra_shared=settings.shared_hosts,
    )


def _settle(case: _Case, *, wait: bool) -> None:
    """Carry out what the rules decided about a new submission."""
    registration, now = case.registration, case.act.now
    tier = tier_of(partner_id=registration.holder_id, day=day_of(now, case.program))
    outcome = case.decision.outcome(auto_approve=bool(tier and tier.auto_approve), wait=wait)
    if outcome is Outcome.REJECT:
        _reject_at_once(case)
        return
    if outcome is Outcome.WAIT:
        registration.status = RegistrationStatus.WAITING
        registration.due_at = now + timedelta(days=case.settings.waiting_days)
    else:
        registration.status = RegistrationStatus.SUBMITTED
        start_clock(registration, now=now, program=case.program)
    store(registration)
    write_change(registration, kind="submitted", came_from=RegistrationStatus.DRAFT, act=case.act)
    if outcome is Outcome.APPROVE:
        reason = _("No rule objects, and your tier approves automatically.")
        act = Act(RULE, now, reason=reason)
        grant(registration, settings=case.settings, act=act, program=case.program)


def _reject_at_once(case: _Case) -> None:
    """Write submission and refusal; the row goes straight to its end and is never live beside a rival's."""
    registration, now = case.registration, case.act.now
    first = case.decision.blocks[0]
    registration.status = RegistrationStatus.REJECTED
    registration.decided_at = now
    registration.decision_reason = first.said(_)
    store(registration)
    submitted = RegistrationStatus.SUBMITTED
    write_change(
        registration,
        kind="submitted",
        came_from=RegistrationStatus.DRAFT,
        act=case.act,
        went_to=submitted,
    )
    act = Act(RULE, now, reason=registration.decision_reason, data={"rule": first.code})
    write_change(registration, kind="rejected", came_from=submitted, act=act)


def _enter_line(
    registration: Registration, account: Account, *, found: Resolution, actor: Actor, now: datetime
) -> None:
    """Take the next place: the caller holds the account's lock, so nobody overtakes."""
    registration.account = account
    registration.website = registration.website or found.domain
    registration.submitted_at = now
    registration.submitted_by_id = actor.user_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('deals_registration_place_seq')")
        registration.place = cursor.fetchone()[0]


def _holder(actor: Actor, holder_id: int | None) -> Partner:
    """Return for whom ``actor`` may submit; a partner that is not active submits nothing."""
    if actor.is_partner:
        if not actor.registers_deals or holder_id not in {None, actor.partner_id}:
            raise NotAllowedError(_("Only owners and sellers of your company register deals."))
        holder_id = actor.partner_id
    elif not _speaks_for_partners(actor):
        raise NotAllowedError
    holder = Partner.objects.visible_to(actor).filter(pk=holder_id or 0).first()
    if holder is None:
        raise NotAllowedError
    if actor.is_partner and holder.status != PartnerStatus.ACTIVE:
        raise DomainError("eligibility", _(PARTNER_TEXTS["eligibility"]))
    return holder


def _speaks_for_partners(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM_KEY or actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


def _draft(draft_id: int | None, *, holder: Partner, actor: Actor, version: int | None) -> Registration:
    """Return the locked draft, or a new one."""
    if draft_id is None:
        return Registration(holder=holder, status=RegistrationStatus.DRAFT)
    draft = lock_registration(registration_id=draft_id, actor=actor, version=version)
    if draft.status != RegistrationStatus.DRAFT or draft.holder_id != holder.pk:
        raise DomainError("wrong_state", _("This registration has been submitted already."))
    return draft


def _fill(registration: Registration, deal: Deal, source: Source | None = None) -> None:
    registration.website = deal.website.strip()
    registration.company = deal.company.strip()
    registration.country = deal.country.upper()
    registration.family = deal.family
    registration.expected_mrr = deal.expected_mrr
    registration.currency = deal.currency
    registration.expected_close_on = deal.expected_close_on
    registration.contact = deal.contact.strip()
    registration.note = deal.note.strip()
    registration.stage = deal.stage or registration.stage
    if source is not None:
        registration.source_system = source.system
        registration.external_id = source.external_id
        registration.origin = source.origin
