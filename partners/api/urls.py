"""Addresses of partners and tiers."""

from typing import Any

from django.urls import path

from partners.api.applications import ApplicationResource
from partners.api.eligibility import AgreementResource, CertificationResource
from partners.api.figures import FigureResource
from partners.api.joint_plans import JointActionResource, JointPlanResource
from partners.api.onboarding import PaperResource, StepResource
from partners.api.payees import PayeeResource
from partners.api.people import InvitationResource, PersonResource
from partners.api.reviews import ActivityResource, ReviewResource
from partners.api.surveys import SurveyResource
from partners.api.tiers import TierEvaluationResource, TierOverrideResource
from partners.api.views import PartnerResource, TierResource
from prm.api.views import LISTED, SINGLE

FACT: dict[str, Any] = {**LISTED, "post": "put_fact"}

urlpatterns = [
    path("people", PersonResource.as_view(LISTED), name="people"),
    path("people/<str:id>", PersonResource.as_view({**SINGLE, "patch": "change"}), name="person"),
    path("people/<str:id>/role", PersonResource.as_view({"post": "role"}), name="person_role"),
    path("people-invitations", InvitationResource.as_view({**LISTED, "post": "invite"}), name="invitations"),
    path("people-invitations/<str:id>", InvitationResource.as_view(SINGLE), name="invitation"),
    path("people-invitations/<str:id>/resend", InvitationResource.as_view({"post": "resend"}), name="resend"),
    path("people-invitations/<str:id>/revoke", InvitationResource.as_view({"post": "revoke"}), name="revoke"),
    path("partners", PartnerResource.as_view(LISTED), name="partners"),
    path("partners/<str:id>", PartnerResource.as_view(SINGLE), name="partner"),
    path("activities", ActivityResource.as_view(LISTED), name="activities"),
    path("joint-plans", JointPlanResource.as_view({**LISTED, "post": "create"}), name="joint_plans"),
    path("joint-plans/<str:id>", JointPlanResource.as_view({**SINGLE, "put": "write"}), name="joint_plan"),
    path("joint-plans/<str:id>/propose", JointPlanResource.as_view({"post": "propose"}), name="joint_plan_propose"),
    path("joint-plans/<str:id>/change", JointPlanResource.as_view({"post": "change"}), name="joint_plan_change"),
    path("joint-plans/<str:id>/discard", JointPlanResource.as_view({"post": "discard"}), name="joint_plan_discard"),
    path(
        "joint-plans/<str:id>/standings", JointPlanResource.as_view({"get": "standings"}), name="joint_plan_standings"
    ),
    path("joint-actions", JointActionResource.as_view(LISTED), name="joint_actions"),
    path("joint-actions/<str:id>", JointActionResource.as_view(SINGLE), name="joint_action"),
    path("joint-actions/<str:id>/done", JointActionResource.as_view({"post": "done"}), name="joint_action_done"),
    path("joint-actions/<str:id>/reopen", JointActionResource.as_view({"post": "reopen"}), name="joint_action_reopen"),
    path("business-reviews", ReviewResource.as_view({**LISTED, "post": "create"}), name="reviews"),
    path("business-reviews/<str:id>", ReviewResource.as_view(SINGLE), name="review"),
    path("business-reviews/<str:id>/share", ReviewResource.as_view({"post": "share"}), name="review_share"),
    path("business-reviews/<str:id>/hold", ReviewResource.as_view({"post": "hold"}), name="review_hold"),
    path("business-reviews/<str:id>/figures", ReviewResource.as_view({"get": "figures"}), name="review_figures"),
    path("applications", ApplicationResource.as_view({**LISTED, "post": "create"}), name="applications"),
    path("applications/<str:id>", ApplicationResource.as_view(SINGLE), name="application"),
    path("agreements", AgreementResource.as_view(FACT), name="agreements"),
    path("certifications", CertificationResource.as_view(FACT), name="certifications"),
    path("figures", FigureResource.as_view(LISTED), name="figures"),
    path("figures/<str:code>", FigureResource.as_view(SINGLE), name="figure"),
    path("figures/<str:code>/series", FigureResource.as_view({"get": "series"}), name="figure_series"),
    path("onboarding-steps", StepResource.as_view(LISTED), name="onboarding_steps"),
    path("onboarding-steps/<str:id>", StepResource.as_view(SINGLE), name="onboarding_step"),
    path("onboarding-steps/<str:id>/done", StepResource.as_view({"post": "done"}), name="onboarding_step_done"),
    path("onboarding-steps/<str:id>/papers", StepResource.as_view({"post": "send"}), name="onboarding_step_papers"),
    path("onboarding-papers", PaperResource.as_view(LISTED), name="onboarding_papers"),
    path("onboarding-papers/<str:id>", PaperResource.as_view({**SINGLE, "delete": "remove"}), name="onboarding_paper"),
    path("onboarding-papers/<str:id>/content", PaperResource.as_view({"get": "content"}), name="onboarding_content"),
    path("figures/<str:code>/rows", FigureResource.as_view({"get": "rows"}), name="figure_rows"),
    path("payees", PayeeResource.as_view(LISTED), name="payees"),
    path("payees/<str:id>", PayeeResource.as_view(SINGLE), name="payee"),
    path("surveys", SurveyResource.as_view({**LISTED, "post": "create"}), name="surveys"),
    path("surveys/<str:code>", SurveyResource.as_view(SINGLE), name="survey"),
    path("surveys/<str:code>/close", SurveyResource.as_view({"post": "close"}), name="survey_close"),
    path("tier-evaluations", TierEvaluationResource.as_view(LISTED), name="tier_evaluations"),
    path("tier-overrides", TierOverrideResource.as_view({**LISTED, "post": "create"}), name="tier_overrides"),
    path("tier-overrides/<str:id>", TierOverrideResource.as_view(SINGLE), name="tier_override"),
    path("tier-overrides/<str:id>/end", TierOverrideResource.as_view({"post": "end"}), name="tier_override_end"),
    path("tiers", TierResource.as_view(LISTED), name="tiers"),
    path("tiers/<str:code>", TierResource.as_view(SINGLE), name="tier"),
]
