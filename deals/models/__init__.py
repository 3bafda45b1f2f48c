"""Tables of the app: what happened."""

from deals.models.accounts import (
    Account,
    AccountCandidate,
    AccountDomain,
    AccountToCompare,
    CandidateReason,
    KeptHost,
)
from deals.models.catalogue import Family, FamilyRequirement, Product
from deals.models.desk import Delegation, ReasonTemplate
from deals.models.drafts import Attachment, DraftChoices
from deals.models.leads import Lead, LeadOffer, LeadSkip, LeadStatus, OfferAnswer
from deals.models.letters import LetterFile, LetterNotice, LetterStatus, RecordLetter
from deals.models.merging import AccountMerge, AccountMove
from deals.models.named import NamedAccount, NamedAccountList
from deals.models.opportunities import Opportunity
from deals.models.registrations import (
    LIVE_STATUSES,
    UNDECIDED_STATUSES,
    Origin,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
)
from deals.models.reminders import Reminder
from deals.models.rollups import (
    CustomerRollup,
    Dimension,
    InfluenceRollup,
    MoneyRollup,
    RollupDay,
    RollupMark,
    SegmentRollup,
    SharedCustomerRollup,
    SharedTermRollup,
)
from deals.models.rules import AvailabilityCheck, RegistrationEvaluation, RegistrationFinding, RulesOfEngagement
from deals.models.subscriptions import (
    Collection,
    Credit,
    CreditRole,
    MrrChange,
    Subscription,
    SubscriptionSource,
)
from deals.models.tenders import Tender
from deals.models.winning import (
    AwardBasis,
    AwardExport,
    AwardTerms,
    CoSellAward,
    CoSeller,
    LateWin,
    LateWinDecision,
)

__all__ = [
    "LIVE_STATUSES",
    "UNDECIDED_STATUSES",
    "Account",
    "AccountCandidate",
    "AccountDomain",
    "AccountMerge",
    "AccountMove",
    "AccountToCompare",
    "Attachment",
    "AvailabilityCheck",
    "AwardBasis",
    "AwardExport",
    "AwardTerms",
    "CandidateReason",
    "CoSellAward",
    "CoSeller",
    "Collection",
    "Credit",
    "CreditRole",
    "CustomerRollup",
    "Delegation",
    "Dimension",
    "DraftChoices",
    "Family",
    "FamilyRequirement",
    "InfluenceRollup",
    "KeptHost",
    "LateWin",
    "LateWinDecision",
    "Lead",
    "LeadOffer",
    "LeadSkip",
    "LeadStatus",
    "LetterFile",
    "LetterNotice",
    "LetterStatus",
    "MoneyRollup",
    "MrrChange",
    "NamedAccount",
    "NamedAccountList",
    "OfferAnswer",
    "Opportunity",
    "Origin",
    "Product",
    "ReasonTemplate",
    "RecordLetter",
    "Registration",
    "RegistrationEvaluation",
    "RegistrationEvent",
    "RegistrationFinding",
    "RegistrationStatus",
    "Reminder",
    "RollupDay",
    "RollupMark",
    "RulesOfEngagement",
    "SegmentRollup",
    "SharedCustomerRollup",
    "SharedTermRollup",
    "Subscription",
    "SubscriptionSource",
    "Tender",
]
