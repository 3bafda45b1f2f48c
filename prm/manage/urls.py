"""Addresses of the console's entry, search and import, under ``/manage/``."""

from django.urls import path

from prm.manage import imports, views

app_name = "prm_manage"
urlpatterns = [
    path("", views.entry, name="entry"),
    path("search/", views.find, name="search"),
    path("import/", imports.upload, name="import"),
    path("import/<str:token>/", imports.review, name="import_review"),
    path("import/<str:token>/problems.csv", imports.problems_file, name="import_problems"),
]
