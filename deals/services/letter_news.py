"""Mails about partner-of-record letters. The incumbent never reads who was named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.services.telling import managers_of, owners_and_sellers, people_of, send
from prm import formats, mail
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from deals.models import LetterNotice, RecordLetter


def tell_manager(letter: RecordLetter, sentence: str, *, now: datetime) -> None:
    """Write to the channel manager of the partner that brought the letter."""
    registration = letter.registration
    send(registration, to=managers_of(registration), paragraphs=(sentence,), now=now)


def tell_bringer(letter: RecordLetter, sentence: str, reason: str = "", *, now: datetime) -> None:
    """Write to the partner that brought the letter."""
    send(letter.registration, to=people_of(letter.registration), paragraphs=(sentence, reason), now=now)


def tell_incumbent(notice: LetterNotice, *, now: datetime) -> None:
    """Write to an incumbent that its customer names another partner, and until when it may object."""
    letter = notice.letter
    until = letter.objection_until or now
    sentence = _(
        "The customer named another partner for %(family)s in a letter. You may object until %(until)s in the portal, "
        "under Objections. Without an objection your credit ends on %(day)s; what you have earned stays yours."
    ) % {
        "family": letter.registration.family.name,
        "until": formats.day(until),
        "day": formats.day(letter.effective_on or until.date()),
    }
    _send(notice, sentence, now=now)


def tell_ended(notice: LetterNotice, *, now: datetime) -> None:
    """Write to an incumbent that its credit has ended."""
    sentence = _("By the customer's choice your credit ended on %(day)s. What you have earned before stays yours.") % {
        "day": formats.day(notice.letter.effective_on or now.date())
    }
    _send(notice, sentence, now=now)


def _send(notice: LetterNotice, sentence: str, *, now: datetime) -> None:
    registration = notice.letter.registration
    customer = registration.account.name if registration.account else ""
    subject = _("%(customer)s, %(family)s") % {"customer": customer, "family": registration.family.name}
    text = f"{sentence}\n\n{Program.current().name}"
    to = owners_and_sellers(notice.partner_id)
    mail.send_later(to=to, subject=subject, text=text, now=now, key=f"notice:{notice.public_id}")
