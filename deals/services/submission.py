"""Drafts and submissions: what a partner does to register a deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from deals.models import Account, Family, Origin, Registration, RegistrationStatus
from deals.policy import Moment
from deals.policy.wording import PARTNER_TEXTS
from deals.queries.rules import rules_in_force
from deals.services.accounts import Resolution, lock_identities, resolve_account
from deals.services.holding import lock_account, lock_registration, store
from deals.services.judging import judge, keep_findings
from deals.services.line import expire_overdue
from deals.services.own_leads import refuse_own_lead
from deals.services.settling import Case, next_place, settle
from deals.services.trail import Act
from partners.models import Partner, PartnerStatus
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deals.policy import RuleSettings
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
    """Where a registration came from, its name there, and the customer where that system names it.

    ``deal_number`` is shared by the registrations of one deal over several families.
    """

    system: str = ""
    external_id: str | None = None
    origin: str = Origin.PARTNER
    account: Account | None = None
    deal_number: int | None = None


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
        _require_stage(deal, registration, settings)
        _fill(registration, deal, source)
        found = _customer(deal, source, actor=actor, now=now)
        account = lock_account(found.account.pk)
        expire_overdue(account_id=account.pk, family_id=deal.family.pk, now=now)
        refuse_own_lead(account=account, family=deal.family, actor=actor, now=now)
        # One partner's deals are counted one after the other, so that nobody passes the limit in parallel. Taken last:
        # whoever holds it waits for nothing any more.
        lock_identities([f"holder:{holder.pk}"])
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
        settle(Case(registration, decision, settings, program, act), wait=wait)
        keep_findings(registration, decision, moment=Moment.SUBMISSION, now=now, wait=wait)
    return registration


def submit_families(
    *,
    deals: Sequence[Deal],
    actor: Actor,
    now: datetime,
    holder_id: int | None = None,
    wait: bool = False,
    draft_id: int | None = None,
    version: int | None = None,
) -> list[Registration]:
    """Submit one deal over several families: one registration each, all in one act, sharing a ``deal_number``.

    Each is answered for itself, in the order given; a draft becomes the first of them. Raises as
    ``submit_registration``, and ``DomainError`` when the deals speak of different customers or name a family twice;
    then nothing is submitted.
    """
    if len({(deal.website, deal.company, deal.country) for deal in deals}) != 1:
        raise DomainError("one_customer", _("One deal is about one customer."), field="website")
    if len({deal.family.pk for deal in deals}) != len(deals):
        raise DomainError("family_twice", _("Name each product family once."), field="families")
    with transaction.atomic():
        source = Source(deal_number=_next_deal_number()) if len(deals) > 1 else None
        drafts = [draft_id, *[None] * (len(deals) - 1)]
        return [
            submit_registration(
                deal=deal,
                actor=actor,
                now=now,
                holder_id=holder_id,
                draft_id=draft,
                version=version if draft else None,
                wait=wait,
                source=source,
            )
            for deal, draft in zip(deals, drafts, strict=True)
        ]


def _next_deal_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('deals_deal_number_seq')")
        number: int = cursor.fetchone()[0]
    return number


def _customer(deal: Deal, source: Source | None, *, actor: Actor, now: datetime) -> Resolution:
    """Return the customer that the other system names, else the one that the deal's words identify."""
    if source is not None and source.account is not None:
        return Resolution(source.account, domain_known=True)
    return resolve_account(
        website=deal.website,
        name=deal.company,
        country=deal.country,
        actor=actor,
        now=now,
    )


def _enter_line(
    registration: Registration, account: Account, *, found: Resolution, actor: Actor, now: datetime
) -> None:
    """Take the next place: the caller holds the account's lock, so nobody overtakes."""
    registration.account = account
    registration.website = registration.website or found.domain
    registration.submitted_at = now
    registration.submitted_by_id = actor.user_id
    registration.place = next_place()


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


def _require_stage(deal: Deal, registration: Registration, settings: RuleSettings) -> None:
    """Refuse a stage that the program does not have; one that it had when the draft was saved stays."""
    if deal.stage and deal.stage not in {*settings.stages, registration.stage}:
        raise DomainError("unknown_stage", _("Choose one of the stages."), field="stage")


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
        registration.deal_number = source.deal_number
