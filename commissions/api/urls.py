"""Addresses of commission."""

from typing import Any

from django.urls import URLPattern, path

from commissions.api.accounting import AccountingExport
from commissions.api.adjustments import AdjustmentResource, OpenItemResource
from commissions.api.disputes import DisputeResource
from commissions.api.entries import EntryResource, RunResource
from commissions.api.leakage import ExplainResource, LeakageResource
from commissions.api.payouts import BatchResource, PayoutResource
from commissions.api.plans import PlanResource
from commissions.api.rules import RuleResource
from commissions.api.statements import StatementFile, StatementPaper, StatementResource
from prm.api.views import LISTED, SINGLE

MADE: dict[str, Any] = {**LISTED, "post": "create"}

urlpatterns: list[URLPattern] = [
    path("plans", PlanResource.as_view(MADE), name="plans"),
    path("plans/<str:code>", PlanResource.as_view({**SINGLE, "put": "change"}), name="plan"),
    path("rules", RuleResource.as_view(MADE), name="rules"),
    path("rules/<str:id>", RuleResource.as_view(SINGLE), name="rule"),
    path("rules/<str:id>/correct", RuleResource.as_view({"post": "correct"}), name="rule_correct"),
    path("rules/<str:id>/end", RuleResource.as_view({"post": "end"}), name="rule_end"),
    path("commission-runs", RunResource.as_view(MADE), name="runs"),
    path("commission-runs/<str:id>", RunResource.as_view(SINGLE), name="run"),
    path("commission-entries", EntryResource.as_view(LISTED), name="entries"),
    path("commission-entries/explain", ExplainResource.as_view({"get": "explain"}), name="explain"),
    path("leakage", LeakageResource.as_view(LISTED), name="leakage"),
    path("disputes", DisputeResource.as_view({**LISTED, "post": "create"}), name="disputes"),
    path("disputes/<str:id>", DisputeResource.as_view(SINGLE), name="dispute"),
    path("disputes/<str:id>/reply", DisputeResource.as_view({"post": "respond"}), name="dispute_reply"),
    path("disputes/<str:id>/withdraw", DisputeResource.as_view({"post": "withdraw"}), name="dispute_withdraw"),
    path("disputes/<str:id>/reopen", DisputeResource.as_view({"post": "reopen"}), name="dispute_reopen"),
    path("statements", StatementResource.as_view(LISTED), name="statements"),
    path("statements/<str:id>", StatementResource.as_view(SINGLE), name="statement"),
    path("statements/<str:id>/csv", StatementFile.as_view({"get": "csv"}), name="statement_csv"),
    path("statements/<str:id>/pdf", StatementPaper.as_view({"get": "pdf"}), name="statement_pdf"),
    path("adjustments", AdjustmentResource.as_view(MADE), name="adjustments"),
    path("adjustments/<str:id>", AdjustmentResource.as_view(SINGLE), name="adjustment"),
    path("adjustments/<str:id>/withdraw", AdjustmentResource.as_view({"post": "withdraw"}), name="adjustment_withdraw"),
    path("open-items", OpenItemResource.as_view(LISTED), name="open_items"),
    path("payouts", PayoutResource.as_view(LISTED), name="payouts"),
    path("payouts/<str:id>", PayoutResource.as_view(SINGLE), name="payout"),
    path("payout-batches", BatchResource.as_view(LISTED), name="payout_batches"),
    path("payout-batches/<str:id>", BatchResource.as_view(SINGLE), name="payout_batch"),
    path("accounting-export", AccountingExport.as_view({"get": "csv"}), name="accounting_export"),
]
