"""Addresses of SCIM, under ``/scim/v2/``."""

from django.urls import path, re_path

from partners.api import scim

app_name = "scim"
urlpatterns = [
    path("ServiceProviderConfig", scim.config, name="config"),
    path("Users", scim.users, name="users"),
    path("Users/<uuid:public_id>", scim.user, name="user"),
    re_path("^.*$", scim.not_found),
]
