"""Keeps the desk of channel managers: reasons that are offered, and who decides while somebody is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Delegation, ReasonTemplate
from deals.queries.rules import day_of
from deals.services.decisions import DECIDERS
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error
from prm.models import Program, User

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from prm.actors import Actor

LONGEST_TEXT = 500
"""Characters of a reason."""


def save_reason(
    *,
    act: str,
    text: str,
    position: int,
    actor: Actor,
    now: datetime,
    template_id: UUID | None = None,
    version: int = 0,
) -> ReasonTemplate:
    """Add a reason that is offered for the decision ``act``, or change one; what was sent to partners stays.

    Raises ``DomainError`` when it says nothing, is offered already or ``act`` is no decision, and ``StaleError``.
    """
    _require_decider(actor)
    words = " ".join(text.split())
    if not words or len(words) > LONGEST_TEXT:
        raise DomainError("reason_needed", _("Write a reason of 1 to 500 characters."), field="text")
    if act not in ReasonTemplate.Act.values:
        raise DomainError("unknown_act", _("Choose one of the decisions."), field="act")
    with transaction.atomic():
        template = _template(template_id, version) if template_id else ReasonTemplate(version=0)
        before = template.text
        template.act, template.text, template.position = act, words, position
        template.version += 1
        try:
            with transaction.atomic():
                template.save()
        except IntegrityError as error:
            raise as_domain_error(error) from error
        data = {"act": act, "text": words, "before": before}
        audit.record(action="reason_template.saved", actor=actor, now=now, target=template, data=data)
    return template


def remove_reason(*, template_id: UUID, version: int, actor: Actor, now: datetime) -> None:
    """Offer a reason no more; the audit trail keeps its words. Raises ``StaleError`` when it changed or is gone."""
    _require_decider(actor)
    with transaction.atomic():
        template = _template(template_id, version)
        data = {"act": template.act, "text": template.text}
        audit.record(action="reason_template.removed", actor=actor, now=now, target=template, data=data)
        template.delete()


def delegate_decisions(
    *, away: User, deputy: User, first: date, last: date, actor: Actor, now: datetime, note: str = ""
) -> Delegation:
    """Let ``deputy`` decide for ``away`` from the day ``first`` to ``last``, both included; never in the past.

    Everybody delegates for themselves, an administrator for anybody. Raises ``DomainError`` when one of them
    decides nothing, or somebody stands in on some of these days already.
    """
    _require_own(away, actor)
    today = day_of(now, Program.current())
    if first < today or last < first:
        raise DomainError("bad_days", _("Choose a first day from today on, and a last day after it."), field="last")
    for person, name in ((away, "away"), (deputy, "deputy")):
        if not person.is_active or not set(person.roles) & set(DECIDERS):
            raise DomainError("decides_nothing", _("%(person)s decides nothing.") % {"person": person}, field=name)
    with transaction.atomic():
        made = Delegation(away=away, deputy=deputy, valid_from=first, valid_until=_after(last), note=note.strip())
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise as_domain_error(error) from error
        data = {"away": away.pk, "deputy": deputy.pk, "from": str(first), "until": str(last)}
        audit.record(action="delegation.made", actor=actor, now=now, target=made, reason=made.note, data=data)
    return made


def end_delegation(*, delegation_id: UUID, actor: Actor, now: datetime) -> Delegation:
    """End a delegation today: from now on nobody stands in. One that has not begun is voided. Safe to run twice."""
    with transaction.atomic():
        found = Delegation.objects.select_for_update(of=("self",)).select_related("away", "deputy")
        made = found.filter(public_id=delegation_id).first()
        if made is None:
            raise NotAllowedError
        _require_own(made.away, actor)
        today = day_of(now, Program.current())
        assert made.valid_from is not None and made.valid_until is not None  # noqa: S101, PT018 - the database's promise
        if made.valid_until <= today:
            return made
        made.valid_until = max(made.valid_from, today)
        made.save(update_fields=["valid_until"])
        audit.record(action="delegation.ended", actor=actor, now=now, target=made)
    return made


def _template(template_id: UUID, version: int) -> ReasonTemplate:
    found = ReasonTemplate.objects.select_for_update().filter(public_id=template_id, version=version).first()
    if found is None:
        raise StaleError(_("Somebody else changed this reason. Look at it again."))
    return found


def _after(last: date) -> date:
    return last.fromordinal(last.toordinal() + 1)


def _require_decider(actor: Actor) -> None:
    if not actor.has_role(*DECIDERS):
        raise NotAllowedError(_("Channel managers keep the reasons."))


def _require_own(away: User, actor: Actor) -> None:
    own = actor.user_id == away.pk and actor.has_role(*DECIDERS)
    if not own and not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("You delegate your own decisions; an administrator those of others."))
