"""Addresses of home and account, under ``/portal/``."""

from django.urls import path

from partners.portal import views

app_name = "partners_portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("company/", views.company, name="company"),
    path("switch/", views.switch, name="switch"),
]
