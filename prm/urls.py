"""The one table of addresses; apps are composed by name, never imported."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
