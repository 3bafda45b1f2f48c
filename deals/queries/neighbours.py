"""Customers that bear on a decision about another one: its group of companies, and those that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from deals.queries.together import Read

if TYPE_CHECKING:
    from deals.queries.together import Rows

LARGEST_GROUP = 1000
"""Related customers that are looked at, the nearest first; a group beyond that is a matter of its named accounts."""

MOST_ALIKE = 5

OWN_LOOKED_AT = 20
"""Own customers whose names are compared in full."""

CIRCLE = """
-- The parent, the children, and the other children of the same parent.
SELECT id, name, relation FROM (
    SELECT p.id, p.name, 'parent' AS relation, 0 AS turn
    FROM deals_account a JOIN deals_account p ON p.id = a.parent_id
    WHERE a.id = %(account)s AND p.merged_into_id IS NULL
    UNION ALL
    SELECT c.id, c.name, 'child', 1 FROM deals_account c
    WHERE c.parent_id = %(account)s AND c.merged_into_id IS NULL
    UNION ALL
    SELECT s.id, s.name, 'sibling', 2
    FROM deals_account a JOIN deals_account s ON s.parent_id = a.parent_id AND s.id <> a.id
    WHERE a.id = %(account)s AND s.merged_into_id IS NULL
) circle ORDER BY turn, id LIMIT %(most)s
"""

NAMES = "SELECT id, name FROM deals_account WHERE id = ANY(%(accounts)s)"

OWN_CUSTOMERS = """
-- The customers of a country that a partner was approved for once or is credited on, and no others, the names first
-- that share most with the one asked about.
SELECT a.id, a.name_key FROM deals_account a
WHERE a.country = %(country)s AND a.id <> %(exclude)s AND a.merged_into_id IS NULL AND a.id IN (
    SELECT r.account_id FROM deals_registration r
    WHERE r.protected IS NOT NULL AND (r.holder_id = %(partner)s OR r.distributor_id = %(partner)s)
    UNION
    SELECT s.account_id FROM deals_credit c JOIN deals_subscription s ON s.id = c.subscription_id
    WHERE c.partner_id = %(partner)s AND c.share > 0 AND NOT isempty(c.valid)
) ORDER BY similarity(a.name_key, %(key)s) DESC, a.id LIMIT %(most)s
"""


class Related(NamedTuple):
    """A customer and how it stands to the one that is asked about."""

    id: int
    name: str
    relation: str


def circle_of(account_id: int) -> Read[list[Related]]:
    """Read the customer's parent, children and siblings, the nearest first."""
    return Read(CIRCLE, {"account": account_id, "most": LARGEST_GROUP}, _circle)


def names_of(accounts: list[int]) -> Read[dict[int, str]]:
    """Read our names of ``accounts``, for the evidence."""
    return Read(NAMES, {"accounts": accounts}, _names)


def own_customers(*, partner_id: int, key: str, country: str, exclude: int) -> Read[dict[int, str]]:
    """Read the partner's own customers whose names may be like ``key``: before submission it sees no others."""
    values: dict[str, Any] = {
        "partner": partner_id, "key": key, "country": country, "exclude": exclude, "most": OWN_LOOKED_AT
    }  # fmt: skip
    return Read(OWN_CUSTOMERS, values, _names)


def _circle(rows: Rows) -> list[Related]:
    return [Related(*row) for row in rows]


def _names(rows: Rows) -> dict[int, str]:
    return {account_id: name for account_id, name in rows}  # noqa: C416 - says what the two are
