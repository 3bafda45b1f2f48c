"""Addresses of single sign-on, under ``/accounts/``; the names are allauth's."""

from django.urls import path

from partners.signin import views

urlpatterns = [
    path("sso/", views.start, name="single_sign_on"),
    path("oidc/<str:provider_id>/login/", views.closed_login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
