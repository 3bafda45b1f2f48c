"""Addresses of each person's own sign-in and security, under ``/account/``."""

from django.urls import path

from prm.account import views

app_name = "account_security"
urlpatterns = [
    path("security/", views.security, name="security"),
    path("security/end/", views.end, name="end"),
]
