"""Tables of the app: what is owed."""

from commissions.models.accounting import (
    AccountingTreatment,
    DocumentKind,
    Payer,
    SelfBillingDocument,
    Treatment,
    VatRate,
)
from commissions.models.adjustments import Adjustment, Decision, StandingDifference
from commissions.models.calculation import (
    Calculation,
    ParkedPartner,
    RunChunk,
    RunChunkDone,
    RunScope,
    Unpaid,
    UnpaidReason,
)
from commissions.models.changes import ChangedFact
from commissions.models.contradictions import PayoutContradiction
from commissions.models.disputes import Dispute, DisputeAct, DisputeMessage, DisputeOutcome, DisputeStatus
from commissions.models.ledger import Cause, LedgerAccount, Posting
from commissions.models.payfiles import PaymentAnswer, PaymentFile, PaymentFileLine
from commissions.models.payouts import CarriedForward, Payout, PayoutBatch, PayoutStatus
from commissions.models.plans import Basis, Clawback, Plan, PlanAssignment, Rule
from commissions.models.runs import Entry, OpenItem, Run, RunStatus, RunWarning
from commissions.models.statements import Statement

__all__ = [
    "AccountingTreatment",
    "Adjustment",
    "Basis",
    "Calculation",
    "CarriedForward",
    "Cause",
    "ChangedFact",
    "Clawback",
    "Decision",
    "Dispute",
    "DisputeAct",
    "DisputeMessage",
    "DisputeOutcome",
    "DisputeStatus",
    "DocumentKind",
    "Entry",
    "LedgerAccount",
    "OpenItem",
    "ParkedPartner",
    "Payer",
    "PaymentAnswer",
    "PaymentFile",
    "PaymentFileLine",
    "Payout",
    "PayoutBatch",
    "PayoutContradiction",
    "PayoutStatus",
    "Plan",
    "PlanAssignment",
    "Posting",
    "Rule",
    "Run",
    "RunChunk",
    "RunChunkDone",
    "RunScope",
    "RunStatus",
    "RunWarning",
    "SelfBillingDocument",
    "StandingDifference",
    "Statement",
    "Treatment",
    "Unpaid",
    "UnpaidReason",
    "VatRate",
]
