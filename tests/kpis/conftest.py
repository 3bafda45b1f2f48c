"""The world of which the figures are counted by hand."""

from __future__ import annotations

import pytest

from tests.kpis.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """Return the thirteen partners."""
    return make_world()
