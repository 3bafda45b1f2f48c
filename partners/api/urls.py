"""Addresses of partners and tiers."""

from django.urls import path

from partners.api.payees import PayeeResource
from partners.api.views import PartnerResource, TierResource
from prm.api.views import LISTED, SINGLE

urlpatterns = [
    path("partners", PartnerResource.as_view(LISTED), name="partners"),
    path("partners/<str:id>", PartnerResource.as_view(SINGLE), name="partner"),
    path("payees", PayeeResource.as_view(LISTED), name="payees"),
    path("payees/<str:id>", PayeeResource.as_view(SINGLE), name="payee"),
    path("tiers", TierResource.as_view(LISTED), name="tiers"),
    path("tiers/<str:code>", TierResource.as_view(SINGLE), name="tier"),
]
