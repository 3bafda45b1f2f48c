"""Customers whose names look alike: the search table finds them, ``likeness`` says how much.

The trigram index of one country's partition brings those whose own words are close, in whatever order; the skeleton
brings those in a script that writes no vowels. Common words (“Logistics”) are not searched, they only count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deals.identity import LOOKALIKE, likeness, searched
from deals.queries.together import Read, ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deals.identity import Reading
    from deals.queries.together import Rows

CLOSE = 0.4
"""Share of trigrams from which on a name is looked at: below it no word of six letters with one slip is lost."""

LOOKED_AT = 40
"""Names looked at for each reading, the closest first."""

THRESHOLD = "SELECT set_config('pg_trgm.similarity_threshold', %(close)s, true)"
"""Holds to the end of the transaction; what goes to the database together is in one."""

SEARCH = """
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
    near = near_names(name_key=name_key, country=country, exclude=exclude)
    ask(*near)
    found = {account_id: key for read in near for account_id, key in read.found.items()}
    return most_alike(name_key, found, limit=limit, threshold=threshold)


def near_names(*, name_key: str, country: str, exclude: int | None) -> list[Read[dict[int, str]]]:
    """Read the name keys of the customers that the indexes bring, by their ids; to be asked together, in this order.

    Nothing is read where the name or the country is unknown.
    """
    if not name_key or not country:
        return []
    readings = searched(name_key)
    threshold: Read[dict[int, str]] = Read(THRESHOLD, {"close": str(CLOSE)}, _nobody)
    return [threshold, *(_near(reading, country=country.upper(), exclude=exclude) for reading in readings)]


def most_alike(name_key: str, found: Mapping[int, str], *, limit: int, threshold: float) -> list[Lookalike]:
    """Return those of ``found`` (name keys by customer) that look like ``name_key``, the most alike first."""
    if not name_key:
        return []
    scored = ((account_id, likeness(name_key, key)) for account_id, key in found.items())
    alike = [Lookalike(account_id, round(score, 3)) for account_id, score in scored if score >= threshold]
    return sorted(alike, key=lambda one: (-one.score, one.account_id))[:limit]


def _near(reading: Reading, *, country: str, exclude: int | None) -> Read[dict[int, str]]:
    values = {
        "country": country,
        "words": reading.words,
        "shared": reading.shared,
        "skeleton": reading.skeleton,
        "looked_at": LOOKED_AT,
        "exclude": exclude,
    }
    return Read(SEARCH, values, _keys, keeps_plan=False)


def _keys(rows: Rows) -> dict[int, str]:
    return {account_id: key for account_id, key in rows}  # noqa: C416 - says what the two are


def _nobody(_rows: Rows) -> dict[int, str]:
    return {}
