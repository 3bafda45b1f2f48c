"""Addresses of the runs, under ``/manage/``."""

from django.urls import path

from commissions.manage import accounting, decisions, disputes, entries, payment_files, runs, statements
from commissions.manage.adjustments import differences
from commissions.manage.adjustments import pages as adjustments
from commissions.manage.payouts import acts
from commissions.manage.payouts import pages as payouts
from commissions.manage.plans import editing, ending, pages, terms

app_name = "commissions_manage"
urlpatterns = [
    path("runs/", runs.runs, name="runs"),
    path("runs/calculate/", decisions.calculate, name="calculate"),
    path("runs/<int:number>/", runs.run, name="run"),
    path("runs/<int:number>/progress/", runs.progress, name="progress"),
    path("runs/<int:number>/changes/", runs.changes, name="changes"),
    path("runs/<int:number>/entries/", entries.entries, name="entries"),
    path("runs/<int:number>/csv/", entries.run_csv, name="csv"),
    path("runs/<int:number>/accounting/", accounting.accounting_csv, name="accounting_csv"),
    path("runs/<int:number>/approve/", decisions.approve, name="approve"),
    path("runs/<int:number>/reject/", decisions.reject, name="reject"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/disputes.csv", disputes.disputes_csv, name="disputes_csv"),
    path("disputes/<str:number>/", disputes.dispute, name="dispute"),
    path("disputes/<str:number>/answer/", disputes.answer, name="dispute_answer"),
    path("statements/<str:number>/pdf/", statements.statement_pdf, name="statement_pdf"),
    path("statements/<str:number>/self-billing/", accounting.document_pdf, name="self_billing"),
    path("statements/<str:number>/csv/", statements.statement_csv, name="statement_csv"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path("adjustments/adjustments.csv", adjustments.adjustments_csv, name="adjustments_csv"),
    path("adjustments/add/", adjustments.add, name="adjustment_add"),
    path("adjustments/check/", adjustments.check, name="adjustment_check"),
    path("adjustments/<uuid:public_id>/withdraw/", adjustments.withdraw, name="adjustment_withdraw"),
    path("adjustments/<uuid:public_id>/again/", adjustments.again, name="adjustment_again"),
    path("differences/", differences.differences, name="differences"),
    path("differences/differences.csv", differences.differences_csv, name="differences_csv"),
    path("differences/decide/", differences.decide, name="differences_decide"),
    path("payment-files/", payment_files.files, name="payment_files"),
    path("payment-files/<str:message>/", payment_files.file, name="payment_file"),
    path("payment-years/<int:year>/csv/", payment_files.year_csv, name="payment_year"),
    path("payment-answers/<int:number>/new/", payment_files.answer, name="payment_answer"),
    path("payment-answers/<uuid:public_id>/", payment_files.review, name="payment_answer_review"),
    path("payouts/", payouts.board, name="payouts"),
    path("payouts/prepare/", payouts.prepare, name="payouts_prepare"),
    path("payouts/preview.csv", payouts.preview_csv, name="payouts_preview_csv"),
    path("payouts/<int:number>/", payouts.batch, name="payout_batch"),
    path("payouts/<int:number>/payouts.csv", payouts.batch_csv, name="payout_batch_csv"),
    path("payouts/<int:number>/submit/", acts.submit, name="payout_submit"),
    path("payouts/<int:number>/progress/", acts.progress, name="payout_progress"),
    path("payouts/<int:number>/<int:payout>/record/", acts.record, name="payout_record"),
    path("payouts/<int:number>/<int:payout>/cancel/", acts.cancel, name="payout_cancel"),
    path("plans/", pages.plans, name="plans"),
    path("new-plan/", terms.new_plan, name="plan_new"),
    path("plans/<slug:code>/", pages.plan, name="plan"),
    path("plans/<slug:code>/edit/", terms.edit_plan, name="plan_edit"),
    path("plans/<slug:code>/rules.csv", pages.rules_csv, name="plan_rules_csv"),
    path("plans/<slug:code>/partners/", pages.partners, name="plan_partners"),
    path("plans/<slug:code>/partners/assign/", terms.assign, name="plan_assign"),
    path("plans/<slug:code>/partners/<int:number>/end/", terms.end_assigned, name="plan_assignment_end"),
    path("plans/<slug:code>/rules/add/", editing.add, name="rule_add"),
    path("plans/<slug:code>/rules/check/", editing.check, name="rule_check"),
    path("plans/<slug:code>/rules/<int:number>/", pages.rule, name="rule"),
    path("plans/<slug:code>/rules/<int:number>/correct/", editing.correct, name="rule_correct"),
    path("plans/<slug:code>/rules/<int:number>/check/", editing.check, name="rule_recheck"),
    path("plans/<slug:code>/rules/<int:number>/end/", ending.end, name="rule_end"),
    path("plans/<slug:code>/rules/<int:number>/undo/", ending.undo, name="rule_undo"),
]
