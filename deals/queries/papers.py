"""Attachments as downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse

from deals.models import Attachment

if TYPE_CHECKING:
    from uuid import UUID

    from prm.actors import Actor


def attachment_of(actor: Actor, registration_id: UUID, file_id: UUID) -> Attachment | None:
    """Return one attachment of one registration that ``actor`` may see."""
    found = Attachment.objects.visible_to(actor).filter(public_id=file_id, registration__public_id=registration_id)
    return found.select_related("registration").first()


def as_download(attachment: Attachment) -> FileResponse:
    """Return the file to keep: no browser shows it as a page of ours, whatever it holds."""
    response = FileResponse(
        attachment.file.open("rb"), as_attachment=True, filename=attachment.name, content_type=attachment.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
