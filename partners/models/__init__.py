"""Tables of the app: who."""

from partners.models.actions import JointAction
from partners.models.agreements import AgreementAcceptance, AgreementText, SignedAgreement
from partners.models.applications import (
    Application,
    ApplicationNote,
    ApplicationReason,
    ApplicationStatus,
    ReasonKind,
    ScreeningChoice,
    ScreeningQuestion,
)
from partners.models.invitations import ROLE_NAMES, Invitation
from partners.models.onboarding import ChecklistStep, ChecklistTemplate, Onboarding, OnboardingStep, StepSide
from partners.models.onboarding_papers import OnboardingPaper, PaperState, reads_papers
from partners.models.partners import (
    Activity,
    ParentAssignment,
    Partner,
    PartnerOwnedQuerySet,
    PartnerStatus,
    PartnerType,
    ProfilePeriod,
    StatusPeriod,
    Territory,
)
from partners.models.payees import (
    MethodKind,
    MethodStatus,
    PayoutMethod,
    ReportingRule,
    SelfBillingAgreement,
    TaxForm,
    TaxFormKind,
    TaxFormStatus,
    WithholdingRate,
)
from partners.models.people import ApiKey, Certification, Membership, MembershipRole
from partners.models.plans import JointPlan, PlanAction, PlanStatus, PlanTarget, PlanVersion
from partners.models.reviews import BusinessReview
from partners.models.settings import PartnerSettings
from partners.models.single_sign_on import SignInDomain
from partners.models.standing import TierEvaluation, TierOverride, TierRun, TierWarning
from partners.models.surveys import PsatFollowUp, PsatInvitation, PsatWave
from partners.models.tiers import Tier, TierAssignment, TierCriterion

__all__ = [
    "ROLE_NAMES",
    "Activity",
    "AgreementAcceptance",
    "AgreementText",
    "ApiKey",
    "Application",
    "ApplicationNote",
    "ApplicationReason",
    "ApplicationStatus",
    "BusinessReview",
    "Certification",
    "ChecklistStep",
    "ChecklistTemplate",
    "Invitation",
    "JointAction",
    "JointPlan",
    "Membership",
    "MembershipRole",
    "MethodKind",
    "MethodStatus",
    "Onboarding",
    "OnboardingPaper",
    "OnboardingStep",
    "PaperState",
    "ParentAssignment",
    "Partner",
    "PartnerOwnedQuerySet",
    "PartnerSettings",
    "PartnerStatus",
    "PartnerType",
    "PayoutMethod",
    "PlanAction",
    "PlanStatus",
    "PlanTarget",
    "PlanVersion",
    "ProfilePeriod",
    "PsatFollowUp",
    "PsatInvitation",
    "PsatWave",
    "ReasonKind",
    "ReportingRule",
    "ScreeningChoice",
    "ScreeningQuestion",
    "SelfBillingAgreement",
    "SignInDomain",
    "SignedAgreement",
    "StatusPeriod",
    "StepSide",
    "TaxForm",
    "TaxFormKind",
    "TaxFormStatus",
    "Territory",
    "Tier",
    "TierAssignment",
    "TierCriterion",
    "TierEvaluation",
    "TierOverride",
    "TierRun",
    "TierWarning",
    "WithholdingRate",
    "reads_papers",
]
