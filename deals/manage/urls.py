"""Addresses of the console's decisions and registrations, under ``/manage/``."""

from django.urls import path

from deals.manage.views import decisions, registrations, winning

app_name = "deals_manage"
urlpatterns = [
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/<uuid:public_id>/", decisions.decision, name="decision"),
    path("decisions/<uuid:public_id>/decide/", decisions.decide, name="decide"),
    path("registrations/", registrations.registrations, name="registrations"),
    path("registrations/<uuid:public_id>/", registrations.registration, name="registration"),
    path("registrations/<uuid:public_id>/act/", registrations.act, name="act"),
    path("registrations/<uuid:public_id>/win/", winning.win, name="win"),
]
