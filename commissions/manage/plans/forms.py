"""Forms of plans and rules. Customer months and days are typed as people count them: the last one is included."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from commissions.kinds import Kind
from commissions.models import Basis, Clawback, Plan, Rule
from commissions.queries.rule_words import rate_in_words
from deals.models import CreditRole, Family, Product
from partners.models import Partner, PartnerStatus, Tier
from prm import formats
from prm.currencies import CURRENCIES
from prm.ui.inputs import Amount, currencies

LAST_CUSTOMER_MONTH = 1200
LONGEST_REASON = 500
LARGEST_RATE = 10_000
ANY = _("Any")


def _day(label: Any, *, required: bool = False, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=hint)


REASON = _("Reason")


def _reason(label: Any = REASON) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class RuleForm(forms.Form):
    """A rule as people write it; a correction also says why."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    rate = Amount(
        label=_("Rate, %"),
        help_text=_("Upfront: 100 is one month’s MRR."),
        error_messages={"required": _("Enter the rate.")},
    )
    amount = Amount(label=_("Amount"), error_messages={"required": _("Enter the amount that a new customer pays.")})
    threshold = Amount(label=_("Above new MRR of"), required=False, help_text=_("Empty: from the first."))
    minimum_mrr = Amount(label=_("Minimum MRR"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    tier = forms.ModelChoiceField(label=_("Tier"), queryset=Tier.objects.all(), required=False, empty_label=ANY)
    family = forms.ModelChoiceField(label=_("Family"), queryset=Family.objects.all(), required=False, empty_label=ANY)
    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.all(), required=False, empty_label=ANY
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", ANY), *CreditRole.choices])
    age_from = forms.IntegerField(label=_("From customer month"), min_value=1, max_value=LAST_CUSTOMER_MONTH, initial=1)
    age_last = forms.IntegerField(
        label=_("Through customer month"), min_value=1, max_value=LAST_CUSTOMER_MONTH, required=False,
        help_text=_("Empty: for good."),
    )  # fmt: skip
    valid_from = _day(_("First day"), hint=_("Empty: from the beginning."))
    valid_last = _day(_("Last day"), hint=_("Empty: until further notice."))
    reason = _reason(_("Reason for the correction"))

    def __init__(self, *args: Any, plan: Plan, rule: Rule | None = None, first_currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan, self.rule = plan, rule
        fields: dict[str, Any] = dict(self.fields)
        mine = [rule.currency] if rule and rule.currency else []
        offered = dict.fromkeys([*mine, *currencies(first_currency)])
        fields["currency"].choices = [("", ANY), *((code, code) for code in offered)]
        if rule is None:
            del self.fields["reason"]
        else:
            fields["kind"].disabled = True

    def clean(self) -> dict[str, Any] | None:
        """Leave out what the kind does not have (the page hides it), and miss what it needs."""
        values = super().clean() or self.cleaned_data
        kind = values.get("kind")
        for name, nothing in _not_of(kind).items():
            values[name] = nothing
            self.errors.pop(name, None)
        if (values.get("rate") or 0) > LARGEST_RATE:
            self.add_error("rate", _now("A rate lies between 0 and 10,000 %."))
        if kind in {Kind.SPIFF, Kind.ACCELERATOR} and not values.get("currency"):
            self.add_error("currency", _now("Choose the currency of the amounts."))
        if values.get("product") and values.get("family"):
            self.add_error("family", _now("A rule names a product or a family, not both."))
        if values.get("age_last") and values.get("age_from") and values["age_last"] < values["age_from"]:
            self.add_error("age_last", _now("The last customer month comes before the first."))
        if values.get("valid_last") and values.get("valid_from") and values["valid_last"] < values["valid_from"]:
            self.add_error("valid_last", _now("The last day comes before the first."))
        return values

    @property
    def values(self) -> dict[str, Any]:
        """Return the rule's columns from what was typed."""
        typed = self.cleaned_data
        names = ("kind", "product", "family", "tier", "role", "currency", "rate", "amount", "threshold", "minimum_mrr")
        return {
            "plan": self.plan,
            **{name: typed[name] for name in names},
            "age_from": typed["age_from"],
            "age_until": typed["age_last"] + 1 if typed["age_last"] else None,
            "valid_from": typed["valid_from"],
            "valid_until": _after(typed["valid_last"]),
        }

    def as_rule(self) -> Rule:
        """Return the rule as it would be, not saved."""
        return Rule(**self.values)


def _not_of(kind: str | None) -> dict[str, Any]:
    """Return the fields that a kind does not have, with what they hold then."""
    if kind == Kind.SPIFF:
        return {"rate": None, "threshold": None}
    flat: dict[str, Any] = {"amount": None, "minimum_mrr": None}
    if kind == Kind.ACCELERATOR:
        return {**flat, "product": None, "family": None, "role": "", "age_from": 1, "age_last": None}
    return {**flat, "threshold": None}


def initial_of(rule: Rule) -> dict[str, Any]:
    """Return what the form shows of a rule."""
    return {
        **{name: getattr(rule, name) for name in ("kind", "product", "family", "tier", "role", "currency", "age_from")},
        **{name: typed_amount(getattr(rule, name)) for name in ("rate", "amount", "threshold", "minimum_mrr")},
        "age_last": rule.age_until - 1 if rule.age_until else None,
        "valid_from": rule.valid_from,
        "valid_last": rule.valid_until - timedelta(days=1) if rule.valid_until else None,
    }


def typed_amount(value: Decimal | None) -> str:
    """Return a number as the reader would type it, with every digit that it has."""
    return "" if value is None else rate_in_words(value).removesuffix(f"{formats.NBSP}%")


def _after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day else None


class EndForm(forms.Form):
    """On which day something ends, and why."""

    valid_last = _day(_("Last day"), required=True)
    reason = _reason()

    @property
    def valid_until(self) -> date:
        """Return the first day on which it no longer holds."""
        last: date = self.cleaned_data["valid_last"]
        return last + timedelta(days=1)


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = _reason()


class PlanForm(forms.Form):
    """The terms of a plan; a change says why."""

    code = forms.SlugField(label=_("Code"), max_length=64, help_text=_("Its name in files and for other systems."))
    name = forms.CharField(label=_("Name"), max_length=120)
    basis = forms.ChoiceField(
        label=_("Basis"),
        choices=Basis.choices,
        help_text=_("Collected: commission follows the customer’s payments."),
    )
    clawback = forms.ChoiceField(
        label=_("Clawback"), choices=Clawback.choices, help_text=_("Of one-offs, when a customer leaves early.")
    )
    clawback_days = forms.IntegerField(label=_("Within days"), min_value=0, max_value=3660, initial=0)
    cap_per_subscription = Amount(
        label=_("Cap per subscription"), required=False, help_text=_("Over its life; empty: no cap.")
    )
    cap_currency = forms.ChoiceField(label=_("Currency"), required=False)
    minimum_payout = Amount(label=_("Minimum payout"), help_text=_("Less is carried forward."))
    minimum_currency = forms.ChoiceField(label=_("Currency"), required=False)
    true_up_months = forms.IntegerField(
        label=_("Correction window in months"), min_value=0, max_value=600, initial=12,
        help_text=_("Older differences wait for a decision instead of being posted."),
    )  # fmt: skip
    is_default = forms.BooleanField(
        label=_("Default plan"), required=False, help_text=_("Partners without a plan of their own are on it.")
    )
    reason = _reason(_("Reason for the change"))

    def __init__(self, *args: Any, plan: Plan | None = None, first_currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        mine = [plan.cap_currency, plan.minimum_currency] if plan else []
        codes = dict.fromkeys(code for code in [*mine, *currencies(first_currency)] if code in CURRENCIES)
        for name in ("cap_currency", "minimum_currency"):
            fields[name].choices = [("", _now("Each subscription’s own")), *((code, code) for code in codes)]
        del self.fields["code" if plan else "reason"]

    def clean(self) -> dict[str, Any] | None:
        """Ask for the days of a clawback."""
        values = super().clean() or self.cleaned_data
        if values.get("clawback") not in {None, Clawback.NONE} and values.get("clawback_days") == 0:
            self.add_error("clawback_days", _now("Say within how many days a customer leaves early."))
        return values

    @property
    def terms(self) -> dict[str, Any]:
        """Return the plan's columns."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"code", "reason"}}


def initial_terms(plan: Plan) -> dict[str, Any]:
    """Return what the form shows of a plan."""
    names = ("name", "basis", "clawback", "clawback_days", "cap_currency", "minimum_currency", "true_up_months")
    return {
        **{name: getattr(plan, name) for name in names},
        "cap_per_subscription": typed_amount(plan.cap_per_subscription),
        "minimum_payout": typed_amount(plan.minimum_payout),
        "is_default": plan.is_default,
    }


class AssignForm(forms.Form):
    """Which partner goes on the plan, from which day, and why."""

    partner = forms.ModelChoiceField(
        label=_("Partner"),
        queryset=Partner.objects.exclude(status__in=[PartnerStatus.REJECTED, PartnerStatus.TERMINATED]).order_by(
            "name"
        ),
        to_field_name="code",
    )
    valid_from = _day(_("From"), required=True, hint=_("A day in the past posts the differences with the next run."))
    reason = _reason()
