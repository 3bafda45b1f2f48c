"""The program's clock, put forward by hand: days pass in a test without anybody waiting for them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone


class Clock:
    """Says what every door says is now; what browsers, cookies and signatures go by runs on as it does."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._real, self._ahead = timezone.now, timedelta()
        patch.setattr(timezone, "now", self.now)

    def now(self) -> datetime:
        """Return the moment that it is."""
        return self._real() + self._ahead

    def forward(self, days: int) -> None:
        """Let days pass."""
        self._ahead += timedelta(days=days)
