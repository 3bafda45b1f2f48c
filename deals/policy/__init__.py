"""Pure decisions of the app: rules of engagement, states and protection, the live verdict."""

from deals.policy.facts import Facts, Incumbent, NamedPolicy, OwnRecord, PartnerFacts, Rival
from deals.policy.lifecycle import (
    TRANSITIONS,
    credit_role,
    extended,
    may_move,
    protection,
)
from deals.policy.rules import Decision, Finding, Moment, Outcome, evaluate
from deals.policy.settings import RULE_CODES, RuleSettings, Severity
from deals.policy.verdict import Verdict, verdict_of

__all__ = [
    "RULE_CODES",
    "TRANSITIONS",
    "Decision",
    "Facts",
    "Finding",
    "Incumbent",
    "Moment",
    "NamedPolicy",
    "Outcome",
    "OwnRecord",
    "PartnerFacts",
    "Rival",
    "RuleSettings",
    "Severity",
    "Verdict",
    "credit_role",
    "evaluate",
    "extended",
    "may_move",
    "protection",
    "verdict_of",
]
