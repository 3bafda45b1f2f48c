"""Addresses of commission; payouts, adjustments and disputes join here."""

from django.urls import URLPattern, path

from commissions.api.disputes import DisputeResource
from commissions.api.entries import EntryResource, RunResource
from commissions.api.plans import PlanResource, RuleResource
from commissions.api.statements import StatementFile, StatementPaper, StatementResource
from prm.api.views import LISTED, SINGLE

urlpatterns: list[URLPattern] = [
    path("plans", PlanResource.as_view(LISTED), name="plans"),
    path("plans/<str:code>", PlanResource.as_view(SINGLE), name="plan"),
    path("rules", RuleResource.as_view(LISTED), name="rules"),
    path("commission-runs", RunResource.as_view(LISTED), name="runs"),
    path("commission-runs/<str:id>", RunResource.as_view(SINGLE), name="run"),
    path("commission-entries", EntryResource.as_view(LISTED), name="entries"),
    path("disputes", DisputeResource.as_view({**LISTED, "post": "create"}), name="disputes"),
    path("disputes/<str:id>", DisputeResource.as_view(SINGLE), name="dispute"),
    path("disputes/<str:id>/reply", DisputeResource.as_view({"post": "respond"}), name="dispute_reply"),
    path("disputes/<str:id>/withdraw", DisputeResource.as_view({"post": "withdraw"}), name="dispute_withdraw"),
    path("disputes/<str:id>/reopen", DisputeResource.as_view({"post": "reopen"}), name="dispute_reopen"),
    path("statements", StatementResource.as_view(LISTED), name="statements"),
    path("statements/<str:id>", StatementResource.as_view(SINGLE), name="statement"),
    path("statements/<str:id>/csv", StatementFile.as_view({"get": "csv"}), name="statement_csv"),
    path("statements/<str:id>/pdf", StatementPaper.as_view({"get": "pdf"}), name="statement_pdf"),
]
