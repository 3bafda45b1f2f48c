"""Addresses of the console's pages about partners, under ``/manage/partners/``."""

from django.urls import path

from partners.manage import views

app_name = "partners_manage"
urlpatterns = [
    path("", views.partners, name="partners"),
    path("partners.csv", views.partners_csv, name="partners_csv"),
    path("<slug:code>/", views.partner, name="partner"),
    path("<slug:code>/status/", views.status, name="status"),
]
