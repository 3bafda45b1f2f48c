"""Addresses of the console's decisions and registrations, under ``/manage/``."""

from django.urls import include, path

from deals.manage.named import pages as named
from deals.manage.rules import pages as rules
from deals.manage.rules.rereading import rereading
from deals.manage.views import (
    awards,
    bulk,
    decisions,
    desk,
    figures,
    late_wins,
    leads,
    letters,
    registrations,
    steps,
    tenders,
    winning,
)

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
    path("registrations/<uuid:public_id>/steps/", steps.steps, name="steps"),
    path("tenders/", tenders.tenders, name="tenders"),
    path("tenders/<uuid:public_id>/", tenders.tender, name="tender"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<uuid:public_id>/", letters.letter, name="letter"),
    path("letters/<uuid:public_id>/file/", letters.letter_file, name="letter_file"),
    path("registrations/<uuid:public_id>/win/", winning.win, name="win"),
    path("registrations/<uuid:public_id>/undo-win/", late_wins.undo, name="undo_win"),
    path("registrations/<uuid:public_id>/seller/", awards.seller, name="seller"),
    path("late-wins/", late_wins.late_wins, name="late_wins"),
    path("late-wins/<uuid:public_id>/decide/", late_wins.decide, name="late_win"),
    path("leads/", leads.leads, name="leads"),
    path("leads/new/", leads.add, name="lead_new"),
    path("leads/<uuid:public_id>/", leads.lead, name="lead"),
    path("leads/<uuid:public_id>/act/", leads.act, name="lead_act"),
    path("awards/", awards.awards, name="awards"),
    path("awards/export/", awards.export, name="award_export"),
    path("awards/exports/<int:number>.csv", awards.export_csv, name="award_csv"),
    path("awards/terms/", awards.terms, name="award_terms"),
]
