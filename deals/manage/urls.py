"""Addresses of the console's decisions and registrations, under ``/manage/``."""

from django.urls import include, path

from deals.manage.named import pages as named
from deals.manage.rules import pages as rules
from deals.manage.rules.rereading import rereading
from deals.manage.views import bulk, decisions, desk, figures, registrations, winning

app_name = "deals_manage"
urlpatterns = [
    path("customers/", include("deals.manage.customer_urls")),
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
    path("registrations/<uuid:public_id>/decisions/", rereading, name="rereading"),
    path("rules-of-engagement/", rules.rules, name="rules"),
    path("rules-of-engagement/new/", rules.new_rules, name="rules_new"),
    path("rules-of-engagement/<int:version>/", rules.version_page, name="rules_version"),
    path("rules-of-engagement/<int:version>/edit/", rules.edit_rules, name="rules_edit"),
    path("rules-of-engagement/<int:version>/withdraw/", rules.withdraw, name="rules_withdraw"),
    path("named-accounts/", named.named_accounts, name="named_accounts"),
    path("named-accounts/add/", named.add_named, name="named_add"),
    path("named-accounts/new-list/", named.new_list, name="named_list_new"),
    path("named-accounts/<uuid:public_id>/end/", named.end_entry, name="named_end"),
    path("registrations/<uuid:public_id>/win/", winning.win, name="win"),
]
