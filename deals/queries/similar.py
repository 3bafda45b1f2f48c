"""Customers whose names look alike: the search table finds them, ``likeness`` says how much.

The trigram index of one country's partition brings those whose own words are close, in whatever order; the skeleton
brings those in a script that writes no vowels. Common words (“Logistics”) are not searched, they only count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from deals.identity import LOOKALIKE, likeness, searched

if TYPE_CHECKING:
    from deals.identity import Reading

CLOSE = 0.4
"""Share of trigrams from which on a name is looked at: below it no word of six letters with one slip is lost."""

LOOKED_AT = 40
"""Names looked at for each reading, the closest first."""

SEARCH = """
SELECT set_config('pg_trgm.similarity_threshold', %(close)s, true);
WITH near AS (
    (SELECT account_id FROM deals_accountname
     WHERE country = %(country)s AND words %% %(words)s
     ORDER BY similarity(words, %(words)s) DESC, shared = %(shared)s DESC, account_id LIMIT %(looked_at)s)
    UNION
    (SELECT account_id FROM deals_accountname
     WHERE country = %(country)s AND skeleton = %(skeleton)s AND skeleton <> ''
     ORDER BY account_id LIMIT %(looked_at)s)
)
SELECT a.id, a.name_key FROM near n JOIN deals_account a ON a.id = n.account_id
WHERE a.id IS DISTINCT FROM %(exclude)s
"""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A customer whose name looks like the one asked about; ``score`` is from 0 to 1."""

    account_id: int
    score: float


def lookalikes_of(
    *, name_key: str, country: str, limit: int = 5, threshold: float = LOOKALIKE, exclude: int | None = None
) -> list[Lookalike]:
    """Return the customers of ``country`` whose names look like ``name_key``, the most alike first.

    Merged customers are not found, nor is anybody without a country; ``exclude`` is a customer to leave out.
    """
    if not name_key or not country:
        return []
    found: dict[int, float] = {}
    for reading in searched(name_key):
        for account_id, key in _near(reading, country=country.upper(), exclude=exclude):
            found[account_id] = likeness(name_key, key)
    alike = [Lookalike(account_id, round(score, 3)) for account_id, score in found.items() if score >= threshold]
    return sorted(alike, key=lambda one: (-one.score, one.account_id))[:limit]


def _near(reading: Reading, *, country: str, exclude: int | None) -> list[tuple[int, str]]:
    """Return id and name key of the customers that the indexes bring; one round trip to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            SEARCH,
            {
                "close": str(CLOSE),
                "country": country,
                "words": reading.words,
                "shared": reading.shared,
                "skeleton": reading.skeleton,
                "looked_at": LOOKED_AT,
                "exclude": exclude,
            },
        )
        cursor.nextset()
        return list(cursor.fetchall())
