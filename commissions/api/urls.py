"""Addresses of this app's resources."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
