"""The fingerprint of a run's entries: what was reviewed is what is approved."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

DIGEST = """
-- A fingerprint of every key and amount, whatever their order: two independent sums of 64-bit hashes, the number of
-- entries and the sum of all amounts, hashed together.
SELECT coalesce(sum(entries), 0)::bigint, count(*),
       encode(sha256(convert_to(
           concat_ws('|', coalesce(sum(entries), 0), sum(amount), sum(one), sum(two)), 'UTF8')), 'hex')
FROM (
    SELECT partner_id, count(*) AS entries, sum(amount) AS amount, sum(one) AS one, sum(two) AS two
    FROM (
        SELECT partner_id, amount,
               hash_record_extended(ROW(partner_id, subscription_id, kind, currency, earned_period, amount), 0) AS one,
               hash_record_extended(ROW(partner_id, subscription_id, kind, currency, earned_period, amount), 1) AS two
        FROM commissions_entry WHERE run_id = %(run)s
    ) hashed
    GROUP BY partner_id
) of_partner
"""


@dataclass(frozen=True, slots=True)
class Digest:
    """How many entries a run has, of how many partners, and their fingerprint."""

    entries: int
    partners: int
    digest: str


def digest_of(run_id: int) -> Digest:
    """Return the fingerprint of a run's entries as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, {"run": run_id})
        return Digest(*cursor.fetchone())
