"""Commission as a pure function of facts: the rules of the commission page, one function each.

The engine computes the same in SQL (``commissions.batch``); a property test compares the two entry for entry.
"""

from commissions.policy.entitlement import entitlements
from commissions.policy.facts import Credit, Facts, Key, Partner, Plan, Rule, Span, Subscription
from commissions.policy.posting import Difference, Posting, post, window_opens

__all__ = [
    "Credit",
    "Difference",
    "Facts",
    "Key",
    "Partner",
    "Plan",
    "Posting",
    "Rule",
    "Span",
    "Subscription",
    "entitlements",
    "post",
    "window_opens",
]
