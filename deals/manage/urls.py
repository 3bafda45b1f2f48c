"""Addresses of the console's decisions and registrations, under ``/manage/``."""

from django.urls import path

from deals.manage.views import bulk, decisions, desk, figures, registrations, winning

app_name = "deals_manage"
urlpatterns = [
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/decisions.csv", figures.queue_csv, name="queue_csv"),
    path("decisions/several/", bulk.bulk, name="bulk"),
    path("decisions/several/results/", bulk.results, name="bulk_results"),
    path("decisions/figures/", figures.figures, name="figures"),
    path("decisions/figures.csv", figures.figures_csv, name="figures_csv"),
    path("decisions/reasons/", desk.reasons, name="reasons"),
    path("decisions/away/", desk.delegations, name="delegations"),
    path("decisions/away/<uuid:public_id>/end/", desk.end, name="end_delegation"),
    path("decisions/<uuid:public_id>/", decisions.decision, name="decision"),
    path("decisions/<uuid:public_id>/decide/", decisions.decide, name="decide"),
    path("registrations/", registrations.registrations, name="registrations"),
    path("registrations/<uuid:public_id>/", registrations.registration, name="registration"),
    path("registrations/<uuid:public_id>/act/", registrations.act, name="act"),
    path("registrations/<uuid:public_id>/win/", winning.win, name="win"),
]
