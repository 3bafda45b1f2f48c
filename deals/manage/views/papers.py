"""The files of a registration, for our own people."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404

from deals.queries.papers import attachment_of
from prm.doors import actor_of, console_page
from prm.downloads import file_download

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@console_page
def file(request: HttpRequest, public_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Give a file back."""
    found = attachment_of(actor_of(request), public_id, file_id)
    if found is None or found.registration.status == "draft":
        raise Http404
    return file_download(found)
