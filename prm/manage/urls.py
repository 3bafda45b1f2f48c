"""Addresses of the console's entry and search, under ``/manage/``."""

from django.urls import path

from prm.manage import views

app_name = "prm_manage"
urlpatterns = [
    path("", views.entry, name="entry"),
    path("search/", views.find, name="search"),
]
