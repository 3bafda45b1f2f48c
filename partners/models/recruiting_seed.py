"""What a new installation asks applicants and offers as reasons; administrators change all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as noop

if TYPE_CHECKING:
    from django.apps.registry import Apps

QUESTIONS = (
    (
        "cloud_experience",
        noop("How long has your company sold or run cloud services?"),
        30,
        (noop("Not yet"), noop("Under two years"), noop("Two to five years"), noop("Over five years")),
    ),
    (
        "customer_base",
        noop("How many business customers do you serve?"),
        30,
        (noop("None yet"), noop("Up to 20"), noop("21 to 100"), noop("More than 100")),
    ),
    (
        "fit",
        noop("How well does our product fit what you sell today?"),
        20,
        (noop("We do not know yet"), noop("It would be something new"), noop("It complements what we sell")),
    ),
    (
        "willingness",
        noop("What are you ready to invest in the first year?"),
        20,
        (noop("Nothing for now"), noop("One person, part of the time"), noop("A trained team of our own")),
    ),
)
REASONS = (
    ("approve", noop("Welcome. Your experience is what our customers look for.")),
    ("reject", noop("We have enough partners in your region at the moment.")),
    ("reject", noop("Your offer and ours do not fit each other well enough.")),
    ("ask", noop("Please tell us about two customers of the last year.")),
    ("ask", noop("Please tell us who would sell and who would support the product.")),
)


def install_recruiting(apps: Apps, _editor: Any) -> None:
    """Write questions and reasons; what is there already stays."""
    question_model, choice_model = (
        apps.get_model("partners", "ScreeningQuestion"),
        apps.get_model("partners", "ScreeningChoice"),
    )
    for position, (code, text, weight, answers) in enumerate(QUESTIONS):
        question, _made = question_model.objects.get_or_create(
            code=code, defaults={"text": text, "weight": weight, "position": position}
        )
        for points, answer in enumerate(answers):
            choice_model.objects.get_or_create(question=question, text=answer, defaults={"points": points})
    reason_model = apps.get_model("partners", "ApplicationReason")
    for position, (kind, text) in enumerate(REASONS):
        reason_model.objects.get_or_create(kind=kind, text=text, defaults={"position": position})
