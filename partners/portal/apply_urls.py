"""Addresses of applications, open without signing in, under ``/apply/``."""

from django.urls import path

from partners.portal import apply

app_name = "partners_apply"
urlpatterns = [
    path("", apply.apply, name="apply"),
    path("sent/", apply.sent, name="sent"),
    path("mine/<str:token>/", apply.mine, name="mine"),
]
