"""Addresses of the runs, under ``/manage/``."""

from django.urls import path

from commissions.manage import decisions, entries, runs, statements

app_name = "commissions_manage"
urlpatterns = [
    path("runs/", runs.runs, name="runs"),
    path("runs/calculate/", decisions.calculate, name="calculate"),
    path("runs/<int:number>/", runs.run, name="run"),
    path("runs/<int:number>/progress/", runs.progress, name="progress"),
    path("runs/<int:number>/changes/", runs.changes, name="changes"),
    path("runs/<int:number>/entries/", entries.entries, name="entries"),
    path("runs/<int:number>/csv/", entries.run_csv, name="csv"),
    path("runs/<int:number>/approve/", decisions.approve, name="approve"),
    path("runs/<int:number>/reject/", decisions.reject, name="reject"),
    path("statements/<str:number>/pdf/", statements.statement_pdf, name="statement_pdf"),
    path("statements/<str:number>/csv/", statements.statement_csv, name="statement_csv"),
]
