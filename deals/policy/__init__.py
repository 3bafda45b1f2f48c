"""Pure decisions of the app: rules of engagement, states and protection, the live verdict."""

from deals.policy.decision import Decision, Finding, Moment, Outcome, Sentence
from deals.policy.facts import (
    Claims,
    DirectOpportunity,
    Facts,
    Incumbent,
    Named,
    NamedPolicy,
    Neighbour,
    OwnRecord,
    PartnerFacts,
    Requirement,
    RequirementKind,
    Rival,
)
from deals.policy.lifecycle import (
    TRANSITIONS,
    By,
    credit_role,
    end_warning,
    extended,
    keeps_alive,
    may_move,
    protection,
)
from deals.policy.rules import evaluate
from deals.policy.settings import RULE_CODES, RuleSettings, SettingError, Severity
from deals.policy.verdict import Verdict, verdict_of

__all__ = [
    "RULE_CODES",
    "TRANSITIONS",
    "By",
    "Claims",
    "Decision",
    "DirectOpportunity",
    "Facts",
    "Finding",
    "Incumbent",
    "Moment",
    "Named",
    "NamedPolicy",
    "Neighbour",
    "Outcome",
    "OwnRecord",
    "PartnerFacts",
    "Requirement",
    "RequirementKind",
    "Rival",
    "RuleSettings",
    "Sentence",
    "SettingError",
    "Severity",
    "Verdict",
    "credit_role",
    "end_warning",
    "evaluate",
    "extended",
    "keeps_alive",
    "may_move",
    "protection",
    "verdict_of",
]
