"""Bounds what is read into memory: every address says how large a body it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import RequestDataTooBig

if TYPE_CHECKING:
    from django.http import HttpRequest

USUAL: Final = 2_621_440
"""Bytes, as Django has it for forms."""

WITH_LETTER: Final = 7_100_000
WITH_PAPER: Final = 14_100_000
"""The file of one body, 5 and 10 MB, is a third longer as base64."""


def read_bounded(request: HttpRequest, *, most: int) -> None:
    """Read the body, which then serves for everything that asks for it; raise ``RequestDataTooBig`` unread.

    A body without a length is none to the server's own stream.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        message = "The body is larger than this address takes."
        raise RequestDataTooBig(message)
    if not hasattr(request, "_body"):
        request._body = request.read()  # noqa: SLF001 - `body` has one bound for all addresses, and reads no more then
