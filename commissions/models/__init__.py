"""Tables of the app: what is owed."""

from commissions.models.plans import Basis, Clawback, Plan, PlanAssignment, Rule
from commissions.models.runs import ChangedFact, Entry, OpenItem, Run, RunStatus, RunWarning
from commissions.models.statements import Statement

__all__ = [
    "Basis",
    "ChangedFact",
    "Clawback",
    "Entry",
    "OpenItem",
    "Plan",
    "PlanAssignment",
    "Rule",
    "Run",
    "RunStatus",
    "RunWarning",
    "Statement",
]
