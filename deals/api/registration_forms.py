"""Bodies that registrations take."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from deals.models import Origin, RegistrationStatus
from prm.api.fields import CountryField, CurrencyField, Input, MoneyField, ReferenceField

READ_ONLY = frozenset(
    {
        "id",
        "number",
        "deal_number",
        "source_system",
        "external_id",
        "exclusive",
        "submitted_at",
        "due_at",
        "decided_at",
        "decision_reason",
        "protected_from",
        "protected_until",
        "closed_on",
        "findings",
        "version",
        "created_at",
        "updated_at",
    }
)
LONGEST_TEXT = 5000


def _text(longest: int = LONGEST_TEXT, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=longest, **{"required": False, "allow_blank": True} | options)


class DealForm(Input):
    """What is said about a deal; amounts are per month."""

    website = _text(253)
    company = _text(250)
    country = CountryField(required=False)
    family = serializers.CharField(max_length=64, required=False)
    expected_mrr = MoneyField(required=False, allow_null=True)
    currency = CurrencyField(required=False, allow_blank=True)
    expected_close_on = serializers.DateField(required=False, allow_null=True)
    contact = _text(250)
    note = _text()
    stage = _text(40)
    wait = serializers.BooleanField(
        required=False, help_text="Wait in line instead of being rejected where another partner is protected."
    )


class NewDealForm(DealForm):
    """A deal to submit: the customer by its website, the family, and the rest."""

    partner = serializers.CharField(max_length=64, required=False, help_text="Code; a system's key says for whom.")
    website = _text(253, required=True, allow_blank=False)
    family = serializers.CharField(max_length=64)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the currency of an amount."""
        if attrs.get("expected_mrr") is not None and not attrs.get("currency"):
            raise serializers.ValidationError({"currency": [_("An amount needs its currency.")]}, code="required")
        return attrs


class RegistrationInput(Input):
    """Absent members stay untouched. A new one needs partner, family, and account or website."""

    answered = READ_ONLY

    partner = serializers.CharField(max_length=64, required=False)
    distributor = serializers.CharField(max_length=64, required=False, allow_null=True)
    account = ReferenceField(required=False, allow_null=True)
    family = serializers.CharField(max_length=64, required=False)
    website = _text(253)
    company = _text(250)
    country = CountryField(required=False)
    status = serializers.ChoiceField(
        RegistrationStatus.choices,
        required=False,
        help_text="The state to reach by the rules: submitted, approved, rejected, won, lost, withdrawn.",
    )
    reason = _text(help_text="Why, where the state to reach needs it; the partner reads it.")
    subscription = ReferenceField(required=False, help_text="What a won deal became.")
    origin = serializers.ChoiceField(Origin.choices, required=False)
    stage = _text(40)
    expected_mrr = MoneyField(required=False, allow_null=True)
    currency = CurrencyField(required=False, allow_blank=True)
    expected_close_on = serializers.DateField(required=False, allow_null=True)
    contact = _text(250)
    note = _text()


class ApproveForm(Input):
    """Approval; a rule that blocks is set aside with a reason only."""

    reason = _text()
    co_sell = serializers.BooleanField(required=False)


class ReasonForm(Input):
    """An act that needs a reason."""

    reason = _text(required=True, allow_blank=False)


class NoReasonForm(Input):
    """An act that may have a reason."""

    reason = _text()


class QuestionForm(Input):
    """What the partner is asked."""

    question = _text(required=True, allow_blank=False)


class AnswerForm(Input):
    """What the partner answers."""

    answer = _text(required=True, allow_blank=False)


class WinForm(Input):
    """Either the subscription that the deal became, or what is needed to make it."""

    subscription = ReferenceField(required=False)
    product = serializers.CharField(max_length=64, required=False)
    mrr = MoneyField(required=False)
    currency = CurrencyField(required=False)
    started_on = serializers.DateField(required=False)
    source_system = serializers.RegexField(r"^[a-z0-9][a-z0-9_-]{0,31}$", required=False)
    external_id = serializers.CharField(max_length=200, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for all of a sale, or for a subscription alone."""
        if "subscription" in attrs:
            if len(attrs) > 1:
                raise serializers.ValidationError(_("Name the subscription, or what was sold, not both."))
            return attrs
        missing = [name for name in ("product", "mrr", "currency", "started_on") if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: [_("This is needed.")] for name in missing}, code="required")
        return attrs
