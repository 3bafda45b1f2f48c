"""What a file is, by its first bytes: a name and a browser's word for it prove nothing."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""

MOST = 10
"""Files of one registration, or of one step of an onboarding."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: its media type, and the ending under which it is given back."""

    media_type: str
    ending: str


PDF = Kind("application/pdf", "pdf")
PNG = Kind("image/png", "png")
JPEG = Kind("image/jpeg", "jpg")
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
PPTX = Kind("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx")

_SIGNATURES = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))
_OFFICE = ((b"word/document.xml", DOCX), (b"xl/workbook.xml", XLSX), (b"ppt/presentation.xml", PPTX))
_MACROS = b"vbaProject.bin"


def kind_of(content: bytes) -> Kind | None:
    """Return what ``content`` is, or nothing for what is not taken: other kinds, and office files with macros."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith(b"PK\x03\x04") and b"[Content_Types].xml" in content and _MACROS not in content:
        return next((kind for part, kind in _OFFICE if part in content), None)
    return None
