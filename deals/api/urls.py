"""Addresses of this app's resources."""

from typing import Any

from django.urls import URLPattern, path

from deals.api.accounts import AccountResource
from prm.api.views import LISTED, SINGLE

BY_EXTERNAL_ID: dict[str, Any] = {"get": "by_external_id", "put": "upsert"}
NAME = "by-external-id/<str:source_system>/<path:external_id>"

urlpatterns: list[URLPattern] = [
    path("accounts", AccountResource.as_view(LISTED), name="accounts"),
    path(f"accounts/{NAME}", AccountResource.as_view(BY_EXTERNAL_ID), name="account_by_external_id"),
    path("accounts/<str:id>", AccountResource.as_view(SINGLE), name="account"),
]
