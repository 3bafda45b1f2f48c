"""What every CSV download does to the words in it."""

from typing import Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: str) -> str:
    """Return the text so that no spreadsheet runs it as a formula: names are typed by strangers."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
