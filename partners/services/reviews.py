"""Business reviews: prepared for a day, shared with the partner, held; that one was held counts as activity.

(Partner rules, section 3: the log's kind ``review_held`` qualifies.)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from partners.models import BusinessReview, JointAction, Membership, MembershipRole, Partner
from partners.services.activity import record_activity
from partners.services.plans.drafting import PLANNED, checked_action, require_planner
from prm import audit, formats, mail
from prm.calendar_days import instants_between
from prm.errors import DomainError, StaleError, as_domain_error
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from partners.services.plans.drafting import PlannedAction
    from prm.actors import Actor

LONGEST, LONGEST_AGENDA, MOST_ACTIONS = 2000, 4000, 20
LONGEST_LINE = 200
"""What is recorded by the way, without a prepared page, is a line of the log and no more."""
NOON = timedelta(hours=12)


def prepare_review(*, partner_id: int, day: date, agenda: str, actor: Actor, now: datetime) -> BusinessReview:
    """Prepare the review of a day, today or later (or one that was held before and is to be recorded).

    Channel managers and administrators do. Raises ``DomainError`` where the partner has a review on that day.
    """
    require_planner(actor)
    said = _agenda(agenda)
    try:
        with transaction.atomic():
            partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
            if partner.status not in PLANNED:
                raise DomainError("not_with_us", _("A review is held with a partner of the program."))
            row = BusinessReview.objects.create(
                partner=partner, day=day, agenda=said, created_at=now, created_by=actor.label[:200]
            )
            audit.record(action="review.prepared", actor=actor, now=now, target=row)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return row


def write_agenda(*, review_id: int, agenda: str, actor: Actor, now: datetime) -> BusinessReview:
    """Write what the review is to speak about; raises ``StaleError`` for one that was held."""
    require_planner(actor)
    said = _agenda(agenda)
    with transaction.atomic():
        row = _lock(review_id)
        row.agenda = said
        row.save(update_fields=["agenda"])
        audit.record(action="review.agenda", actor=actor, now=now, target=row)
    return row


def share_review(*, review_id: int, actor: Actor, now: datetime) -> BusinessReview:
    """Let the partner's owners see the prepared page, and tell them; sharing twice tells them once."""
    require_planner(actor)
    with transaction.atomic():
        row = _lock(review_id)
        if row.shared_at is None:
            row.shared_at, row.shared_by = now, actor.label[:200]
            row.save(update_fields=["shared_at", "shared_by"])
            record_activity(
                partner_id=row.partner_id, kind="review_shared", at=now, object_name=f"{row.day}", user_id=actor.user_id
            )
            audit.record(action="review.shared", actor=actor, now=now, target=row)
            _tell_owners(row, now=now)
    return row


def cancel_review(*, review_id: int, actor: Actor, now: datetime) -> None:
    """Take a review off that was not held; raises ``StaleError`` for one that was."""
    require_planner(actor)
    with transaction.atomic():
        row = _lock(review_id)
        audit.record(action="review.cancelled", actor=actor, now=now, target=row.partner, data={"day": f"{row.day}"})
        row.delete()


def record_review(
    *,
    partner: Partner,
    summary: str,
    actor: Actor,
    now: datetime,
    review_id: int | None = None,
    actions: Sequence[PlannedAction] = (),
) -> BusinessReview:
    """Write that a business review was held, with what was agreed, which the partner's owners read.

    ``review_id`` names the prepared one; without it, it was held today. One that was prepared for a later day was held
    today. ``actions`` begin; those that are open already go on. Channel managers and administrators do. Raises
    ``DomainError`` without a summary, ``StaleError`` for one that was recorded already, and ``NotAllowedError``.
    """
    require_planner(actor)
    said = " ".join(summary.split()) if review_id is None else summary.strip()
    if not said:
        raise DomainError("summary_missing", _("Say what was agreed."), field="summary")
    if review_id is None and len(said) > LONGEST_LINE:
        raise DomainError("too_long", _("Say it in at most 200 characters."), field="summary")
    if len(said) > LONGEST:
        raise DomainError("too_long", _("Say it in at most 2,000 characters."), field="summary")
    if len(actions) > MOST_ACTIONS:
        raise DomainError("too_many", _("A review agrees on at most 20 actions."), field="actions")
    begun = [checked_action(one) for one in actions]
    today = Program.current().day_of(now)
    try:
        with transaction.atomic():
            row = _held(partner, review_id, today=today, actor=actor, now=now)
            row.day = min(row.day, today)
            row.held_at, row.held_by, row.summary = now, actor.label[:200], said
            row.save()
            JointAction.objects.bulk_create(
                JointAction(
                    partner=partner, review=row, what=one.what, side=one.side, owner=one.owner, due_on=one.due_on,
                    agreed_on=row.day,
                )
                for one in begun
            )  # fmt: skip
            at = now if row.day == today else instants_between(row.day - timedelta(days=1), row.day)[0] + NOON
            record_activity(partner_id=partner.pk, kind="review_held", at=at, object_name=said, user_id=actor.user_id)
            audit.record(action="review_held", actor=actor, now=now, target=partner, reason=said)
    except IntegrityError as error:
        raise as_domain_error(error) from error
    return row


def _held(partner: Partner, review_id: int | None, *, today: date, actor: Actor, now: datetime) -> BusinessReview:
    """Return the prepared review, or one of today: also where it was prepared for today and is recorded by the way."""
    if review_id is not None:
        row = _lock(review_id)
        if row.partner_id != partner.pk:
            raise StaleError(_("The review is another partner's."))
        return row
    prepared = BusinessReview.objects.select_for_update(no_key=True).filter(partner=partner, day=today, held_at=None)
    return prepared.first() or BusinessReview(partner=partner, day=today, created_at=now, created_by=actor.label[:200])


def _lock(review_id: int) -> BusinessReview:
    rows = BusinessReview.objects.select_for_update(no_key=True, of=("self",)).select_related("partner")
    row = rows.filter(pk=review_id).first()
    if row is None or row.held_at is not None:
        raise StaleError(_("This review was recorded or cancelled already."))
    return row


def _agenda(text: str) -> str:
    said = text.strip()
    if len(said) > LONGEST_AGENDA:
        raise DomainError("too_long", _("Say it in at most 4,000 characters."), field="agenda")
    return said


def _tell_owners(row: BusinessReview, *, now: datetime) -> None:
    owners = Membership.objects.filter(
        partner=row.partner_id, role=MembershipRole.OWNER, is_active=True, user__is_active=True
    )
    for owner in owners.select_related("user").order_by("user__email"):
        person = owner.user
        with translation.override(mail.language_of(person.language)):
            day = formats.day(row.day)
        values = {"partner": row.partner, "day": day, "path": f"/portal/reviews/{row.public_id}/"}
        mail.send_written(
            "review_shared", to=person.email, language=person.language, values=values, now=now, key=f"review:{row.pk}"
        )
