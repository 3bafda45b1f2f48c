"""What counts as activity of a partner."""

from __future__ import annotations

from prm.activities import qualifying_codes


def qualifying_kinds() -> list[str]:
    """Return the kinds of activity that make a partner an active one (partner rules, section 3)."""
    return qualifying_codes()
