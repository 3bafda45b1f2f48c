"""An answer: a score, perhaps a comment, perhaps the wish to be contacted. It may change until the close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import PsatFollowUp, PsatInvitation
from partners.policy.surveys import LOW
from partners.services.surveys.links import ClosedError, open_link
from prm import audit, mail
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error, constraint_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from prm.actors import Actor

LONGEST_COMMENT = 2000
LONGEST_NOTE = 500


def answer(*, token: str, score: int | None, comment: str, may_contact: bool, now: datetime) -> PsatInvitation:
    """Record the answer of a link's person, over an earlier one if there is.

    A low score opens a follow-up for the partner's channel manager only where the person ticked that they may be
    contacted, and takes an open one back where they changed their mind. Nothing of an answer is written to the audit
    trail or the partner's log: nobody learns from there who answered. Raises ``LinkError``, ``ClosedError`` and, for a
    score that is none, ``DomainError``.
    """
    if score is None or not 1 <= score <= 5:  # noqa: PLR2004 - the scale
        raise DomainError("score_missing", gettext_lazy("Choose a score from 1 to 5."), field="score")
    try:
        with transaction.atomic():
            opened = open_link(token, now=now)
            row = PsatInvitation.objects.select_for_update(no_key=True, of=("self",)).get(pk=opened.pk)
            row.score, row.answered_at = score, now
            row.comment, row.may_contact = comment.strip()[:LONGEST_COMMENT], may_contact
            row.save(update_fields=["score", "answered_at", "comment", "may_contact"])
            opened.score, opened.comment, opened.may_contact = row.score, row.comment, row.may_contact
            _follow_up(opened, now=now)
    except IntegrityError as error:
        if constraint_of(error) == "psat_no_answer_after_close":  # it closed between the two
            raise ClosedError from error
        raise as_domain_error(error) from error
    return opened


def _follow_up(invitation: PsatInvitation, *, now: datetime) -> None:
    wanted = invitation.may_contact and (invitation.score or 0) <= LOW
    if not wanted:
        PsatFollowUp.objects.filter(invitation=invitation, done_at__isnull=True).delete()
        return
    _row, made = PsatFollowUp.objects.get_or_create(invitation=invitation, defaults={"opened_at": now})
    manager = invitation.partner.manager_email
    if made and manager:
        names = {"person": str(invitation.user), "partner": invitation.partner.name}
        mail.send_later(
            to=[manager],
            subject=_("%(person)s of %(partner)s would like to talk") % names,
            text=_(
                "%(person)s (%(partner)s) was dissatisfied in the survey and may be contacted. The comment, and a place"
                " for what came of it, stand in the console under Partners, Satisfaction."
            )
            % names,
            now=now,
            key=f"psat-follow-up:{invitation.pk}",
        )


def finish_follow_up(*, public_id: UUID, note: str, actor: Actor, now: datetime) -> PsatFollowUp:
    """Write what came of a follow-up. Raises ``StaleError`` where somebody has done it already."""
    if not actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN):
        raise NotAllowedError
    note = note.strip()
    if not note:
        raise DomainError("note_missing", gettext_lazy("Say what came of it."), field="note")
    with transaction.atomic():
        row = PsatFollowUp.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
        if row is None or row.done_at is not None:
            raise StaleError(gettext_lazy("This follow-up is done already, or was taken back."))
        row.done_at, row.done_by_id, row.note = now, actor.user_id, note[:LONGEST_NOTE]
        row.save(update_fields=["done_at", "done_by", "note"])
        audit.record(action="survey.followed_up", actor=actor, now=now, target=row)
    return row
