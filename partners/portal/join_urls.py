"""The one address of people that is open without signing in: the link of an invitation."""

from django.urls import path

from partners.portal import join

app_name = "people_join"
urlpatterns = [path("<str:token>/", join.join, name="join")]
