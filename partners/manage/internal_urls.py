"""Addresses of the console's pages about the program's own people, under ``/manage/people/``."""

from django.urls import path

from partners.manage import internal

app_name = "people_manage"
urlpatterns = [
    path("", internal.people, name="people"),
    path("invite/", internal.invite, name="invite"),
    path("invitations/<uuid:public_id>/", internal.invitation, name="invitation"),
    path("<uuid:person>/", internal.person, name="person"),
]
