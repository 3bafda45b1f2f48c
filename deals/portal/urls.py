"""Addresses of a partner's deals, under ``/portal/deals/``."""

from django.urls import path

from deals.portal.views import (
    claims,
    detail,
    estimating,
    leads,
    letters,
    lists,
    objections,
    papers,
    register,
    scorecard,
)

app_name = "deals_portal"
urlpatterns = [
    path("", lists.deals, name="list"),
    path("deals.csv", lists.export, name="export"),
    path("scorecard/", scorecard.scorecard, name="scorecard"),
    path("leads/", leads.leads, name="leads"),
    path("leads/<uuid:public_id>/", leads.lead, name="lead"),
    path("leads/<uuid:public_id>/act/", leads.act, name="lead_act"),
    path("new/", register.register, name="register"),
    path("check/", register.check, name="check"),
    path("autosave/", register.autosave, name="autosave"),
    path("estimate/", estimating.estimate, name="estimate"),
    path("objections/", objections.objections, name="objections"),
    path("objections/<uuid:public_id>/", objections.objection, name="objection"),
    path("letters/<uuid:public_id>/file/", letters.letter_file, name="letter_file"),
    path("<uuid:public_id>/letter/", letters.letter, name="letter"),
    path("<uuid:public_id>/hand-over/", claims.hand_over, name="hand_over"),
    path("<uuid:public_id>/change/", claims.change, name="change"),
    path("<uuid:public_id>/", detail.deal, name="deal"),
    path("<uuid:public_id>/edit/", register.edit, name="edit"),
    path("<uuid:public_id>/act/", detail.act, name="act"),
    path("<uuid:public_id>/files/", papers.add, name="files"),
    path("<uuid:public_id>/files/<uuid:file_id>/", papers.file, name="file"),
]
