"""The one address of deals that is open without signing in: the link in a reminder."""

from django.urls import path

from deals.portal.views import reply

app_name = "deals_reply"
urlpatterns = [path("<str:token>/", reply.reply, name="reply")]
