"""Tables of the app: what happened."""

from deals.models.accounts import Account, AccountCandidate, AccountDomain, NamedAccount
from deals.models.catalogue import Family, Product
from deals.models.registrations import (
    LIVE_STATUSES,
    UNDECIDED_STATUSES,
    AvailabilityCheck,
    Lead,
    Origin,
    Registration,
    RegistrationEvent,
    RegistrationFinding,
    RegistrationStatus,
    RulesOfEngagement,
)
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
    "Lead",
    "MrrChange",
    "NamedAccount",
    "Origin",
    "Product",
    "Registration",
    "RegistrationEvent",
    "RegistrationFinding",
    "RegistrationStatus",
    "RulesOfEngagement",
    "Subscription",
    "SubscriptionSource",
]
