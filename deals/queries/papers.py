"""Reads of attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.models import Attachment

if TYPE_CHECKING:
    from uuid import UUID

    from prm.actors import Actor


def attachment_of(actor: Actor, registration_id: UUID, file_id: UUID) -> Attachment | None:
    """Return one attachment of one registration that ``actor`` may see."""
    found = Attachment.objects.visible_to(actor).filter(public_id=file_id, registration__public_id=registration_id)
    return found.select_related("registration").first()
