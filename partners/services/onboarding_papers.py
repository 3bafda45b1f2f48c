"""Files for a step of an onboarding: sent in by the partner, accepted or sent back by a channel manager.

A step that asks for files is done once they are accepted, not once they are there: with the last required step the
partner becomes active, and a wrong file must not do that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import (
    Onboarding,
    OnboardingPaper,
    OnboardingStep,
    PaperState,
    PartnerStatus,
)
from partners.services.activity import record_activity
from partners.services.onboarding import finish, may_move, refresh_onboarding, require_running, tell_owners
from prm import audit, mail
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.files.receiving import Upload, all_or_none, check_uploads, forget, keep, require_few, scan_all
from prm.models import Program, User

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from prm.actors import Actor

DECIDERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
TAKES_FILES = (PartnerStatus.ONBOARDING, PartnerStatus.ACTIVE)
"""A suspended partner submits nothing, and a terminated one sees nothing of it."""


def add_papers(
    *, step_id: int, uploads: Sequence[Upload], actor: Actor, now: datetime, replaces: UUID | None = None
) -> list[OnboardingPaper]:
    """Keep files for an open step, all of them or none; the same file twice is kept once. Our people are told once.

    ``replaces`` names a file that goes when these come. Raises ``DomainError`` for files that are not taken, where the
    step asks for none, is done, or would have too many, and ``NotAllowedError``.
    """
    step = _step(step_id)
    if not may_move(actor, step):
        raise NotAllowedError
    if not uploads:
        raise DomainError("no_files", _("Choose a file."), field="papers")
    kinds = check_uploads(uploads)
    scan_all(uploads)
    made: list[OnboardingPaper] = []
    with all_or_none() as written, transaction.atomic():
        step = _lock(step)
        _require_open(step)
        told = step.papers.filter(state=PaperState.WAITING).exists()
        if replaces is not None:
            _remove(_standing_of(step, replaces), actor=actor, now=now)
        returned = {paper.digest: paper for paper in step.papers.filter(state=PaperState.RETURNED)}
        known = set(step.papers.values_list("digest", flat=True)) - set(returned)
        for upload, kind in zip(uploads, kinds, strict=True):
            if upload.digest in known:
                continue
            if upload.digest in returned:  # it was sent back and comes again: it is looked at again
                _remove(returned.pop(upload.digest), actor=actor, now=now)
            known.add(upload.digest)
            require_few(len(known) + len(returned))
            paper = OnboardingPaper(step=step)
            written.append(paper)
            keep(paper, upload, kind, actor=actor, now=now)
            _note("onboarding.paper_kept", paper, actor=actor, now=now)
            made.append(paper)
        if made:
            _tell(step, "onboarding_papers_sent", actor=actor, now=now)
            if actor.is_partner and not told:
                _tell_ours(step, now=now)
    return made


def remove_paper(*, paper_id: int, actor: Actor, now: datetime) -> None:
    """Take a file away again, unless it was accepted."""
    step = _step(OnboardingPaper.objects.values_list("step_id", flat=True).get(pk=paper_id))
    if not may_move(actor, step):
        raise NotAllowedError
    with transaction.atomic():
        step = _lock(step)
        _require_open(step)
        paper = step.papers.filter(pk=paper_id).first()
        if paper is None:
            raise StaleError(_("This file was removed by somebody else."))
        _remove(paper, actor=actor, now=now)


def accept_papers(*, step_id: int, seen: Collection[UUID], actor: Actor, now: datetime) -> OnboardingStep:
    """Accept the files of a step, which is done with it; ``seen`` are those that the person has looked at.

    Raises ``StaleError`` where others came or went meanwhile, and ``NotAllowedError`` for all but channel managers and
    administrators.
    """
    with transaction.atomic():
        step, papers = _decide(step_id, seen, actor=actor)
        if step.done_on is not None:
            return step
        for paper in papers:
            _settle(paper, PaperState.ACCEPTED, reason="", actor=actor, now=now)
        finish(step, by=actor.label or actor.kind.value, on=Program.current().day_of(now))
        _tell(step, "onboarding_papers_accepted", actor=actor, now=now)
    refresh_onboarding(partner_id=step.onboarding.partner_id, now=now)
    return step


def return_papers(*, step_id: int, seen: Collection[UUID], reason: str, actor: Actor, now: datetime) -> OnboardingStep:
    """Send the files of a step back, with the reason that its owners read; a step that was done is open again.

    What was accepted can be sent back until the partner is active. Raises as ``accept_papers``.
    """
    with transaction.atomic():
        step, papers = _decide(step_id, seen, actor=actor)
        said = reason.strip()
        if not said:
            raise DomainError("reason_missing", _("Say why. The partner's people read it."), field="reason")
        for paper in papers:
            _settle(paper, PaperState.RETURNED, reason=said, actor=actor, now=now)
        step.done_on, step.done_by = None, ""
        step.save(update_fields=["done_on", "done_by"])
        _tell(step, "onboarding_papers_returned", actor=actor, now=now)
        values = {"step": step, "reason": said}
        tell_owners(step.onboarding.partner, "onboarding_papers_returned", now=now, values=values)
    return step


def _decide(step_id: int, seen: Collection[UUID], *, actor: Actor) -> tuple[OnboardingStep, list[OnboardingPaper]]:
    """Return the locked step and its files, which are those that were looked at."""
    if not actor.has_role(*DECIDERS):
        raise NotAllowedError
    step = _lock(_step(step_id))
    require_running(step.onboarding)
    if step.onboarding.ended_on is not None and step.done_on is not None:
        raise DomainError("wrong_state", _("The partner is active: what was accepted stays."))
    papers = [paper for paper in step.papers.all() if paper.is_standing]
    if not papers or {paper.public_id for paper in papers} != set(seen):
        raise StaleError(_("The files of this step have changed meanwhile. Look at them again."))
    return step, papers


def _step(step_id: int) -> OnboardingStep:
    return OnboardingStep.objects.select_related("onboarding__partner").get(pk=step_id)


def _lock(step: OnboardingStep) -> OnboardingStep:
    """Lock the onboarding, as ``refresh_onboarding`` does, and return the step as it is then."""
    Onboarding.objects.select_for_update(no_key=True).get(pk=step.onboarding_id)
    return _step(step.pk)


def _require_open(step: OnboardingStep) -> None:
    require_running(step.onboarding)
    if step.onboarding.partner.status not in TAKES_FILES:
        raise DomainError("wrong_state", _("The partner is suspended or ended and sends nothing."))
    if not step.asks_files:
        raise DomainError("no_files_here", _("This step asks for no files."))
    if step.done_on is not None:
        raise DomainError("wrong_state", _("This step is done, and its files stay as they are."))


def _standing_of(step: OnboardingStep, public_id: UUID) -> OnboardingPaper:
    found = step.papers.filter(public_id=public_id).first()
    if found is None:
        raise StaleError(_("This file was removed by somebody else."))
    return found


def _remove(paper: OnboardingPaper, *, actor: Actor, now: datetime) -> None:
    _note("onboarding.paper_removed", paper, actor=actor, now=now)
    forget(paper)


def _settle(paper: OnboardingPaper, state: PaperState, *, reason: str, actor: Actor, now: datetime) -> None:
    paper.state, paper.reason = state, reason
    paper.decided_at, paper.decided_by_id, paper.decided_label = now, actor.user_id, actor.label or actor.kind.value
    paper.save(update_fields=["state", "reason", "decided_at", "decided_by", "decided_label"])
    _note(f"onboarding.paper_{state}", paper, actor=actor, now=now, reason=reason)


def _note(action: str, paper: OnboardingPaper, *, actor: Actor, now: datetime, reason: str = "") -> None:
    data = {"step": paper.step.title, "name": paper.name, "size": paper.size, "sha256": paper.digest}
    partner = paper.step.onboarding.partner
    audit.record(action=action, actor=actor, now=now, target=partner, reason=reason, data=data)


def _tell(step: OnboardingStep, kind: str, *, actor: Actor, now: datetime) -> None:
    partner_id = step.onboarding.partner_id
    record_activity(partner_id=partner_id, kind=kind, at=now, object_name=step.title, user_id=actor.user_id)


def _tell_ours(step: OnboardingStep, *, now: datetime) -> None:
    """Write to whoever the step is assigned to, else to the partner's channel manager."""
    partner = step.onboarding.partner
    address = step.assignee_email or partner.manager_email
    if not address:
        return
    person = User.objects.filter(email__iexact=address).first()
    mail.send_written(
        "onboarding_papers_sent",
        to=address,
        language=person.language if person is not None else "",
        values={"step": step, "partner": partner, "person": person},
        now=now,
        key=f"onboarding:{partner.pk}",
    )
