"""Bounds on what anybody may do without signing in, counted in the cache by the hour."""

from __future__ import annotations

from django.core.cache import cache

HOUR = 3600


def too_many(key: str, most: int) -> bool:
    """Count one more in this hour, and say whether it is beyond ``most``."""
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key) > most
    except ValueError:  # it ended between the two
        return False
