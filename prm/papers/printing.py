"""Calls typst. Nothing here needs Django, so that a process of its own can print."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typst
from django.conf import settings

from prm.papers.fonts import font_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """What is to be printed: ``data`` for ``template`` (below ``templates/``), dated ``at`` in the file itself."""

    template: str
    data: Mapping[str, Any]
    at: datetime


class Press:
    """A compiler kept for many papers: it reads templates and fonts once. For one thread at a time."""

    def __init__(self, *, root: str, fonts: Sequence[str]) -> None:
        self._root = root
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=list(fonts))
        self._compilers: dict[str, typst.Compiler] = {}

    def print(self, paper: Paper) -> bytes:
        """Return the PDF."""
        compiler = self._compilers.get(paper.template)
        if compiler is None:
            compiler = typst.Compiler(
                f"{self._root}/{paper.template}", root=self._root, font_paths=self._fonts, ignore_system_fonts=True
            )
            self._compilers[paper.template] = compiler
        text = json.dumps(paper.data, ensure_ascii=False, separators=(",", ":"))
        pdf = compiler.compile(sys_inputs={"data": text}, format="pdf", timestamp=int(paper.at.timestamp()))
        if not isinstance(pdf, bytes):  # pragma: no cover - one file is what a PDF is
            raise TypeError(paper.template)
        return pdf


_presses = threading.local()


def print_paper(paper: Paper) -> bytes:
    """Return the PDF, by this thread's press."""
    press: Press | None = getattr(_presses, "press", None)
    if press is None:
        press = _presses.press = Press(root=str(settings.BASE_DIR / "templates"), fonts=font_paths())
    return press.print(paper)
