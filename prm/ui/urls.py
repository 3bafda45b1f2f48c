"""Addresses of the looks: theme, language, and the styleguide while DEBUG is on."""

from django.urls import URLPattern, path

from prm.ui import styleguide, views

app_name = "ui"

urlpatterns: list[URLPattern] = [
    path("ui/theme/", views.set_theme, name="theme"),
    path("ui/language/", views.set_language, name="language"),
    path("ui/brand/<str:color>.css", views.brand, name="brand"),
    path("styleguide/", styleguide.page, name="styleguide"),
]
