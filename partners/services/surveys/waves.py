"""Opening and closing waves. Whom a wave asks, and in which group each counts, is settled as it opens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import PsatWave
from partners.policy.surveys import ASKED_AFTER, LATE_DAYS, ONBOARDING, OPEN_DAYS, due_opening, series_of
from partners.queries.surveys import WHO_IS_ASKED
from prm import audit
from prm.actors import RULE, ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error
from prm.models import Program
from prm.months import add_months, month_start

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
LONGEST_DAYS = 90
RECENT_DAYS = 90
"""A wave that somebody opened by hand in this time stands for the one that would open by itself."""

INVITE = f"""
INSERT INTO partners_psatinvitation (wave_id, partner_id, user_id, invited_at, manager, tier, country, type)
SELECT %(wave)s, who.* FROM (
    SELECT p.id, m.user_id, %(now)s::timestamptz, lower(p.manager_email), coalesce(t.code, ''), p.country, p.type
    {WHO_IS_ASKED}
      AND (%(since)s::date IS NULL OR p.activated_on BETWEEN %(since)s AND %(until)s)
      AND (%(since)s::date IS NULL OR NOT EXISTS (
          SELECT FROM partners_psatinvitation i JOIN partners_psatwave w ON w.id = i.wave_id
          WHERE i.partner_id = p.id AND i.user_id = m.user_id AND w.code LIKE %(series)s))
    ORDER BY p.id, m.user_id) who
ON CONFLICT (wave_id, user_id, partner_id) DO NOTHING
"""  # noqa: S608 - a fragment of our own


@dataclass(frozen=True, slots=True)
class Opened:
    """A wave and how many invitations it has got."""

    wave: PsatWave
    invited: int


def open_wave(*, code: str, closes_on: date, actor: Actor, now: datetime) -> Opened:
    """Open a wave of the half-yearly series: every active person of every active partner is invited, and no one later.

    Mails follow by themselves, in bounded numbers. Raises ``DomainError`` for a name that is taken or belongs to the
    onboarding series, for a closing day out of bounds, and where nobody could be asked; ``NotAllowedError`` for
    anybody but administrators and systems.
    """
    _require_admin(actor)
    on = Program.current().day_of(now)
    if not CODE.fullmatch(code):
        raise DomainError("bad_wave", gettext_lazy("Use small letters, digits and hyphens: 2026-h2."), field="code")
    if series_of(code) == ONBOARDING:
        raise DomainError(
            "bad_wave", gettext_lazy("Surveys about onboarding open by themselves; choose another name."), field="code"
        )
    if not on < closes_on <= on + timedelta(days=LONGEST_DAYS):
        sentence = _("Choose a day after today, at most %(days)s days away.") % {"days": LONGEST_DAYS}
        raise DomainError("bad_closing_day", sentence, field="closes_on")
    try:
        with transaction.atomic():
            wave = PsatWave.objects.create(code=code, opened_on=on, closes_on=closes_on, opened_at=now)
            invited = _invite(wave, on=on, now=now)
            if not invited:
                raise DomainError("nobody_to_ask", gettext_lazy("No active partner has an active person to ask."))
            wave.frozen_at = now
            wave.save(update_fields=["frozen_at"])
            data = {"wave": code, "invited": invited, "closes_on": str(closes_on)}
            audit.record(action="survey.opened", actor=actor, now=now, target=wave, data=data)
    except IntegrityError as error:
        if "psatwave_code" in str(error):
            raise DomainError("wave_exists", gettext_lazy("Another survey has this name."), field="code") from error
        raise as_domain_error(error) from error
    return Opened(wave, invited)


def close_wave(*, code: str, actor: Actor, now: datetime) -> PsatWave:
    """Close an open wave today, before its day: no answer is taken any more, and its figures are shown.

    Raises ``StaleError`` where it is closed already, ``NotAllowedError`` for anybody but administrators and systems.
    """
    _require_admin(actor)
    on = Program.current().day_of(now)
    with transaction.atomic():
        wave = PsatWave.objects.select_for_update(no_key=True).filter(code=code, opened_at__isnull=False).first()
        if wave is None or wave.is_closed(on):
            raise StaleError(gettext_lazy("This survey is closed already."))
        wave.closes_on, wave.frozen_at = on, wave.frozen_at or now
        wave.save(update_fields=["closes_on", "frozen_at"])
        audit.record(action="survey.closed", actor=actor, now=now, target=wave, data={"wave": code})
    return wave


def open_due_wave(*, now: datetime) -> Opened | None:
    """Open the half-yearly wave where it is due and none was opened lately. Safe to run twice, and beside itself."""
    program = Program.current()
    on = program.day_of(now)
    first = due_opening(month=program.survey_month, on=on)
    recent = PsatWave.objects.filter(opened_at__isnull=False, opened_on__gt=on - timedelta(days=RECENT_DAYS))
    if first is None or recent.exclude(code__startswith=ONBOARDING).exists():
        return None
    try:
        return open_wave(code=f"{first:%Y-%m}", closes_on=on + timedelta(days=OPEN_DAYS), actor=RULE, now=now)
    except DomainError:  # opened beside us, or nobody to ask: the next run looks again
        return None


def ask_about_onboarding(*, now: datetime) -> int:
    """Invite the people of partners that became active 30 days ago, once each; return how many.

    Each month has a wave of its own; its invitations are frozen as the month ends. Safe to run twice.
    """
    on = Program.current().day_of(now)
    since, until = on - timedelta(days=ASKED_AFTER + LATE_DAYS), on - timedelta(days=ASKED_AFTER)
    code, ends = f"{ONBOARDING}-{on:%Y-%m}", add_months(month_start(on), 1)
    over = PsatWave.objects.filter(code__startswith=ONBOARDING, opened_at__isnull=False, frozen_at__isnull=True)
    over.exclude(code=code).update(frozen_at=now)
    with transaction.atomic():
        wave, made = PsatWave.objects.get_or_create(
            code=code,
            defaults={"opened_on": on, "closes_on": ends + timedelta(days=OPEN_DAYS), "opened_at": now},
        )
        if wave.frozen_at is not None or wave.opened_at is None:
            return 0
        invited = _invite(wave, on=on, now=now, activated=(since, until))
        if made and not invited:
            transaction.set_rollback(True)  # a month in which nobody began has no survey
    return invited


def _invite(wave: PsatWave, *, on: date, now: datetime, activated: tuple[date, date] | None = None) -> int:
    since, until = activated or (None, None)
    values: dict[str, Any] = {
        "wave": wave.pk,
        "on": on,
        "now": now,
        "since": since,
        "until": until,
        "series": f"{ONBOARDING}%",
    }
    with connection.cursor() as cursor:
        cursor.execute(INVITE, values)
        return int(cursor.rowcount)


def _require_admin(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM_KEY and not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError
