"""Offers a lead to the partner whose turn it is, once the rules of engagement have nothing against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from deals.models import Lead, LeadOffer, LeadSkip, LeadStatus, Origin, Registration, RegistrationStatus
from deals.policy.rotation import FULL, equals_of, in_order, is_full
from deals.policy.wording import HEADINGS
from deals.queries.leads import candidates_for
from deals.queries.rules import business_hours, day_of, rules_in_force
from deals.services.accounts import lock_identities
from deals.services.judging import judge
from deals.services.leads.holding import store_lead, write
from deals.services.leads.telling import tell_of_offer, tell_of_return, write_change
from deals.services.line import expire_overdue
from deals.services.settling import next_place
from prm import formats
from prm.actors import RULE
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deals.policy import Decision, Finding, RuleSettings
    from deals.policy.rotation import Candidate
    from prm.actors import Actor

PLACE = "place"
"""In an offer's ``standing``: the place in line that it reserves; who submits later stands behind it."""

ROTATION = "lead-rotation"
"""The lock under which turns are taken: two leads at the same moment go to two partners."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of one moment, read once."""

    now: datetime
    settings: RuleSettings
    program: Program

    @classmethod
    def at(cls, now: datetime) -> Terms:
        """Return what holds at ``now``."""
        return cls(now, rules_in_force(now=now), Program.current())


def offer_next(lead: Lead, *, now: datetime) -> LeadOffer | None:
    """Offer ``lead``, locked with its customer, to the next in turn; with nobody left it is back with us.

    A partner for whom the rules of engagement block, or whom nobody could approve, is passed over and the reason is
    kept; so is one that holds as many open leads as the program allows. Nobody is asked twice.
    """
    terms = Terms.at(now)
    expire_overdue(account_id=lead.account_id, family_id=lead.family_id, now=now)
    if (other := _other_lead(lead)) is not None:
        values = {"partner": other.partner.name}
        sentence = _("Another lead on this customer and family is with %(partner)s.") % values
        _send_back(lead, formats.one_stop(sentence), now=now)
        return None
    lock_identities([ROTATION])
    candidates = candidates_for(lead, today=day_of(now, terms.program))
    skipped: list[LeadSkip] = []
    for candidate in in_order(candidates):
        objection = _objection(lead, candidate, terms)
        if objection is None:
            _keep(skipped)
            return open_offer(lead, candidate.partner_id, terms=terms, standing=_standing(candidate, candidates, terms))
        skipped.append(objection)
    _keep(skipped)
    _send_back(lead, _reasons(lead), now=now)
    return None


def open_offer(
    lead: Lead, partner_id: int, *, terms: Terms, standing: Mapping[str, Any], by: Actor = RULE, by_hand: bool = False
) -> LeadOffer:
    """Write the offer, the lead's new state and the mail. Raises ``DomainError`` where the database refuses."""
    offer = LeadOffer(
        lead=lead,
        account_id=lead.account_id,
        family_id=lead.family_id,
        partner_id=partner_id,
        offered_at=terms.now,
        due_at=business_hours(terms.program).add(terms.now, timedelta(hours=terms.settings.lead_answer_business_hours)),
        offered_by_id=by.user_id,
        by_hand=by_hand,
        standing={**standing, PLACE: next_place()},
    )
    write(offer)
    lead.partner_id, lead.status, lead.reason = partner_id, LeadStatus.OFFERED, ""
    lead.offered_at, lead.answered_at = terms.now, None
    store_lead(lead)
    write_change(lead, kind="offered", actor=by, now=terms.now, data={"due": offer.due_at.isoformat()})
    tell_of_offer(lead, offer, now=terms.now)
    return offer


def ask_rules(lead: Lead, partner_id: int, *, terms: Terms) -> Decision:
    """Return what the rules of engagement say if ``partner_id`` registered the lead's customer now."""
    draft = registration_of(lead, partner_id)
    return judge(
        draft,
        lead.account,
        doubt="",
        settings=terms.settings,
        now=terms.now,
        program=terms.program,
        domain_known=True,
    )


def registration_of(lead: Lead, partner_id: int) -> Registration:
    """Return the registration that ``lead`` becomes in the hands of a partner, not stored yet."""
    return Registration(
        holder_id=partner_id,
        account=lead.account,
        family=lead.family,
        status=RegistrationStatus.DRAFT,
        origin=Origin.VENDOR_LEAD,
        company=lead.account.name,
        country=lead.account.country or lead.country,
        website=lead.account.website,
        expected_mrr=lead.expected_mrr,
        currency=lead.currency,
        contact=lead.contact,
        note=lead.note,
    )


def refusal_of(decision: Decision) -> Finding | None:
    """Return the first finding that keeps a lead from a partner: a block, or what nobody may set aside."""
    return next(iter(decision.blocks), None) or decision.objection_to_approval()


def _other_lead(lead: Lead) -> LeadOffer | None:
    held = LeadOffer.objects.filter(account_id=lead.account_id, family_id=lead.family_id, released_at__isnull=True)
    return held.exclude(lead=lead).select_related("partner").first()


def _objection(lead: Lead, candidate: Candidate, terms: Terms) -> LeadSkip | None:
    code, evidence = "", {}
    if is_full(candidate, limit=terms.settings.leads_per_partner):
        code, evidence = FULL, {"load": candidate.load, "limit": terms.settings.leads_per_partner}
    elif (finding := refusal_of(ask_rules(lead, candidate.partner_id, terms=terms))) is not None:
        code, evidence = finding.code, dict(finding.evidence)
    if not code:
        return None
    return LeadSkip(lead=lead, partner_id=candidate.partner_id, at=terms.now, code=code, evidence=evidence)


def _keep(skipped: Sequence[LeadSkip]) -> None:
    LeadSkip.objects.bulk_create(
        skipped,
        update_conflicts=True,
        unique_fields=["lead", "partner"],
        update_fields=["at", "code", "evidence"],
    )


def _standing(chosen: Candidate, candidates: Sequence[Candidate], terms: Terms) -> dict[str, Any]:
    """Return why it was this partner, as numbers that a page puts into words."""
    return {
        "territory": chosen.territory,
        "tier": chosen.tier,
        "certified": chosen.certified,
        "load": chosen.load,
        "limit": terms.settings.leads_per_partner,
        "candidates": len(candidates),
        "equals": len(equals_of(chosen, candidates)),
        "had_offers": chosen.turn > 0,
        "rules": terms.settings.version,
    }


def send_back(lead: Lead, reason: str, *, actor: Actor, now: datetime, kind: str = "returned") -> None:
    """Put the lead before a manager: nobody holds it."""
    lead.partner_id, lead.status, lead.reason = None, LeadStatus.RETURNED, reason
    store_lead(lead)
    write_change(lead, kind=kind, actor=actor, now=now, reason=reason)


def _send_back(lead: Lead, reason: str, *, now: datetime) -> None:
    send_back(lead, reason, actor=RULE, now=now)
    tell_of_return(lead, now=now)


def _reasons(lead: Lead) -> str:
    """Return, in words, what everybody said who could have had the lead."""
    lines = []
    for offer in lead.offers.select_related("partner").order_by("pk"):
        said = f"{offer.get_answer_display()}: {offer.reason}" if offer.reason else str(offer.get_answer_display())
        lines.append(f"{offer.partner.name}: {said}")
    had = lead.offers.values("partner_id")
    skips = lead.skips.exclude(partner_id__in=had).select_related("partner").order_by("partner__name", "pk")
    lines += [f"{skip.partner.name}: {skip_words(skip.code)}" for skip in skips]
    if not lines:
        return _("No active partner sells in this customer’s territory.")
    return _("Nobody is left to offer it to.") + "\n" + "\n".join(lines)


def skip_words(code: str) -> str:
    """Return why a partner was passed over, in a few words for our own people."""
    if code == FULL:
        return _("Holds as many open leads as the program allows")
    return _(HEADINGS.get(code, code))
