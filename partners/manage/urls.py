"""Addresses of the console's pages about partners, under ``/manage/partners/``."""

from django.urls import path

from partners.manage import payees, views

app_name = "partners_manage"
urlpatterns = [
    path("", views.partners, name="partners"),
    path("partners.csv", views.partners_csv, name="partners_csv"),
    path("payout-details/", payees.queue, name="payees"),
    path("<slug:code>/payout-details/", payees.payee, name="payee"),
    path("<slug:code>/payout-details/act/", payees.act, name="payee_act"),
    path("<slug:code>/", views.partner, name="partner"),
    path("<slug:code>/status/", views.status, name="status"),
]
