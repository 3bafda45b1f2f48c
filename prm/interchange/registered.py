"""The kernel's own files; the first to be loaded, since moments are meant in the program's time zone."""

from prm.interchange.files import register_files
from prm.interchange.program import FX_RATES, HOLIDAYS, PRICE_INDEX, SETTINGS_FILE


def register() -> None:
    """Add the kernel's files to the folder."""
    register_files(SETTINGS_FILE, HOLIDAYS, FX_RATES, PRICE_INDEX)
