"""Addresses of the console's key figures, under ``/manage/``."""

from django.urls import path

from partners.manage.figures import dashboards, pages

app_name = "figures"
urlpatterns = [
    path("program/", dashboards.program, name="program"),
    path("book/", dashboards.book, name="book"),
    path("figures/", pages.figures, name="figures"),
    path("figures/figures.csv", pages.figures_csv, name="figures_csv"),
    path("figures/<slug:code>/", pages.figure, name="figure"),
    path("figures/<slug:code>/figure.csv", pages.figure_csv, name="figure_csv"),
    path("figures/<slug:code>/by-month.csv", pages.series_csv, name="series_csv"),
    path("figures/<slug:code>/rows.csv", pages.rows_csv, name="rows_csv"),
]
