"""Addresses of earnings and statements, under ``/portal/``."""

from django.urls import path

from commissions.portal import earnings, self_billing, statements

app_name = "commissions_portal"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/csv/", earnings.earnings_csv, name="earnings_csv"),
    path("earnings/<slug:key>/", earnings.earnings_row, name="earnings_row"),
    path("statements/", statements.statements, name="statements"),
    path("statements/<str:number>/", statements.statement, name="statement"),
    path("statements/<str:number>/csv/", statements.statement_csv, name="statement_csv"),
    path("statements/<str:number>/pdf/", statements.statement_pdf, name="statement_pdf"),
    path("statements/<str:number>/self-billing/", self_billing.document_pdf, name="self_billing"),
]
