"""Addresses of a partner's deals, under ``/portal/deals/``."""

from django.urls import path

from deals.portal.views import detail, estimating, leads, lists, register

app_name = "deals_portal"
urlpatterns = [
    path("", lists.deals, name="list"),
    path("deals.csv", lists.export, name="export"),
    path("leads/", leads.leads, name="leads"),
    path("leads/<uuid:public_id>/", leads.lead, name="lead"),
    path("leads/<uuid:public_id>/act/", leads.act, name="lead_act"),
    path("new/", register.register, name="register"),
    path("check/", register.check, name="check"),
    path("estimate/", estimating.estimate, name="estimate"),
    path("<uuid:public_id>/", detail.deal, name="deal"),
    path("<uuid:public_id>/edit/", register.edit, name="edit"),
    path("<uuid:public_id>/act/", detail.act, name="act"),
]
