"""Drafts that save themselves as one types, and the way from a draft to one or several registrations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from deals.models import DraftChoices, Family, Registration, RegistrationStatus
from deals.services.once import just_made, one_form_at_a_time, submit_once
from deals.services.submission import Deal, save_draft, submit_families, submit_registration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prm.actors import Actor

SAME_HAND = timedelta(seconds=15)
"""A draft that the same person saved within this time is their own: a save on its way must not refuse the button."""

FIELDS = ("website", "company", "country", "family", "expected_mrr", "currency", "expected_close_on", "contact", "note")


def autosave_draft(
    *,
    deal: Deal,
    families: Sequence[str],
    wait: bool,
    actor: Actor,
    now: datetime,
    draft_id: int | None = None,
    version: int | None = None,
) -> tuple[Registration, DraftChoices]:
    """Save what was typed, if anything changed; the first time a new draft is made. Raises as ``save_draft``.

    A second tab, or a colleague, who saved meanwhile makes it a ``StaleError``: nobody overwrites anybody.
    """
    with transaction.atomic():
        draft = Registration.objects.visible_to(actor).filter(pk=draft_id or 0).first()
        is_open = draft is not None and draft.status == RegistrationStatus.DRAFT
        is_same = draft is not None and is_open and draft.version == version and _same(draft, deal)
        if draft is None or not is_same:
            draft = save_draft(deal=deal, actor=actor, now=now, draft_id=draft_id, version=version)
        choices, _made = DraftChoices.objects.update_or_create(
            draft=draft,
            defaults={"families": list(families), "wait": wait, "saved_at": now, "saved_by_id": actor.user_id},
        )
    return draft, choices


def version_for(draft: Registration, *, version: int, actor: Actor, now: datetime) -> int:
    """Return the version with which to go on: the one of the page, or today's where this person just saved it."""
    saved = DraftChoices.objects.filter(draft=draft, saved_by_id=actor.user_id, saved_at__gt=now - SAME_HAND)
    return draft.version if version < draft.version and saved.exists() else version


def submit_typed(
    *,
    deal: Deal,
    also: Sequence[Family],
    actor: Actor,
    now: datetime,
    draft_id: int | None = None,
    version: int | None = None,
    wait: bool = False,
) -> list[Registration]:
    """Submit what a form says: one registration, or one for each family, all in one act; the first is the draft's.

    A form that is sent twice is one deal. Raises as ``submit_registration``.
    """
    others = [family for family in also if family.pk != deal.family.pk]
    if not others:
        if draft_id is None:
            return [submit_once(deal=deal, actor=actor, now=now, wait=wait)]
        return [submit_registration(deal=deal, actor=actor, now=now, draft_id=draft_id, version=version, wait=wait)]
    with transaction.atomic():
        one_form_at_a_time(actor)
        if draft_id is None and (made := just_made(deal, actor=actor, now=now, wait=wait)):
            return [made]
        deals = [deal, *(_for(deal, family) for family in others)]
        return submit_families(deals=deals, actor=actor, now=now, wait=wait, draft_id=draft_id, version=version)


def _for(deal: Deal, family: Family) -> Deal:
    values = {name: getattr(deal, name) for name in Deal.__dataclass_fields__}
    return Deal(**{**values, "family": family})


def _same(draft: Registration, deal: Deal) -> bool:
    said = {name: getattr(deal, name) for name in FIELDS}
    kept = {name: getattr(draft, name) for name in FIELDS}
    for name in ("website", "company", "contact", "note"):
        said[name] = said[name].strip()
    said["country"] = said["country"].upper()
    return said == kept
