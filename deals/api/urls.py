"""Addresses of this app's resources."""

from typing import Any

from django.urls import URLPattern, path

from deals.api.accounts import AccountResource
from deals.api.awards import AwardResource, ExportResource
from deals.api.candidates import CandidateResource, MergeResource
from deals.api.checks import CheckResource
from deals.api.facts import CollectionResource, CreditResource, MrrChangeResource
from deals.api.leads import LeadResource
from deals.api.letters import LetterResource, NoticeResource
from deals.api.named import NamedAccountResource
from deals.api.opportunities import OpportunityResource
from deals.api.registration_steps import RegistrationSteps
from deals.api.registrations import RegistrationResource
from deals.api.rules import RulesResource
from deals.api.subscriptions import ProductResource, SubscriptionResource
from deals.api.tenders import TenderResource
from prm.api.views import LISTED, SINGLE

BY_EXTERNAL_ID: dict[str, Any] = {"get": "by_external_id", "put": "upsert"}
FACT: dict[str, Any] = {**LISTED, "post": "put_fact"}
NAME = "by-external-id/<str:source_system>/<path:external_id>"
ACTIONS = {
    "submit": "submit",
    "approve": "approve",
    "reject": "reject",
    "return": "send_back",
    "answer": "respond",
    "extend": "extend",
    "win": "win",
    "lose": "lose",
    "withdraw": "withdraw",
}
"""Actions on a registration, by the last word of the address, and the method that carries each out."""

LEAD_ACTIONS = {
    "accept": "accept",
    "decline": "decline",
    "convert": "convert",
    "offer": "offer",
    "hand-over": "give",
    "take-back": "take_back",
    "close": "close",
}
"""Actions on a lead."""
STEPS = {
    "note": "note",
    "stage": "stage",
    "release": "release",
    "hand-over": "hand_over",
    "change": "change",
    "letter": "letter",
}
"""The rarer actions, in the same way."""

urlpatterns: list[URLPattern] = [
    path("accounts", AccountResource.as_view(LISTED), name="accounts"),
    path(f"accounts/{NAME}", AccountResource.as_view(BY_EXTERNAL_ID), name="account_by_external_id"),
    path("accounts/<str:id>", AccountResource.as_view(SINGLE), name="account"),
    path("account-candidates", CandidateResource.as_view(LISTED), name="account_candidates"),
    path("account-candidates/<str:id>", CandidateResource.as_view(SINGLE), name="account_candidate"),
    path("account-merges", MergeResource.as_view({**LISTED, "post": "create"}), name="account_merges"),
    path("account-merges/<str:id>", MergeResource.as_view(SINGLE), name="account_merge"),
    path("account-merges/<str:id>/undo", MergeResource.as_view({"post": "undo"}), name="account_merge_undo"),
    path("registrations", RegistrationResource.as_view({**LISTED, "post": "create"}), name="registrations"),
    path(
        f"registrations/{NAME}",
        RegistrationResource.as_view(BY_EXTERNAL_ID),
        name="registration_by_external_id",
    ),
    path("registrations/<str:id>", RegistrationResource.as_view(SINGLE), name="registration"),
    *(
        path(
            f"registrations/<str:id>/{word}",
            RegistrationResource.as_view({"post": method}),
            name=f"registration_{word}",
        )
        for word, method in ACTIONS.items()
    ),
    path("named-accounts", NamedAccountResource.as_view(FACT), name="named_accounts"),
    path("named-accounts/<str:id>", NamedAccountResource.as_view(SINGLE), name="named_account"),
    path("opportunities", OpportunityResource.as_view(LISTED), name="opportunities"),
    path(f"opportunities/{NAME}", OpportunityResource.as_view(BY_EXTERNAL_ID), name="opportunity_by_external_id"),
    path("opportunities/<str:id>", OpportunityResource.as_view(SINGLE), name="opportunity"),
    path("rules-of-engagement", RulesResource.as_view(LISTED), name="rules_of_engagement"),
    path("rules-of-engagement/in-force", RulesResource.as_view({"get": "in_force"}), name="rules_in_force"),
    path("rules-of-engagement/<str:version>", RulesResource.as_view(SINGLE), name="rules_of_engagement_version"),
    *(
        path(
            f"registrations/<str:id>/{word}",
            RegistrationSteps.as_view({"post": method}),
            name=f"registration_{word}",
        )
        for word, method in STEPS.items()
    ),
    path("deals", RegistrationSteps.as_view({"post": "submit_deal"}), name="deals"),
    path("tenders", TenderResource.as_view({**LISTED, "post": "create"}), name="tenders"),
    path("tenders/<str:id>", TenderResource.as_view(SINGLE), name="tender"),
    path("tenders/<str:id>/close", TenderResource.as_view({"post": "close"}), name="tender_close"),
    path("record-letters", LetterResource.as_view(LISTED), name="record_letters"),
    path("record-letters/<str:id>", LetterResource.as_view(SINGLE), name="record_letter"),
    path("record-letters/<str:id>/verify", LetterResource.as_view({"post": "verify"}), name="record_letter_verify"),
    path("record-letters/<str:id>/decide", LetterResource.as_view({"post": "decide"}), name="record_letter_decide"),
    path("letter-notices", NoticeResource.as_view(LISTED), name="letter_notices"),
    path("letter-notices/<str:id>", NoticeResource.as_view(SINGLE), name="letter_notice"),
    path("letter-notices/<str:id>/object", NoticeResource.as_view({"post": "objection"}), name="letter_notice_object"),
    path("conflicts-check", CheckResource.as_view({"post": "check"}), name="conflicts_check"),
    path("subscriptions", SubscriptionResource.as_view(LISTED), name="subscriptions"),
    path(
        f"subscriptions/{NAME}",
        SubscriptionResource.as_view(BY_EXTERNAL_ID),
        name="subscription_by_external_id",
    ),
    path("subscriptions/<str:id>", SubscriptionResource.as_view(SINGLE), name="subscription"),
    path("mrr-changes", MrrChangeResource.as_view(FACT), name="mrr_changes"),
    path("credits", CreditResource.as_view(FACT), name="credits"),
    path("collections", CollectionResource.as_view(FACT), name="collections"),
    path("products", ProductResource.as_view(LISTED), name="products"),
    path("products/<str:code>", ProductResource.as_view(SINGLE), name="product"),
    path("leads", LeadResource.as_view({**LISTED, "post": "create"}), name="leads"),
    path(f"leads/{NAME}", LeadResource.as_view(BY_EXTERNAL_ID), name="lead_by_external_id"),
    path("leads/<str:id>", LeadResource.as_view(SINGLE), name="lead"),
    *(
        path(f"leads/<str:id>/{word}", LeadResource.as_view({"post": method}), name=f"lead_{word}")
        for word, method in LEAD_ACTIONS.items()
    ),
    path("co-sell-awards", AwardResource.as_view(LISTED), name="co_sell_awards"),
    path("co-sell-award-exports", ExportResource.as_view({**LISTED, "post": "create"}), name="co_sell_award_exports"),
]
