"""Addresses of earnings and statements, under ``/portal/``."""

from django.urls import path

from commissions.portal import disputes, earnings, payouts, self_billing, statements, unpaid

app_name = "commissions_portal"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/csv/", earnings.earnings_csv, name="earnings_csv"),
    path("earnings/why/", unpaid.why, name="why"),
    path("earnings/unpaid/", unpaid.unpaid, name="unpaid"),
    path("earnings/<slug:key>/", earnings.earnings_row, name="earnings_row"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/ask/", disputes.ask, name="ask"),
    path("disputes/<str:number>/", disputes.dispute, name="dispute"),
    path("disputes/<str:number>/act/", disputes.dispute_act, name="dispute_act"),
    path("payouts/", payouts.payouts, name="payouts"),
    path("payouts/next/", payouts.next_payout, name="next_payout"),
    path("statements/", statements.statements, name="statements"),
    path("statements/<str:number>/", statements.statement, name="statement"),
    path("statements/<str:number>/csv/", statements.statement_csv, name="statement_csv"),
    path("statements/<str:number>/pdf/", statements.statement_pdf, name="statement_pdf"),
    path("statements/<str:number>/self-billing/", self_billing.document_pdf, name="self_billing"),
    path("withheld/<int:year>/csv/", self_billing.withheld_csv, name="withheld"),
]
