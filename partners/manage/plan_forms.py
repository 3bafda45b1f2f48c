"""The form in which a channel manager writes a joint plan."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import StepSide
from partners.policy.plans import FIGURES, quarters_of
from partners.queries.plan_words import months_words, quarter_words, unit_of
from partners.queries.tier_words import figure_name
from partners.services.plans.drafting import LONGEST_AIMS, LONGEST_OWNER, LONGEST_WHAT, Content, PlannedAction
from prm import formats
from prm.metrics import Unit
from prm.months import add_months
from prm.ui.inputs import Amount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from partners.models import PlanAction, PlanVersion

MORE_ROWS = 4
MOST_ROWS = 50
HUNDRED = Decimal(100)


class BeginForm(forms.Form):
    """From which month on a plan is made."""

    begins_on = forms.ChoiceField(label=gettext_lazy("Twelve months from"))

    def __init__(self, data: Any = None, *, today: date) -> None:
        year = today.replace(month=1, day=1)
        super().__init__(data, initial={"begins_on": f"{add_months(year, 12 if today.month > 9 else 0)}"})  # noqa: PLR2004 - autumn plans the year after
        fields: dict[str, Any] = dict(self.fields)
        months = [add_months(year, count) for count in range(25)]
        fields["begins_on"].choices = [(f"{month}", formats.month(month)) for month in months]


class ActionForm(forms.Form):
    """One action; empty it is none, and one that is emptied is left out."""

    what = forms.CharField(label=gettext_lazy("What"), max_length=LONGEST_WHAT, required=False)
    side = forms.ChoiceField(label=gettext_lazy("Whose"), choices=StepSide.choices, required=False)
    owner = forms.CharField(label=gettext_lazy("Who"), max_length=LONGEST_OWNER, required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Due"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    action = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for all of an action, or for nothing."""
        typed = super().clean() or {}
        if typed.get("what"):
            for name, word in (("owner", _("Say who does it.")), ("due_on", _("Say until when."))):
                if not typed.get(name) and name not in self.errors:
                    self.add_error(name, word)
            if not typed.get("side"):
                self.add_error("side", _("Say whose it is."))
        return typed

    def planned(self) -> PlannedAction | None:
        """Return what was typed, or nothing."""
        typed = self.cleaned_data
        if not typed.get("what"):
            return None
        known = typed.get("action")
        return PlannedAction(typed["what"], typed["side"], typed["owner"], typed["due_on"], str(known) if known else "")


class PlanForm(forms.Form):
    """Aims, a target for each figure and quarter (empty: none), and as many actions as there are, and a few more."""

    aims = forms.CharField(
        label=gettext_lazy("What both want to reach"),
        max_length=LONGEST_AIMS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, data: Any, *, version: PlanVersion, targets: Mapping[tuple[str, int], Decimal]) -> None:
        super().__init__(data, initial={"aims": version.aims})
        self.quarters = quarters_of(version.plan.valid_from)
        for figure in FIGURES:
            for quarter in self.quarters:
                amount = targets.get((figure, quarter.number))
                self.fields[f"t-{figure}-{quarter.number}"] = Amount(
                    label=f"{figure_name(figure)}, {quarter_words(quarter)}",
                    required=False,
                    initial="" if amount is None else _typed(figure, amount),
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "class": "input"}),
                )

    @property
    def heads(self) -> list[str]:
        """Return the names of the quarters."""
        return [f"{quarter_words(one)} · {months_words(one)}" for one in self.quarters]

    @property
    def grid(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return each figure with its fields."""
        return [
            (_named(figure), [self[f"t-{figure}-{quarter.number}"] for quarter in self.quarters]) for figure in FIGURES
        ]

    def content(self, actions: Sequence[ActionForm]) -> Content:
        """Return what was typed, for the service."""
        typed = self.cleaned_data
        targets = {
            (figure, quarter.number): amount / HUNDRED if unit_of(figure) is Unit.RATIO else amount
            for figure in FIGURES
            for quarter in self.quarters
            if (amount := typed.get(f"t-{figure}-{quarter.number}")) is not None
        }
        planned = [one for form in actions if (one := form.planned()) is not None]
        return Content(typed["aims"], targets, planned)


def action_forms(data: Any, lines: Sequence[PlanAction]) -> list[ActionForm]:
    """Return a form for each action and a few empty ones."""
    if data is not None:
        given = data.get("actions", "")
        rows = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else 0  # noqa: PLR2004 - two digits
        return [ActionForm(data, prefix=f"a-{place}") for place in range(min(rows, MOST_ROWS))]
    known = [
        {"what": one.what, "side": one.side, "owner": one.owner, "due_on": one.due_on, "action": _public_id(one)}
        for one in lines
    ]
    rows = min(len(known) + MORE_ROWS, MOST_ROWS)
    return [ActionForm(prefix=f"a-{n}", initial=known[n] if n < len(known) else None) for n in range(rows)]


def _public_id(line: PlanAction) -> str:
    return str(line.action.public_id) if line.action is not None else ""


def _typed(figure: str, amount: Decimal) -> str:
    value = amount * HUNDRED if unit_of(figure) is Unit.RATIO else amount
    return formats.number(value.normalize())


def _named(figure: str) -> str:
    name = figure_name(figure)
    return f"{name}, %" if unit_of(figure) is Unit.RATIO else name
