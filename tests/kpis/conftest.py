"""The worlds of which the figures are counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from tests.kpis.whole import Whole, make_whole
from tests.kpis.world import World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world(db: None) -> World:
    """Return the thirteen partners."""
    return make_world()


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker: Any) -> Iterator[Whole]:
    """Return all facts at once, made once for a module that asks and writes nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_whole()
        transaction.set_rollback(True)
