"""The mails of a survey: one invitation each, and at most two reminders to those who have not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from partners.models import PartnerStatus, PsatInvitation
from partners.policy.surveys import MOST_REMINDERS, ONBOARDING, REMIND_AFTER, REMIND_BEFORE_END
from partners.services.surveys.links import link_for
from partners.services.surveys.words import scale
from prm import formats, mail
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

CHUNK, MOST_AT_ONCE = 200, 2000
"""Mails written in one transaction, and in one run: a large program is asked over several runs, not all at once."""


def send_survey_mails(*, now: datetime) -> int:
    """Write the mails that are due; return how many. Safe to run twice, and beside itself: a claimed row is skipped."""
    program = Program.current()
    sent = 0
    while sent < MOST_AT_ONCE:
        with transaction.atomic():
            due = _due(on=program.day_of(now), now=now)
            rows = list(
                due.select_related("wave", "partner", "user").select_for_update(skip_locked=True, of=("self",))[:CHUNK]
            )
            for row in rows:
                _write(row, program=program, now=now)
        sent += len(rows)
        if len(rows) < CHUNK:
            break
    return sent


def _due(*, on: date, now: datetime) -> QuerySet[PsatInvitation]:
    """Return invitations of open waves whose mail, or whose next reminder, is due.

    The first reminder goes out a week after the mail, the last in the three days before the close, never two within
    three days of each other.
    """
    open_now = PsatInvitation.objects.filter(
        wave__opened_at__isnull=False, wave__closes_on__gt=on, score__isnull=True, user__is_active=True
    ).filter(user__memberships__partner=F("partner"), user__memberships__is_active=True)
    open_now = open_now.exclude(partner__status=PartnerStatus.TERMINATED)
    never = Q(mailed_at__isnull=True)
    again = Q(reminders=0, mailed_at__lte=now - REMIND_AFTER)
    ends_soon = Q(wave__closes_on__lte=on + REMIND_BEFORE_END) & (
        Q(reminders=0, mailed_at__lte=now - REMIND_BEFORE_END)
        | Q(reminders__gt=0, reminders__lt=MOST_REMINDERS, reminded_at__lte=now - REMIND_BEFORE_END)
    )
    return open_now.filter(never | again | ends_soon).order_by("pk")


def _write(row: PsatInvitation, *, program: Program, now: datetime) -> None:
    is_reminder = row.mailed_at is not None
    with translation.override(row.user.language or settings.LANGUAGE_CODE):
        subject, text = _words(row, program=program, is_reminder=is_reminder)
        mail.send_later(to=[row.user.email], subject=subject, text=text, now=now, key=f"psat:{row.pk}")
    if is_reminder:
        row.reminders, row.reminded_at = row.reminders + 1, now
    else:
        row.mailed_at = now
    row.save(update_fields=["mailed_at", "reminders", "reminded_at"])


def _words(row: PsatInvitation, *, program: Program, is_reminder: bool) -> tuple[str, str]:
    names = {"partner": row.partner.name, "program": program.name, "vendor": program.vendor_name}
    subject = _("How is it to work with %(vendor)s?") % names
    if is_reminder:
        subject = _("Reminder: %(subject)s") % {"subject": subject}
    lead = (
        _("%(partner)s joined %(program)s a month ago. How satisfied are you with its beginning?") % names
        if row.wave.series == ONBOARDING
        else _("How satisfied are you, at %(partner)s, with %(program)s?") % names
    )
    choices = "\n".join(f"{score} – {word}: {link_for(row, score=score)}" for score, word in scale())
    ends = _("You can answer, and change your answer, until the end of %(day)s.") % {
        "day": formats.day(row.wave.last_day)
    }
    kept = _(
        "Choosing opens a page where you confirm. Answers are shown together with others, never those of fewer than"
        " five people, and your company does not see who answered what."
    )
    return subject, f"{lead}\n\n{choices}\n\n{kept}\n{ends}\n"
