"""The one table of addresses; apps are composed by name, never imported."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from prm.account.views import to_security
from prm.doors import front_door
from prm.signin import closed

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front_door, name="front_door"),
    path("", include("prm.ui.urls")),
    path("accounts/email/", closed),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/", include("partners.signin.urls")),
    path("accounts/2fa/", to_security),
    path("accounts/2fa/webauthn/", to_security),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("account/", include("prm.account.urls")),
    path("scim/v2/", include("partners.api.scim_urls")),
    path("join/", include("partners.portal.join_urls")),
    path("admin/", admin.site.urls),
    path("portal/", include("partners.portal.urls")),
    path("manage/", include("prm.manage.urls")),
    path("manage/", include("partners.manage.figures.urls")),
    path("manage/partners/", include("partners.manage.urls")),
    path("manage/people/", include("partners.manage.internal_urls")),
    path("portal/deals/", include("deals.portal.urls")),
    path("apply/", include("partners.portal.apply_urls")),
    path("survey/", include("partners.portal.survey_urls")),
    path("reply/", include("deals.portal.reply_urls")),
    path("manage/", include("deals.manage.urls")),
    path("api/v1/", include("prm.api.urls")),
    path("portal/", include("commissions.portal.urls")),
    path("manage/", include("commissions.manage.urls")),
]
