"""Steps 8 to 10: what was posted, and the entries that make up the difference."""

SETTLED = """
    SELECT a.partner_id, a.subscription_id, array_position(%(kinds)s::text[], a.kind::text) - 1 AS kind,
           a.currency, a.earned_period AS period, a.amount
    FROM commissions_adjustment a JOIN subject s ON s.subscription_id = a.subscription_id
    WHERE a.settles AND (a.run_id = ANY(%(approved)s) OR a.run_id = %(run)s) AND a.earned_period {compared} s.from_month
"""
"""Adjustments that settle a key count as posted, those of the run that is being calculated too."""

POSTED = """
-- What all approved runs have posted for each key that is computed again; keys of other months stand as posted.
CREATE TEMP TABLE posted ON COMMIT DROP AS
SELECT partner_id, subscription_id, kind, currency, period, sum(amount) AS amount
FROM (
    {entries}UNION ALL
{settled}
) every
GROUP BY 1, 2, 3, 4, 5
""".replace("{settled}", SETTLED.replace("{compared}", ">="))

ENTRIES_POSTED = """SELECT e.partner_id, e.subscription_id, array_position(%(kinds)s::text[], e.kind::text) - 1 AS kind,
           e.currency, e.earned_period AS period, e.amount
    FROM commissions_entry e
    JOIN {keys} s ON s.subscription_id = e.subscription_id AND e.earned_period >= s.from_month
    WHERE e.run_id = ANY(%(approved)s) AND e.earned_period >= %(computed_from)s AND {reached}
    """

POSTED_OF_ALL = POSTED.replace(
    "{entries}",
    ENTRIES_POSTED.replace("{keys}", "subject").replace(
        "{reached}", "e.subscription_id >= %(low)s AND e.subscription_id < %(high)s"
    ),
)
POSTED_OF_CHANGED = POSTED.replace(
    "{entries}",
    ENTRIES_POSTED.replace("{keys}", "scope").replace(
        "{reached}", "e.subscription_id = ANY(ARRAY(SELECT subscription_id FROM scope))"
    ),
)
"""The same where only what changed has months that were posted: found by index, however long the history."""

POSTED_OF_NOTHING = POSTED.replace("{entries}UNION ALL", "")
"""No month that is computed has been posted before, but perhaps settled."""

OPEN_ITEMS = """
-- Differences older than the correction window wait until someone decides.
INSERT INTO commissions_openitem
    (run_id, partner_id, subscription_id, kind, currency, earned_period, entitlement, posted)
SELECT %(run)s, partner_id, nullif(subscription_id, 0), (%(kinds)s::text[])[kind + 1], currency, period,
       coalesce(e.amount, 0), coalesce(p.amount, 0)
FROM (SELECT * FROM earned WHERE kind IN (0, 3, 5) AND period < %(opens)s) e
FULL JOIN (SELECT * FROM posted WHERE kind IN (0, 3, 5) AND period < %(opens)s) p
    USING (partner_id, subscription_id, kind, currency, period)
WHERE coalesce(e.amount, 0) <> coalesce(p.amount, 0)
"""

LOOKED_AT = """
-- Whose earlier months this run has computed again, and from which month on.
INSERT INTO commissions_runscope (run_id, subscription_id, from_month)
SELECT %(run)s, subscription_id, from_month FROM subject WHERE from_month < %(full_from)s
"""

LOOKED_AT_ONE = """
-- The same of a subscription that cannot be computed.
INSERT INTO commissions_runscope (run_id, subscription_id, from_month)
SELECT %(run)s, subscription_id, from_month FROM scope WHERE from_month < %(full_from)s
"""

ENTRY_COLUMNS = (
    "run_id, partner_id, subscription_id, kind, currency, earned_period, amount, entitlement, posted_before, "
    "is_true_up, role, rule_id, rate, mrr, share, days, divisor, from_on, below_id, age, tier_id, "
    "plan_id, details"
)

FIRST_ENTRIES = """
-- Nothing was posted before for any of these keys: what is earned is the difference.
INSERT INTO {target} ({columns})
SELECT %(run)s, partner_id, subscription_id, (%(kinds)s::text[])[kind + 1], currency, period, amount, amount, 0, false,
       role, rule_id, rate, CASE WHEN stretches = 1 THEN mrr END, CASE WHEN stretches = 1 THEN share END, days,
       divisor, from_on, below_id, age, nullif(tier_id, 0), plan_id, details
FROM earned
WHERE amount <> 0
""".replace("{columns}", ENTRY_COLUMNS)

ENTRIES = """
-- A full join: a key that vanished is reversed. A key that earns nothing and was never posted is no difference.
INSERT INTO {target} ({columns})
SELECT %(run)s, partner_id, nullif(subscription_id, 0), (%(kinds)s::text[])[kind + 1], currency, period,
       coalesce(e.amount, 0) - coalesce(p.amount, 0), coalesce(e.amount, 0), coalesce(p.amount, 0),
       coalesce(period <= %(last_approved)s, false), coalesce(e.role, ''), e.rule_id, e.rate,
       CASE WHEN e.stretches = 1 THEN e.mrr END, CASE WHEN e.stretches = 1 THEN e.share END, e.days, e.divisor,
       e.from_on, e.below_id, e.age, nullif(e.tier_id, 0), e.plan_id, e.details
FROM earned e
FULL JOIN posted p USING (partner_id, subscription_id, kind, currency, period)
WHERE coalesce(e.amount, 0) <> coalesce(p.amount, 0)
  AND NOT (kind IN (0, 3, 5) AND period < %(opens)s)
""".replace("{columns}", ENTRY_COLUMNS)
