"""``{% load ui %}``: every component of the design system. The tags stand in ``prm/ui/tags/``, by topic."""

from prm.ui.tags import boxes, chrome, fields, figures, lists, values
from prm.ui.tags.library import register

__all__ = ["boxes", "chrome", "fields", "figures", "lists", "register", "values"]
