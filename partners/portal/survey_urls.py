"""The one address of this app that is open without signing in: the link in a survey's mail."""

from django.urls import path

from partners.portal import survey

app_name = "partners_survey"
urlpatterns = [path("<str:token>/", survey.answer, name="answer")]
