"""Forms of the console's pages about tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.models import Tier
from partners.queries.tier_words import figure_name
from partners.queries.tiers import FIGURES, is_rate
from partners.services.tiers.criteria import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping


class TierForm(forms.Form):
    """What one tier asks for, a field for each figure (empty: nothing), and what it gives."""

    protection_days = forms.IntegerField(label=_("Protection in days"), min_value=1, max_value=3660)
    live_cap = forms.IntegerField(
        label=_("Limit on open registrations"),
        min_value=0,
        max_value=32000,
        required=False,
        help_text=_("Empty: none."),
    )
    mdf_share = forms.DecimalField(
        label=_("Market development funds, % of sourced MRR"),
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
    )
    auto_approve = forms.BooleanField(label=_("Clean registrations are approved at once"), required=False)

    def __init__(self, data: Any = None, *, tier: Tier) -> None:
        super().__init__(data, prefix=tier.code, initial=self._initial(tier))
        self.tier = tier
        asked = {criterion.figure for criterion in tier.criteria.all()}
        self.figures = [*FIGURES, *sorted(asked - set(FIGURES))]
        for code in self.figures:
            name = figure_name(code)
            self.fields[f"c-{code}"] = forms.DecimalField(
                label=f"{name}, %" if is_rate(code) else name,
                required=False,
                max_digits=20,
                decimal_places=6,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}),
            )

    @staticmethod
    def _initial(tier: Tier) -> dict[str, Any]:
        benefits = {name: getattr(tier, name) for name in ("protection_days", "live_cap", "auto_approve")}
        asked = {f"c-{one.figure}": f"{one.at_least.normalize():f}" for one in tier.criteria.all()}
        return {**benefits, "mdf_share": f"{tier.mdf_share.normalize():f}", **asked}

    @property
    def criteria(self) -> list[forms.BoundField]:
        """Return the fields of the criteria."""
        return [self[f"c-{code}"] for code in self.figures]

    @property
    def benefits(self) -> list[forms.BoundField]:
        """Return the fields of the benefits."""
        return [self[name] for name in ("protection_days", "live_cap", "mdf_share", "auto_approve")]

    def wanted(self) -> Wanted:
        """Return what was typed, for the service."""
        typed = self.cleaned_data
        asked = {code: typed[f"c-{code}"] for code in self.figures if typed.get(f"c-{code}") is not None}
        names = ("protection_days", "live_cap", "mdf_share", "auto_approve")
        return Wanted(self.tier.code, asked, {name: typed[name] for name in names})


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget)


def _tiers() -> list[tuple[str, str]]:
    return [(tier.code, tier.name) for tier in Tier.objects.order_by("rank")]


class ByHandForm(forms.Form):
    """A tier by hand: which, on which days, and why."""

    tier = forms.ChoiceField(label=_("Tier"), choices=_tiers)
    valid_from = _day(_("From"))
    valid_until = _day(_("Until"), _("On this day what was computed last applies again."))
    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("It stands in the audit trail."),
    )  # fmt: skip

    def offer(self, tiers: Mapping[str, str]) -> None:
        """Offer these tiers; who knows them already saves the form from reading them."""
        fields: dict[str, Any] = dict(self.fields)
        fields["tier"].choices = list(tiers.items())
