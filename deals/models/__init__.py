"""Tables of the app: what happened."""

from deals.models.accounts import Account, AccountCandidate, AccountDomain
from deals.models.catalogue import Family, FamilyRequirement, Product
from deals.models.leads import Lead, LeadOffer, LeadSkip, LeadStatus, OfferAnswer
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
from deals.models.rules import AvailabilityCheck, RegistrationEvaluation, RegistrationFinding, RulesOfEngagement
from deals.models.subscriptions import (
    Collection,
    Credit,
    CreditRole,
    MrrChange,
    Subscription,
    SubscriptionSource,
)

__all__ = [
    "LIVE_STATUSES",
    "UNDECIDED_STATUSES",
    "Account",
    "AccountCandidate",
    "AccountDomain",
    "AvailabilityCheck",
    "Collection",
    "Credit",
    "CreditRole",
    "Family",
    "FamilyRequirement",
    "Lead",
    "LeadOffer",
    "LeadSkip",
    "LeadStatus",
    "MrrChange",
    "NamedAccount",
    "NamedAccountList",
    "OfferAnswer",
    "Opportunity",
    "Origin",
    "Product",
    "Registration",
    "RegistrationEvaluation",
    "RegistrationEvent",
    "RegistrationFinding",
    "RegistrationStatus",
    "Reminder",
    "RulesOfEngagement",
    "Subscription",
    "SubscriptionSource",
]
