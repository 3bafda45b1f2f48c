"""Puts letters in force: from their day the old credit ends and the new one begins; earned months stay."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deals.models import (
    UNDECIDED_STATUSES,
    Credit,
    CreditRole,
    LeadOffer,
    LetterStatus,
    OfferAnswer,
    RecordLetter,
    Registration,
    RegistrationStatus,
    Subscription,
)
from deals.policy.record import Stretch, in_force_from, taken_over
from deals.queries.letters import protected_rivals
from deals.queries.rules import day_of, rules_in_force
from deals.services.judging import grant
from deals.services.leads.holding import held_offer, lock_lead, release
from deals.services.leads.offering import send_back
from deals.services.leads.telling import tell_of_return
from deals.services.letter_news import tell_bringer, tell_ended
from deals.services.letters import lock_letter, note
from deals.services.line import in_line, recall
from deals.services.progress import close
from deals.services.trail import Act
from partners.models import PartnerStatus
from prm.actors import RULE
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 200
BEGINNING = date.min


def settle_letters(*, now: datetime) -> int:
    """Put every letter in force whose day has come and to which nobody objects (any more); return how many.

    One letter a transaction, looked at again under its customer's lock: safe to run twice, and beside itself.
    """
    settled = after = 0
    while chunk := _due(now=now, after=after):
        for letter_id in chunk:
            with transaction.atomic():
                settled += _settle(letter_id, now=now)
        after = chunk[-1]
    return settled


def _due(*, now: datetime, after: int) -> list[int]:
    undisputed = Q(status=LetterStatus.ANNOUNCED, objection_until__lte=now) | Q(status=LetterStatus.CONFIRMED)
    today = day_of(now, Program.current())
    found = RecordLetter.objects.filter(undisputed, effective_on__lte=today, pk__gt=after)
    return list(found.order_by("pk").values_list("pk", flat=True)[:CHUNK])


def _settle(letter_id: int, *, now: datetime) -> bool:
    letter = lock_letter(letter_id, actor=RULE, version=None)
    today = day_of(now, Program.current())
    is_undisputed = letter.status == LetterStatus.CONFIRMED or (
        letter.status == LetterStatus.ANNOUNCED and letter.objection_until is not None and letter.objection_until <= now
    )
    if not is_undisputed or letter.effective_on is None or letter.effective_on > today:
        return False
    registration = letter.registration
    if registration.holder.status != PartnerStatus.ACTIVE or registration.status not in {
        *UNDECIDED_STATUSES,
        RegistrationStatus.APPROVED,
        RegistrationStatus.WON,
    }:
        return _drop(letter, now=now)
    # Never in the past: what a late batch finds is in force from the day on which it is found.
    letter.effective_on = in_force_from(wanted=letter.effective_on, first=today, today=today)
    letter.status = LetterStatus.SETTLED
    letter.version += 1
    letter.save()
    moved = _hand_credits_over(registration, from_day=letter.effective_on)
    note(letter, "settled", actor=RULE, now=now, data={"subscriptions": moved})
    _hand_protection_over(registration, now=now)
    for notice in letter.notices.select_related("partner"):
        notice.letter = letter
        tell_ended(notice, now=now)
    tell_bringer(letter, _("By the customer's choice you are its partner from now on."), now=now)
    return True


def _drop(letter: RecordLetter, *, now: datetime) -> bool:
    """Refuse a letter that names a partner which cannot take over any more."""
    letter.status, letter.decided_at = LetterStatus.REFUSED, now
    letter.decision_reason = _("The registration it belongs to is over, or the partner is not active.")
    letter.version += 1
    letter.save()
    note(letter, "refused", actor=RULE, now=now, reason=letter.decision_reason)
    tell_bringer(letter, _("The letter was refused."), letter.decision_reason, now=now)
    return False


def _hand_credits_over(registration: Registration, *, from_day: date) -> list[str]:
    """End the sourced credits of the family's subscriptions on ``from_day`` and credit the named partner instead."""
    subscriptions = Subscription.objects.select_for_update(no_key=True).filter(
        account_id=registration.account_id or 0, product__family_id=registration.family_id
    )
    moved = []
    for subscription in subscriptions.order_by("pk"):
        ending = list(
            Credit.objects.filter(
                Q(valid_until__isnull=True) | Q(valid_until__gt=from_day),
                subscription=subscription,
                role=CreditRole.SOURCED,
                share__gt=0,
                valid__isempty=False,
            ).order_by("pk")
        )
        if {credit.partner_id for credit in ending} - {registration.holder_id}:
            _replace(ending, registration, subscription, from_day=from_day)
            moved.append(subscription.external_id)
    return moved


def _replace(
    ending: Sequence[Credit], registration: Registration, subscription: Subscription, *, from_day: date
) -> None:
    stretches = taken_over(
        (Stretch(c.valid_from or BEGINNING, c.valid_until, c.share) for c in ending), from_day=from_day
    )
    for credit in ending:
        credit.valid_until = max(from_day, credit.valid_from or BEGINNING)
        credit.save(update_fields=["valid_until"])
    for stretch in stretches:
        Credit.objects.update_or_create(
            subscription=subscription,
            partner_id=registration.holder_id,
            role=CreditRole.SOURCED,
            valid_from=stretch.start,
            defaults={"valid_until": stretch.end, "share": stretch.share, "registration": registration},
        )


def _hand_protection_over(registration: Registration, *, now: datetime) -> None:
    """Let the named partner's registration take the place of those that exclude it."""
    for rival in protected_rivals(registration, now=now):
        act = Act(RULE, now, reason=_("The customer named its partner in a letter."))
        close(rival, to=RegistrationStatus.SUPERSEDED, kind="superseded", act=act)
    mine = in_line(account_id=registration.account_id or 0, family_id=registration.family_id)
    undecided = mine.filter(pk=registration.pk).first()
    if undecided is None:
        return
    if undecided.status != RegistrationStatus.SUBMITTED:
        recall(undecided, kind="next_in_line", now=now)
    _take_leads_back(registration, now=now)
    act = Act(RULE, now, reason=_("The customer named you as its partner in a letter."))
    grant(undecided, settings=rules_in_force(now=now), act=act, program=Program.current())


def _take_leads_back(registration: Registration, *, now: datetime) -> None:
    """End what a lead reserves for another partner: the customer has chosen, and a person looks at the lead."""
    reason = _("The customer named its partner in a letter.")
    held = LeadOffer.objects.filter(
        account_id=registration.account_id or 0, family_id=registration.family_id, released_at__isnull=True
    ).exclude(partner_id=registration.holder_id)
    for lead_id in held.values_list("lead_id", flat=True):
        lead = lock_lead(lead_id=lead_id, actor=RULE, version=None)
        if (offer := held_offer(lead)) is not None:
            release(offer, now=now, answer=OfferAnswer.TAKEN_BACK, reason=reason)
        send_back(lead, reason, actor=RULE, now=now, kind="taken_back")
        tell_of_return(lead, now=now)
