"""How partners and tiers look in the API: the columns of the CSV files, beside ids."""

from __future__ import annotations

from rest_framework import serializers

from prm.api.fields import Answer


class PartnerAnswer(Answer):
    """A partner."""

    id = serializers.UUIDField(source="public_id")
    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    status = serializers.CharField()
    country = serializers.CharField()
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent_code", allow_null=True, help_text="Code of the distributor under which it sells today."
    )
    manager_email = serializers.CharField()
    activated_on = serializers.DateField(allow_null=True)
    website = serializers.CharField()
    tier = serializers.CharField(source="tier_code", allow_null=True, help_text="Code of the tier held today.")
    created_at = serializers.DateTimeField()


class TierAnswer(Answer):
    """A tier and its benefits."""

    code = serializers.CharField()
    name = serializers.CharField()
    rank = serializers.IntegerField()
    protection_days = serializers.IntegerField()
    live_cap = serializers.IntegerField(allow_null=True)
    auto_approve = serializers.BooleanField()
