"""Addresses of the console's customers, under ``/manage/customers/``."""

from django.urls import path

from deals.manage.views import customers, duplicates, hosts

urlpatterns = [
    path("", customers.customers, name="customers"),
    path("customers.csv", customers.customers_csv, name="customers_csv"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<uuid:public_id>/", duplicates.duplicate, name="duplicate"),
    path("merges/", duplicates.merges, name="merges"),
    path("merges/<uuid:public_id>/undo/", duplicates.undo, name="undo_merge"),
    path("hosts/", hosts.hosts, name="hosts"),
    path("hosts/forget/", hosts.forget, name="forget_host"),
    path("<uuid:public_id>/", customers.customer, name="customer"),
    path("<uuid:public_id>/merge/", duplicates.merge, name="merge"),
]
