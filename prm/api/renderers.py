"""Answers that are files."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder


class CsvRenderer(BaseRenderer):
    """A text that is a CSV file already; a refusal stays the JSON document that it is."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:  # noqa: ARG002 - the framework's signature
        """Return the bytes."""
        text = data if isinstance(data, str) else json.dumps(data, cls=JSONEncoder)
        return text.encode()


class PdfRenderer(BaseRenderer):
    """Bytes that are a PDF already; a refusal stays the JSON document that it is."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:  # noqa: ARG002 - the framework's signature
        """Return the bytes."""
        return data if isinstance(data, bytes) else json.dumps(data, cls=JSONEncoder).encode()
