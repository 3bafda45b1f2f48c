"""The fonts of papers: files that installed packages carry, so that no system package is needed.

Inter prints Latin, Greek and Cyrillic in every weight, Noto Sans Arabic Persian and Arabic, Noto Sans SC Chinese. A
script that none of them has prints as empty boxes, never as an error; ``PAPER_FONTS`` adds folders with more fonts.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from django.conf import settings

PACKAGES: Final = ("fontpkg_inter", "fontpkg_noto_sans_arabic", "pylopdf_fonts_zh_cn")


def font_paths() -> list[str]:
    """Return the folders that hold fonts; a package that is not installed is left out."""
    found = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        found += [str(Path(place)) for place in (spec.submodule_search_locations or ())] if spec else []
    return [*found, *(str(folder) for folder in settings.PAPER_FONTS)]
