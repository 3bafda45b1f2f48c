"""The program's own accent: one colour in, the accents of both themes out, or a sentence why it cannot be read.

Links are written in the accent and buttons are filled with it, so it needs 4.5:1 against the page and against its own
ink. In the dark theme the colour is mixed with white until it has that.
"""

import re
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

NEEDED: Final = 4.5
WHITE: Final = "#ffffff"
_DARK_INK: Final = "#0b1a33"
_DARK_SURFACE: Final = "#171e28"
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")


class AccentError(ValueError):
    """The colour cannot be the accent; the message says so to the person who chose it."""


@dataclass(frozen=True, slots=True)
class Accent:
    """The accent and what is written on it, light and dark."""

    light: str
    dark: str
    dark_ink: str

    def css(self) -> str:
        """Return the sheet that lays these over the standard ones."""
        return (
            ":root {\n"
            f"  --accent: light-dark({self.light}, {self.dark});\n"
            f"  --accent-ink: light-dark({WHITE}, {self.dark_ink});\n"
            "  --accent-over: color-mix(in srgb, var(--accent) 85%, light-dark(#000, #fff));\n"
            "  --sel: color-mix(in srgb, var(--accent) 8%, var(--surface));\n"
            "}\n"
        )


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours written ``#rrggbb``, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def accent_of(color: str) -> Accent:
    """Return the accents that come from ``#rrggbb``; raise :class:`AccentError` when white on it cannot be read."""
    if not _HEX.fullmatch(color):
        raise AccentError(_("Write the colour as # and six digits, for example #1d5fd0."))
    reached = contrast(color, WHITE)
    if reached < NEEDED:
        raise AccentError(
            _("White on this colour has a contrast of %(reached).1f : 1, at least 4.5 : 1 is needed.")
            % {"reached": int(reached * 10) / 10}
        )
    dark = _lightened(color.lower())
    return Accent(light=color.lower(), dark=dark, dark_ink=_DARK_INK)


def _lightened(color: str) -> str:
    """Return the colour, mixed with as much white as it needs on the dark page and under dark ink."""
    for share in range(0, 101, 5):
        mixed = _mixed(color, share)
        if min(contrast(mixed, _DARK_SURFACE), contrast(mixed, _DARK_INK)) >= NEEDED:
            return mixed
    return WHITE


def _mixed(color: str, share: int) -> str:
    return "#" + "".join(f"{part + (255 - part) * share // 100:02x}" for part in _parts(color))


def _parts(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(color: str) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(color)]  # noqa: PLR2004 - WCAG's constants
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
