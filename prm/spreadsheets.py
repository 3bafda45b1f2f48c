"""What every CSV download of a page does to the words in it; ``export_commissions`` keeps exact values."""

from typing import Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The wide forms too: spreadsheets of East Asia take them for the others."""


def safe_text(text: str) -> str:
    """Return the text so that no spreadsheet runs it as a formula: names are typed by strangers."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
