"""The form of a version: every setting with its label, unit and help, made from what settings there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from deals.manage.rules.words import CURRENCY, GROUPS, SEVERITIES, SEVERITY_HINTS, Setting, all_settings
from deals.models import CreditRole, Origin
from deals.policy.settings import BOUNDS, LEAST_SIMILARITY, MOST_SIMILARITY, RULE_CODES, SEVERITIES_ALLOWED
from deals.policy.wording import HEADINGS
from deals.services.rules import LONGEST_REASON
from prm.ui.inputs import Amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.forms import BoundField

    from deals.policy import RuleSettings
    from prm.models import Program

LONGEST_STAGE, MOST_STAGES = 40, 12
MOST_WARNINGS = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with its unit: a currency stands in the input, other units beside the label."""

    bound: BoundField
    label: str
    affix: str = ""


class RulesForm(forms.Form):
    """A version of the settings, why it is made, and from which day of the program it holds."""

    effective_on = forms.DateField(
        label=_("In force from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From the first moment of that day in the program’s time zone. Empty: at once."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Whoever reads a past decision reads this."),
        error_messages={"required": _("Say why the rules change.")},
    )

    def __init__(self, *args: Any, program: Program, is_dated: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program = program
        for code in RULE_CODES:
            self.fields[f"severity_{code}"] = _severity_field(code)
        for setting in all_settings().values():
            self.fields[setting.name] = _field(setting)
        if not is_dated:
            del self.fields["effective_on"]

    @property
    def severities(self) -> list[tuple[str, BoundField]]:
        """Return each rule's code with its field, in the order of the rules."""
        return [(code, self[f"severity_{code}"]) for code in RULE_CODES]

    @property
    def groups(self) -> Iterator[tuple[str, list[Shown]]]:
        """Yield the settings by topic."""
        for group in GROUPS:
            yield str(group.title), [self._shown(entry) for entry in group.settings]

    def _shown(self, entry: Setting) -> Shown:
        label = str(entry.label)
        if entry.unit == CURRENCY:
            return Shown(self[entry.name], label, self.program.base_currency)
        return Shown(self[entry.name], f"{label} ({entry.unit})" if entry.unit else label)

    @property
    def effective_from(self) -> datetime | None:
        """Return the first moment of the day that was typed."""
        day = self.cleaned_data.get("effective_on")
        return datetime.combine(day, time(0), ZoneInfo(self.program.timezone)) if day else None

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings as a version stores them."""
        typed = self.cleaned_data
        plain = {name: typed[name] for name in all_settings() if not name.startswith("origin_")}
        return plain | {
            "severities": {code: typed[f"severity_{code}"] for code in RULE_CODES},
            "origin_roles": {origin: typed[f"origin_{origin}"] for origin in Origin.values},
        }

    def clean_stages(self) -> list[str]:
        """Return the stages in their order."""
        stages = _listed(self.cleaned_data["stages"])
        if not stages or len(stages) > MOST_STAGES or len(set(stages)) < len(stages):
            raise forms.ValidationError(_now("Name one to twelve stages, each once."))
        if any(len(stage) > LONGEST_STAGE for stage in stages):
            raise forms.ValidationError(_now("A stage has at most 40 characters."))
        return stages

    def clean_end_warning_days(self) -> list[int]:
        """Return the days, the earliest warning first."""
        typed = _listed(self.cleaned_data["end_warning_days"])
        if len(typed) > MOST_WARNINGS or not all(text.isdecimal() and 1 <= int(text) <= 365 for text in typed):  # noqa: PLR2004 - a year
            raise forms.ValidationError(_now("Name up to five numbers of days between 1 and 365."))
        return sorted({int(text) for text in typed}, reverse=True)

    def clean_lookalike_similarity(self) -> str:
        """Return the similarity as plain digits."""
        return f"{self.cleaned_data['lookalike_similarity']:f}"

    def clean_minimum_expected_mrr(self) -> str | None:
        """Return the amount as plain digits."""
        amount: Decimal | None = self.cleaned_data["minimum_expected_mrr"]
        return None if amount is None else f"{amount:f}"


def initial_of(settings: RuleSettings) -> Mapping[str, Any]:
    """Return what a form begins with: the settings of a version."""
    stored = settings.to_json()
    initial = {name: stored[name] for name in all_settings() if name in stored}
    initial |= {f"severity_{code}": severity for code, severity in stored["severities"].items()}
    initial |= {f"origin_{origin}": role for origin, role in stored["origin_roles"].items()}
    return initial | {
        "stages": ", ".join(settings.stages),
        "end_warning_days": ", ".join(str(days) for days in settings.end_warning_days),
    }


def _severity_field(code: str) -> forms.ChoiceField:
    allowed = SEVERITIES_ALLOWED[code]
    return forms.ChoiceField(
        label=_(HEADINGS[code]),
        choices=[(severity.value, SEVERITIES[severity.value]) for severity in allowed],
        help_text=SEVERITY_HINTS.get(code, ""),
    )


def _field(setting: Setting) -> forms.Field:
    words: dict[str, Any] = {"label": setting.label, "help_text": setting.hint}
    if setting.name in BOUNDS:
        least, most = BOUNDS[setting.name]
        return forms.IntegerField(min_value=least, max_value=most, **words)
    if setting.name.startswith("origin_"):
        return forms.ChoiceField(choices=CreditRole.choices, **words)
    if setting.name == "minimum_expected_mrr":
        return Amount(required=False, **words)
    if setting.name == "lookalike_similarity":
        return forms.DecimalField(min_value=LEAST_SIMILARITY, max_value=MOST_SIMILARITY, decimal_places=2, **words)
    if setting.name == "tell_taken_until":
        return forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs={"class": "tick"}), **words)
    return forms.CharField(required=setting.name == "stages", max_length=1000, **words)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
