"""What a page of figures is asked: the question of its address, and the choices of its filters."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.shortcuts import render
from django.utils.translation import gettext as _

from partners.queries.book import choices_for
from partners.queries.cohorts import cohort_years
from partners.queries.figures import Question, question_of
from prm import formats
from prm.doors import actor_of, today_of
from prm.metrics import together
from prm.metrics.asking import QuestionError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from prm.ui.states import Words

Arguments = ParamSpec("Arguments")


def question(request: HttpRequest) -> Question:
    """Return the question of the address; raises ``QuestionError``."""
    return question_of(request.GET.dict(), today=today_of(request), actor=actor_of(request))


def understood(
    view: Callable[Concatenate[HttpRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Read the figures of a page together; answer a question that nobody can mean with its sentence and a way back."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        try:
            with together():
                return view(request, *args, **kwargs)
        except QuestionError as error:
            values = {"sentence": str(error.sentence)}
            return render(request, "partners/figures/refused.html", values, status=HTTPStatus.BAD_REQUEST)

    return answered


def address(asked: Question, **more: str) -> str:
    """Return the question as the end of an address."""
    return "?" + urlencode(asked.parameters | more)


def filter_values(request: HttpRequest, asked: Question) -> dict[str, Any]:
    """Return what the filters show: five selections and the day. Four queries."""
    scope, offered = asked.scope, choices_for(actor=actor_of(request))
    everyone = ("", _("All"))
    cohorts = _with([(str(year), str(year)) for year in cohort_years()], scope.cohort)
    selections: list[tuple[str, Words, list[tuple[str, Any]], str]] = [
        ("manager", _("Manager"), [(email, email) for email in offered.managers], scope.manager),
        ("tier", _("Tier"), offered.tiers, scope.tier),
        ("type", _("Type"), offered.types, scope.type),
        ("country", _("Country"), [(code, formats.country(code)) for code in offered.countries], scope.country),
        ("cohort", _("Activated in"), cohorts, scope.cohort),
    ]
    return {
        "scope": scope,
        "asked": asked,
        "address": address(asked),
        "today": today_of(request),
        "selections": [
            (name, label, [everyone, *_with(choices, chosen)], chosen) for name, label, choices, chosen in selections
        ],
    }


def _with(choices: list[tuple[str, Any]], chosen: str) -> list[tuple[str, Any]]:
    """Return the choices with the chosen one among them, so that the form keeps what the address asks."""
    known = not chosen or any(code == chosen for code, _word in choices)
    return choices if known else [*choices, (chosen, chosen)]
