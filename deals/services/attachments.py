"""Takes papers to a registration: looked at by content, scanned, kept outside every folder that is served."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Attachment, Registration, RegistrationStatus
from deals.policy.papers import LARGEST, MOST, Kind, kind_of
from deals.services.holding import lock_registration
from deals.services.scanning import scan
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


def check_uploads(uploads: Sequence[Upload]) -> list[Kind]:
    """Return what each file is. Raises ``DomainError`` for one that is not taken, with its name in the sentence."""
    _require_few(len(uploads))
    return [_checked(upload) for upload in uploads]


def attach(*, registration_id: int, uploads: Sequence[Upload], actor: Actor, now: datetime) -> list[Attachment]:
    """Keep ``uploads`` with a registration, all of them or none; the same file twice is kept once.

    The scanner of the settings looks at each before anything is written. Raises ``DomainError`` as
    ``check_uploads``, and where the registration would have more files than it may.
    """
    _require_party(actor)
    kinds = check_uploads(uploads)
    for upload in uploads:
        scan(name=upload.name, content=upload.content, field="papers")
    written: list[Attachment] = []
    try:
        with transaction.atomic():
            registration = lock_registration(registration_id=registration_id, actor=actor, version=None)
            _require_holder(registration, actor)
            known = set(registration.attachments.values_list("digest", flat=True))
            for upload, kind in zip(uploads, kinds, strict=True):
                digest = hashlib.sha256(upload.content).hexdigest()
                if digest in known:
                    continue
                known.add(digest)
                _require_few(len(known))
                written.append(_keep(registration, upload, kind, digest=digest, actor=actor, now=now))
    except BaseException:
        for attachment in written:
            attachment.file.delete(save=False)
        raise
    return written


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
        file, storage = attachment.file.name, attachment.file.storage
        attachment.delete()
        transaction.on_commit(lambda: storage.delete(str(file)))


def _keep(
    registration: Registration, upload: Upload, kind: Kind, *, digest: str, actor: Actor, now: datetime
) -> Attachment:
    attachment = Attachment(
        registration=registration,
        name=_name(upload.name, kind),
        media_type=kind.media_type,
        size=len(upload.content),
        digest=digest,
        uploaded_at=now,
        uploaded_by_id=actor.user_id,
        uploaded_label=actor.label or actor.kind.value,
    )
    key = uuid4().hex
    attachment.file.save(f"{key[:2]}/{key}", ContentFile(upload.content), save=False)
    attachment.save()
    data = {"name": attachment.name, "size": attachment.size, "sha256": digest}
    audit.record(action="attachment.kept", actor=actor, now=now, target=registration, data=data)
    return attachment


def _checked(upload: Upload) -> Kind:
    words = {"name": upload.name[:80]}
    if not upload.content:
        raise DomainError("file_empty", _("“%(name)s” is empty.") % words, field="papers")
    if len(upload.content) > LARGEST:
        raise DomainError("file_too_large", _("“%(name)s” is larger than 10 MB.") % words, field="papers")
    kind = kind_of(upload.content)
    if kind is None:
        sentence = _("“%(name)s” is not a PDF, PNG or JPEG file, nor a Word, Excel or PowerPoint file without macros.")
        raise DomainError("file_kind", sentence % words, field="papers")
    return kind


def _name(given: str, kind: Kind) -> str:
    """Return the last part of the name, printable, with the ending of what the file really is."""
    stem = PurePath(given.replace("\\", "/")).name.rsplit(".", 1)[0]
    clean = "".join(letter for letter in stem if letter.isprintable() and letter not in '"\\/:*?<>|').strip(" .")
    return f"{(clean or 'file')[:180]}.{kind.ending}"


def _require_few(count: int) -> None:
    if count > MOST:
        raise DomainError("too_many_files", _("Attach at most %(most)s files.") % {"most": MOST}, field="papers")


def _require_party(actor: Actor) -> None:
    if not (actor.registers_deals or actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)):
        raise NotAllowedError


def _require_holder(registration: Registration, actor: Actor) -> None:
    if actor.is_partner and registration.holder_id != actor.partner_id:
        raise NotAllowedError(_("The partner that holds this registration changes it."))
