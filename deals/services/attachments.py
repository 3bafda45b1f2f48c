"""Takes papers to a registration, and away from a draft; ``prm.files`` looks at them and keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Attachment, Registration, RegistrationStatus
from deals.services.holding import lock_registration
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.files.receiving import Upload, all_or_none, check_uploads, forget, keep, require_few, scan_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from prm.actors import Actor


def attach(*, registration_id: int, uploads: Sequence[Upload], actor: Actor, now: datetime) -> list[Attachment]:
    """Keep ``uploads`` with a registration, all of them or none; the same file twice is kept once.

    The scanner of the settings looks at each before anything is written. Raises ``DomainError`` as
    ``check_uploads``, and where the registration would have more files than it may.
    """
    _require_party(actor)
    kinds = check_uploads(uploads)
    scan_all(uploads)
    with all_or_none() as written, transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=None)
        _require_holder(registration, actor)
        known = set(registration.attachments.values_list("digest", flat=True))
        made = []
        for upload, kind in zip(uploads, kinds, strict=True):
            if upload.digest in known:
                continue
            known.add(upload.digest)
            require_few(len(known))
            attachment = Attachment(registration=registration)
            written.append(attachment)
            keep(attachment, upload, kind, actor=actor, now=now)
            data = {"name": attachment.name, "size": attachment.size, "sha256": attachment.digest}
            audit.record(action="attachment.kept", actor=actor, now=now, target=registration, data=data)
            made.append(attachment)
    return made


def remove_attachment(*, attachment: Attachment, actor: Actor, now: datetime) -> None:
    """Take a paper away from a draft; what was submitted with papers keeps them."""
    _require_party(actor)
    with transaction.atomic():
        registration = lock_registration(registration_id=attachment.registration_id, actor=actor, version=None)
        _require_holder(registration, actor)
        if registration.status != RegistrationStatus.DRAFT:
            raise DomainError("wrong_state", _("What was submitted keeps its files."))
        audit.record(
            action="attachment.removed", actor=actor, now=now, target=registration, data={"name": attachment.name}
        )
        forget(attachment)


def _require_party(actor: Actor) -> None:
    if not (actor.registers_deals or actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)):
        raise NotAllowedError


def _require_holder(registration: Registration, actor: Actor) -> None:
    if actor.is_partner and registration.holder_id != actor.partner_id:
        raise NotAllowedError(_("The partner that holds this registration changes it."))
