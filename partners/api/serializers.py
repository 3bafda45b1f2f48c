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
    criteria = serializers.DictField(
        source="asked",
        child=serializers.CharField(),
        help_text="What it asks for: the least value by figure, as a string; rates in per cent.",
    )
    mdf_share = serializers.DecimalField(
        max_digits=6, decimal_places=3, help_text="Per cent of its sourced MRR that may be asked for as MDF."
    )


class PayeeMethodAnswer(Answer):
    """A payout method in force; never the account number."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    currency = serializers.CharField(help_text="Empty: any.")
    holder = serializers.CharField()
    account = serializers.CharField(source="masked", help_text="Masked: country and the last four characters.")
    status = serializers.CharField()
    valid_from = serializers.DateField()


class PayeeFormAnswer(Answer):
    """A tax form that is asked for, waits or holds."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    status = serializers.CharField(source="status_today")
    expires_on = serializers.DateField(allow_null=True)


class PayeeAnswer(Answer):
    """Whether a partner can be paid in a currency today, and what is missing."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="code")
    currency = serializers.CharField(source="payee_currency")
    ready = serializers.BooleanField(source="payee.is_ready")
    reasons = serializers.ListField(
        source="payee.reasons",
        child=serializers.CharField(),
        help_text="no_payout_method, method_unverified, no_tax_form, tax_form_unverified, tax_form_expired.",
    )
    withholding_rate = serializers.CharField(help_text="In per cent.")
    methods = PayeeMethodAnswer(source="payee.methods", many=True)
    tax_forms = PayeeFormAnswer(source="payee.forms", many=True)
