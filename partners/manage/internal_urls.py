"""Addresses of the console's pages about the program's own people, under ``/manage/people/``."""

from django.urls import path

from partners.manage import domains, internal, people, second_factor

app_name = "people_manage"
urlpatterns = [
    path("", internal.people, name="people"),
    path("invite/", internal.invite, name="invite"),
    path("invitations/<uuid:public_id>/", internal.invitation, name="invitation"),
    path("single-sign-on/", domains.domains, name="domains"),
    path("single-sign-on/new/", domains.domain, name="new_domain"),
    path("single-sign-on/<uuid:public_id>/", domains.domain, name="domain"),
    path("view-as/end/", people.end_view, name="end_view"),
    path("<uuid:person>/", internal.person, name="person"),
    path("<uuid:person>/second-factor/", second_factor.second_factor, name="second_factor"),
]
