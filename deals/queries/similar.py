"""Customers whose names look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A customer of similar name; ``score`` from 0 to 1."""

    account_id: int
    score: float


ALIKE = """
SELECT a.id, similarity(a.name_key, %(key)s) AS score FROM deals_account a
WHERE a.name_key %% %(key)s AND a.country = %(country)s AND a.id <> %(exclude)s
    AND similarity(a.name_key, %(key)s) >= %(threshold)s
ORDER BY score DESC, a.id LIMIT %(limit)s
"""


def lookalikes_of(*, name_key: str, country: str, limit: int, threshold: float, exclude: int | None) -> list[Lookalike]:
    """Return the customers of ``country`` whose name is at least ``threshold`` like ``name_key``, the closest first."""
    values: dict[str, Any] = {
        "key": name_key,
        "country": country,
        "limit": limit,
        "threshold": threshold,
        "exclude": exclude or 0,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(threshold)])
        cursor.execute(ALIKE, values)
        return [Lookalike(*row) for row in cursor.fetchall()]
