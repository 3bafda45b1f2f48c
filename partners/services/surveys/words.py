"""The words of the scale, in mails and on the page."""

from __future__ import annotations

from django.utils.translation import gettext as _


def scale() -> list[tuple[int, str]]:
    """Return the scores with their words, the best first."""
    return [
        (5, _("very satisfied")),
        (4, _("satisfied")),
        (3, _("neither")),
        (2, _("dissatisfied")),
        (1, _("very dissatisfied")),
    ]
